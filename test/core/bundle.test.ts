import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { BUNDLE_FORMAT, type BundleManifest, describeFile, readBundle } from '../../src/core/bundle.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { goldenDir } from '../helpers/paths.ts'

let folder = ''
let manifest: BundleManifest

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-bundle-'))
  await writeFile(join(folder, 'llm.onnx'), 'graph')
  const { parameters, close } = await openCosyVoice2(goldenDir)
  await close()
  manifest = {
    format: BUNDLE_FORMAT,
    converter: 'test',
    weights: { llm: 'fp32', estimator: 'fp32', rest: 'fp32' },
    languages: ['zh', 'en'],
    family: 'cosyvoice2',
    parameters,
    llmGraph: {
      ids: { text: 0, speech: 2304, sos: 2793, task: 2794 },
      maxPositions: 8192,
      headDim: 16,
      kvType: 'float32',
    },
    flowGraph: { solvers: ['euler10', '2m-7'] },
    text: { vocabSize: 2256, specials: { '<|endoftext|>': 2256 } },
    speech: { stop: [486, 487, 488], barred: [486], fill: 488, silence: { tokens: [], longest: 1 } },
    prompt: { mark: '<|endofprompt|>', lead: '', required: false, instructions: true },
    encoders: { speechTokens: 'speech_tokenizer_v2.onnx', speaker: 'campplus.onnx' },
    voices: [],
    files: [await describeFile(join(folder, 'llm.onnx'), 'llm.onnx')],
    sources: [],
  }
})
afterEach(() => rm(folder, { recursive: true }))

const save = (value: unknown) => writeFile(join(folder, 'manifest.json'), JSON.stringify(value))

async function refused(message: RegExp, detail: RegExp, check: 'sizes' | 'hashes' = 'sizes'): Promise<void> {
  await assert.rejects(readBundle(folder, { check }), { code: 'BAD_BUNDLE', message, detail })
}

test('a whole bundle is opened, and gives paths of the files that it lists', async () => {
  await save(manifest)
  const bundle = await readBundle(folder, { check: 'hashes' })
  assert.deepEqual(bundle.manifest, manifest)
  assert.equal(await readFile(bundle.path('llm.onnx'), 'utf8'), 'graph')
  assert.throws(() => bundle.path('hift.onnx'), { code: 'BAD_BUNDLE', detail: /a file hift\.onnx/ })
})

test('a manifest of the first converters is read as one of CosyVoice2', async () => {
  const { family, prompt, encoders, speech, parameters, ...old } = manifest
  const { acoustic, ...numbers } = parameters
  const { barred, silence, ...ids } = speech
  await save({ ...old, parameters: numbers, speech: ids })
  assert.deepEqual((await readBundle(folder)).manifest, manifest)
})

test('a folder without a manifest is told how bundles are made', async () => {
  await refused(
    new RegExp(`^${folder}$`),
    /a bundle \(made by 'npm run convert'\), got no manifest\.json there/,
  )
})

test('another format is refused before anything else of the manifest is read', async () => {
  await save({ format: BUNDLE_FORMAT + 1 })
  await refused(
    /manifest\.json$/,
    new RegExp(`format ${BUNDLE_FORMAT} \\(convert .*got format ${BUNDLE_FORMAT + 1}`),
  )
})

test('a file that is missing or of another size is refused by name', async () => {
  await save(manifest)
  await truncate(join(folder, 'llm.onnx'), 3)
  await refused(/llm\.onnx$/, /5 bytes, got 3/)
  await rm(join(folder, 'llm.onnx'))
  await refused(/llm\.onnx$/, /5 bytes, got no such file/)
})

test('a changed byte is found where hashes are asked for, and only there', async () => {
  await save(manifest)
  await writeFile(join(folder, 'llm.onnx'), 'grapH')
  await refused(/llm\.onnx$/, /SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}/, 'hashes')
  await readBundle(folder)
})

test('a manifest of nonsense is refused with the place', async () => {
  await writeFile(join(folder, 'manifest.json'), '{"format": 1')
  await refused(/manifest\.json$/, /JSON/)
  await save({
    ...manifest,
    parameters: { ...manifest.parameters, llm: { ...manifest.parameters.llm, layers: 0 } },
  })
  await refused(/manifest\.json, 'parameters\.llm\.layers'$/, /a fitting value/)
})

for (const name of ['../secret', 'a/../../b', '/etc/passwd', 'a\\b', './a', 'a//b', '', 'c:d']) {
  test(`a manifest cannot name the file '${name}'`, async () => {
    await save({ ...manifest, files: [{ ...manifest.files[0], name }] })
    await refused(/files\.0\.name'$/, /a fitting value/)
  })
}
