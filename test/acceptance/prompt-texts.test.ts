/**
 * The API document's samples with recordings of the four embedded voices: `prompt_text` describes a style there, and every word of
 * the text is said. The whole chain, as users start it.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { convert } from '../../src/convert/convert.ts'
import { type ChildServer, startChild } from '../helpers/child-server.ts'
import { repoRoot } from '../helpers/paths.ts'

const VOICES = ['grace', 'james', 'lan', 'ming']
/** `tts_text` and `prompt_text` of the document's samples, and one in English. */
const SAMPLES = [
  ['你好，这是一个测试。', '这是一个友好的声音'],
  ['你好世界', '友好自然的声音'],
  ['Good morning, this is a test of the system.', 'A friendly and natural voice'],
] as const
/** Lengths are compared over these: one utterance alone may be slower than another. */
const SEEDS = [1, 2]
/** By how much a description's utterances may be shorter or longer than the stored voice's, whichever language it speaks. */
const MAX_OFF = 0.25

let server: ChildServer
let cacheDir: string
before(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-prompts-'))
  // Converted here: a busy machine may need longer for it than a server gets to start.
  const folder = join(cacheDir, 'bundle')
  await convert(join(repoRoot, 'demo/voice'), folder)
  server = await startChild('serve.js', { cacheDir, model: 'voice', folder })
})
after(async () => {
  server.process.kill('SIGTERM')
  await server.ended
  await rm(cacheDir, { recursive: true })
})

const prompt = (voice: string, kind: 'wav' | 'txt') =>
  readFile(join(repoRoot, 'demo/voice/prompts', `${voice}.${kind}`))

async function seconds(fields: Record<string, string | Blob>): Promise<number> {
  let all = 0
  for (const seed of SEEDS) {
    const body = new FormData()
    for (const [name, value] of Object.entries({ ...fields, seed: String(seed) })) body.set(name, value)
    const answer = await fetch(`${server.url}/inference_zero_shot`, { method: 'POST', body })
    assert.equal(answer.status, 200, await answer.clone().text())
    const { samples, sampleRate } = decodeWav(Buffer.from(await answer.arrayBuffer()), { maxSeconds: 600 })
    all += samples.length / sampleRate
  }
  return all
}

async function decidedMode(id: string, wav: Buffer, text: string): Promise<string> {
  const body = new FormData()
  body.set('id', id)
  body.set('replace', 'true')
  body.set('prompt_text', text)
  body.set('prompt_wav', new Blob([Uint8Array.from(wav)]))
  const answer = await fetch(`${server.url}/v1/voices`, { method: 'POST', body })
  assert.equal(answer.status, 201, await answer.clone().text())
  return ((await answer.json()) as { prompt_mode: string }).prompt_mode
}

for (const voice of VOICES) {
  it(`${voice}: with a description beside its recording, the samples are as long as in the stored voice`, async () => {
    const wav = await prompt(voice, 'wav')
    for (const [tts_text, prompt_text] of SAMPLES) {
      const sent = await seconds({ tts_text, prompt_text, prompt_wav: new Blob([Uint8Array.from(wav)]) })
      const stored = await seconds({ tts_text, voice })
      assert(Math.abs(sent / stored - 1) <= MAX_OFF, `${tts_text}: ${sent} s against ${stored} s`)
    }
  })

  it(`${voice}: its own transcript is one, those of others and descriptions are styles`, async () => {
    const wav = await prompt(voice, 'wav')
    const own = (await prompt(voice, 'txt')).toString()
    assert.equal(await decidedMode('own', wav, own), 'transcript', own)
    for (const other of VOICES.filter((id) => id !== voice)) {
      const text = (await prompt(other, 'txt')).toString()
      assert.equal(await decidedMode('other', wav, text), 'style', text)
    }
    for (const [, description] of SAMPLES)
      assert.equal(await decidedMode('described', wav, description), 'style', description)
  })
}
