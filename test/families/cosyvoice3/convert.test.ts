/** A CosyVoice3 checkpoint in the released layout becomes a whole bundle; what it lacks or contradicts is refused. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { convert } from '../../../src/convert/convert.ts'
import { readBundle } from '../../../src/core/bundle.ts'
import { decodeVoice } from '../../../src/core/voice.ts'
import { goldenDir3, repoRoot } from '../../helpers/paths.ts'

const RELEASED = [
  'cosyvoice3.yaml',
  'llm.pt',
  'flow.pt',
  'hift.pt',
  'speech_tokenizer_v3.onnx',
  'campplus.onnx',
  'CosyVoice-BlankEN',
]

let folder: string
let checkpoint: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-convert3-'))
  checkpoint = join(folder, 'checkpoint')
  for (const name of RELEASED) await cp(join(goldenDir3, name), join(checkpoint, name), { recursive: true })
  await writeFile(join(checkpoint, 'config.json'), '{}')
})
after(() => rm(folder, { recursive: true, force: true }))

it('becomes a bundle whose manifest holds its rules', async () => {
  const report = await convert(checkpoint, join(folder, 'bundle'))
  assert.deepEqual([...report.unused], [])
  assert.deepEqual(report.skipped.slice(0, 2), ['hifigan', 'mel_spec_transform1'])
  const { manifest } = await readBundle(join(folder, 'bundle'), { check: 'hashes' })
  assert.deepEqual(manifest, report.manifest)
  const { family, parameters, speech, prompt, encoders, voices, llmGraph, text } = manifest
  assert.equal(family, 'cosyvoice3')
  assert.equal(parameters.acoustic, 'dit')
  assert.deepEqual([speech.stop.length, speech.stop[0], speech.stop.at(-1)], [200, 500, 699])
  assert.equal(speech.fill, 503)
  assert.deepEqual(speech.barred, speech.stop)
  assert.deepEqual(speech.silence, { tokens: [1, 2, 28, 29, 55, 248, 494], longest: 5 })
  assert.deepEqual(prompt, {
    mark: '<|endofprompt|>',
    lead: 'You are a helpful assistant.',
    required: true,
    instructions: true,
  })
  assert.deepEqual(encoders, { speechTokens: 'speech_tokenizer_v3.onnx', speaker: 'campplus.onnx' })
  assert.deepEqual(voices, [])
  assert.deepEqual(llmGraph.ids, { text: 0, speech: 2560, sos: 3060, task: 3062 })
  const ids = JSON.parse(await readFile(join(goldenDir3, 'expected/tokenizer/special_ids.json'), 'utf8'))
  assert.deepEqual(text.specials, ids)
})

it('a stored voice has its transcript without the standing instruction', async () => {
  const { manifest } = await convert(goldenDir3, join(folder, 'voices'))
  const { file } = manifest.voices.find(({ kind }) => kind === 'zero-shot')!
  const voice = decodeVoice(new Uint8Array(await readFile(join(folder, 'voices', file))), file)
  assert.equal(voice.transcript, 'The golden prompt is a short sentence.')
})

it('another language model of the folder is taken by its name', async () => {
  await assert.rejects(convert(checkpoint, join(folder, 'tuned'), { llm: 'llm.rl' }), {
    code: 'BAD_CHECKPOINT',
    detail: /llm\.rl\.pt or llm\.rl\.safetensors, got none/,
  })
  await cp(join(checkpoint, 'llm.pt'), join(checkpoint, 'llm.rl.pt'))
  const { manifest } = await convert(checkpoint, join(folder, 'tuned'), { llm: 'llm.rl' })
  const names = manifest.sources.map(({ name }) => name)
  assert(names.includes('llm.rl.pt') && !names.includes('llm.pt'))
})

it('the command says in one line which sections it skipped', () => {
  const command = join(repoRoot, 'dist', 'src', 'commands', 'convert.js')
  const args = [command, checkpoint, join(folder, 'command'), '--llm', 'llm']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.match(
    stdout,
    /^settings for training only, skipped: hifigan, mel_spec_transform1, .*\nno alignment\.json: .*\n.*command: \d+ files, /,
  )
})

for (const [what, from, to, detail] of [
  ['a class of version 2', 'CosyVoice3LM', 'Qwen2LM', /class CosyVoice3LM, got Qwen2LM/],
  ['another number of speech tokens', 'speech_token_size: 500', 'speech_token_size: 501', /500.*got 501/],
  ['another look-ahead', 'pre_lookahead_len: 3', 'pre_lookahead_len: 4', /3.*got 4/],
  ['more blocks than there are', 'depth: 3', 'depth: 4', /3.*got 4/],
  ['a settings file that is not YAML', 'llm: !new', 'llm: [!new', /YAML/],
] as const) {
  it(`${what} in the settings is refused`, async () => {
    const path = join(checkpoint, 'cosyvoice3.yaml')
    const text = await readFile(path, 'utf8')
    try {
      assert(text.includes(from))
      await writeFile(path, text.replace(from, to))
      await assert.rejects(convert(checkpoint, join(folder, 'refused')), { code: 'BAD_CHECKPOINT', detail })
    } finally {
      await writeFile(path, text)
    }
  })
}
