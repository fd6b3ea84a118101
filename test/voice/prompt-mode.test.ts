import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { decodeAudio } from '../../src/audio/decode.ts'
import { speechActivity } from '../../src/audio/speech-activity.ts'
import { resolvePromptMode, spokenUnits } from '../../src/voice/prompt-mode.ts'
import { repoRoot } from '../helpers/paths.ts'

const VOICES = ['awb', 'cmn', 'kal16', 'rms', 'slt']
const prompts = join(repoRoot, 'demo/voice/prompts')

async function soundSeconds(voice: string): Promise<number> {
  const { samples, sampleRate } = await decodeAudio(await readFile(join(prompts, `${voice}.wav`)), {
    maxSeconds: 30,
  })
  return speechActivity(samples, sampleRate).activeSeconds
}

it('the transcript of each embedded prompt is one; the API document’s sample and descriptions are styles', async () => {
  for (const voice of VOICES) {
    const seconds = await soundSeconds(voice)
    const transcript = await readFile(join(prompts, `${voice}.txt`), 'utf8')
    const about = (text: string) =>
      `${voice}: ${(spokenUnits(text) / seconds).toFixed(2)} units/s for ${text}`
    assert.equal(resolvePromptMode('auto', transcript, seconds), 'transcript', about(transcript))
    for (const text of [
      '这是一个友好的声音',
      'A friendly and natural voice',
      'A deep, calm male voice.',
      '温柔的女声',
      '',
    ]) {
      assert.equal(resolvePromptMode('auto', text, seconds), 'style', about(text))
    }
  }
})

it('silence around and within a recording does not make its transcript a style', async () => {
  const { samples, sampleRate } = await decodeAudio(await readFile(join(prompts, 'rms.wav')), {
    maxSeconds: 30,
  })
  const padded = new Float32Array(samples.length + 8 * sampleRate)
  padded.set(samples, 3 * sampleRate)
  const { activeSeconds } = speechActivity(padded, sampleRate)
  assert(Math.abs(activeSeconds - speechActivity(samples, sampleRate).activeSeconds) < 0.2)
})

it('syllables: as English says them', () => {
  const cases: [string, number][] = [
    ['home', 1],
    ['table', 2],
    ['voices', 2],
    ['walked', 1],
    ['The quiet river', 4],
    ['今天的天气', 5],
    ['2024', 4],
  ]
  for (const [text, units] of cases)
    assert(Math.abs(spokenUnits(text) - units) <= 1, `${text}: ${spokenUnits(text)}`)
})
