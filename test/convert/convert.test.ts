import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ConvertProgress, convert } from '../../src/convert/convert.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { decodeVoice, readVoice } from '../../src/core/voice.ts'
import { CheckpointCopy, renamed } from '../helpers/checkpoint-copy.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-convert-'))
})
after(() => rm(folder, { recursive: true }))

const commandLine = (...args: string[]) =>
  spawnSync(process.execPath, [join(repoRoot, 'dist', 'src', 'commands', 'convert.js'), ...args], {
    encoding: 'utf8',
  })

test('the reference checkpoint becomes a whole bundle', async () => {
  const progress: ConvertProgress[] = []
  const target = join(folder, 'whole')
  const { manifest } = await convert(goldenDir, target, { onProgress: (now) => progress.push(now) })
  const bundle = await readBundle(target, { check: 'hashes' })
  assert.deepEqual(bundle.manifest, manifest)
  const onDisk = (await readdir(target, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  assert.equal(
    onDisk.length,
    manifest.files.length + 1,
    'every file is in the manifest, and the manifest itself',
  )

  assert.deepEqual(manifest.speech, {
    stop: [486, 487, 488],
    barred: [486],
    fill: 488,
    silence: { tokens: [], longest: 1 },
  })
  assert.equal(manifest.text.specials['<|endofprompt|>'], 2259)
  const source = await readFile(join(goldenDir, 'llm.pt'))
  const listed = manifest.sources.find(({ name }) => name === 'llm.pt')!
  assert.deepEqual(listed, {
    name: 'llm.pt',
    size: source.length,
    sha256: createHash('sha256').update(source).digest('hex'),
  })
  for (const name of ['speech_tokenizer_v2.onnx', 'campplus.onnx']) {
    assert.deepEqual(await readFile(bundle.path(name)), await readFile(join(goldenDir, name)))
  }

  const done = progress.map(({ doneBytes }) => doneBytes)
  assert.deepEqual(
    done,
    done.toSorted((a, b) => a - b),
    'progress never runs backwards',
  )
  const last = progress.at(-1)!
  assert.ok(last.doneBytes > 0.95 * last.totalBytes, `ends at ${last.doneBytes} of ${last.totalBytes}`)
})

test('a stored voice of the checkpoint is a voice of the bundle', async () => {
  const target = join(folder, 'voices')
  const { manifest } = await convert(goldenDir, target)
  const { file } = manifest.voices.find(({ id }) => id === 'zero_shot_spk')!
  const voice = decodeVoice(new Uint8Array(await readFile(join(target, file))), file)
  assert.equal(voice.transcript, 'The golden prompt is a short sentence.')
  assert.equal(voice.mode, 'transcript')
  assert.equal(voice.seconds, 77 / 25)
  assert.equal(voice.mel.length, 154 * 80)
})

test('voices.json beside the checkpoint says what its voices are; anything else in it is refused', async () => {
  const checkpoint = await CheckpointCopy.make()
  try {
    const facts = { zero_shot_spk: { language: 'en', gender: 'female', description: 'Golden.' } }
    const aliases = ['gold', 'Jose\u0301']
    const named = { zero_shot_spk: { ...facts.zero_shot_spk, aliases } }
    await writeFile(checkpoint.path('voices.json'), JSON.stringify(named))
    const target = join(folder, 'described')
    const { manifest } = await convert(checkpoint.folder, target)
    const { file, ...voice } = manifest.voices.find(({ id }) => id === 'zero_shot_spk')!
    assert.deepEqual(voice.aliases, ['gold', 'José'])
    const { language, gender, description } = await readVoice(join(target, file))
    assert.deepEqual({ language, gender, description }, facts.zero_shot_spk)
    const twice = ['{"a":{"aliases":["b"]},"b":{}}', '{"a":{"aliases":["c"]},"b":{"aliases":["c"]}}']
    for (const wrong of ['{', '[]', '{"a":{"gender":"man"}}', '{"a":{"sex":"male"}}', ...twice]) {
      await writeFile(checkpoint.path('voices.json'), wrong)
      await assert.rejects(convert(checkpoint.folder, target), { code: 'BAD_CHECKPOINT' }, wrong)
    }
  } finally {
    await checkpoint.remove()
  }
})

test('alignment.json names the head whose query the graph gives; one that the model does not have is refused', async () => {
  const checkpoint = await CheckpointCopy.make()
  try {
    const target = join(folder, 'aligned')
    const head = { layer: 1, head: 0, leadTokens: 2 }
    await writeFile(checkpoint.path('alignment.json'), JSON.stringify(head))
    const { manifest } = await convert(checkpoint.folder, target)
    assert.deepEqual(manifest.llmGraph.alignment, head)
    const { layers } = manifest.parameters.llm
    for (const wrong of ['{', '[]', '{"layer":0}', JSON.stringify({ ...head, layer: layers })]) {
      await writeFile(checkpoint.path('alignment.json'), wrong)
      await assert.rejects(convert(checkpoint.folder, target), { code: 'BAD_CHECKPOINT' }, wrong)
    }
  } finally {
    await checkpoint.remove()
  }
})

test('converting twice gives the same bytes, and replaces the older bundle', async () => {
  const target = join(folder, 'again')
  const first = await convert(goldenDir, target)
  const second = await convert(goldenDir, target)
  assert.deepEqual(second.manifest, first.manifest)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('again')),
    ['again'],
  )
})

test("a folder that is somebody's is refused and left alone", async () => {
  const target = join(folder, 'photos')
  await mkdir(target)
  await writeFile(join(target, 'cat.jpg'), 'cat')
  await assert.rejects(convert(goldenDir, target), {
    code: 'BAD_USAGE',
    detail: /a folder with 1 files and no manifest/,
  })
  assert.deepEqual(await readdir(target), ['cat.jpg'])
})

test('a conversion that fails or is stopped leaves the older bundle and nothing else', async () => {
  const target = join(folder, 'kept')
  const { manifest } = await convert(goldenDir, target)
  const copy = await CheckpointCopy.make()
  await copy.rewrite('flow.pt', (stored) =>
    renamed(stored, (key) => (key.endsWith('w_1.bias') ? undefined : key)),
  )
  await assert.rejects(convert(copy.folder, target), { code: 'BAD_CHECKPOINT' })
  const stop = new AbortController()
  const stopped = convert(goldenDir, target, { signal: stop.signal, onProgress: () => stop.abort() })
  await assert.rejects(stopped, { code: 'CANCELLED' })
  await copy.remove()
  assert.deepEqual((await readBundle(target, { check: 'hashes' })).manifest, manifest)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('kept')),
    ['kept'],
  )
})

test('keys that no graph takes are listed by file', async () => {
  const copy = await CheckpointCopy.make()
  await copy.rewrite('flow.pt', (stored) =>
    stored.set('encoder.extra.weight', stored.get('encoder_proj.bias')!),
  )
  const { unused } = await convert(copy.folder, join(folder, 'unused'))
  await copy.remove()
  assert.deepEqual(unused.get('flow.pt'), ['encoder.extra.weight'])
})

test('the command says what it made, in quiet lines, and exits with 0', () => {
  const { status, stdout, stderr } = commandLine(goldenDir, join(folder, 'command'))
  assert.equal(status, 0, stderr)
  assert.match(stdout, /command: \d+ files, \d+\.\d MB, LLM fp32, estimator fp32, in \d+\.\d s\n$/)
  assert.match(stderr, /^(converting [\w./]+\n)+$/)
})

test('the command refuses with one clear line and exit code 1', () => {
  for (const [checkpoint, expected] of [
    [join(folder, 'nowhere'), /^convert: .*nowhere: expected a checkpoint folder, got nothing there\n$/],
    [
      folder,
      /^convert: .*: expected a file cosyvoice2\.yaml or cosyvoice\.yaml or cosyvoice3\.yaml, got none of them\n$/,
    ],
  ] as const) {
    const { status, stdout, stderr } = commandLine(checkpoint, join(folder, 'none'))
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.match(stderr, expected)
  }
})

test('wrong arguments exit with 2 and say which', () => {
  assert.equal(commandLine(goldenDir).status, 2)
  const { status, stderr } = commandLine(goldenDir, join(folder, 'x'), '--dtype', 'fp8')
  assert.equal(status, 2)
  assert.match(stderr, /Allowed choices are fp32, fp16, int8, int4/)
})
