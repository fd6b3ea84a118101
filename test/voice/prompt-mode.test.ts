import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { decodeAudio } from '../../src/audio/decode.ts'
import { speechActivity } from '../../src/audio/speech-activity.ts'
import { modeByGain, modeByRate, spokenUnits } from '../../src/voice/prompt-mode.ts'
import { repoRoot } from '../helpers/paths.ts'

const VOICES = ['grace', 'james', 'lan', 'ming']
const prompts = join(repoRoot, 'demo/voice/prompts')

async function read(voice: string) {
  return decodeAudio(await readFile(join(prompts, `${voice}.wav`)), { maxSeconds: 30 })
}

it('a transcript’s rate is one that speech can have; a few words, hours of words and none are styles unasked', async () => {
  for (const voice of VOICES) {
    const { samples, sampleRate } = await read(voice)
    const { activeSeconds } = speechActivity(samples, sampleRate)
    const transcript = await readFile(join(prompts, `${voice}.txt`), 'utf8')
    assert.equal(modeByRate('auto', transcript, activeSeconds), 'undecided', transcript)
    for (const text of ['Calm', '温柔', '', ' ', `${transcript} `.repeat(6)]) {
      assert.equal(modeByRate('auto', text, activeSeconds), 'style', `${voice}: ${text}`)
    }
  }
})

it('what was asked for is done, but nothing can be the transcript of a recording', () => {
  assert.equal(modeByRate('transcript', 'Calm', 30), 'transcript')
  assert.equal(modeByRate('style', 'After the long meeting we walked home.', 3), 'style')
  assert.equal(modeByRate('transcript', '  ', 3), 'style')
})

it('a text whose order the recording follows is its transcript; in doubt it is a style', () => {
  const modes = [undefined, Number.NaN, -1.5, 0, 0.9, 1.2, 3].map(modeByGain)
  assert.deepEqual(modes, ['style', 'style', 'style', 'style', 'style', 'transcript', 'transcript'])
})

it('silence around a recording is no part of its speech', async () => {
  const { samples, sampleRate } = await read('james')
  const padded = new Float32Array(samples.length + 8 * sampleRate)
  padded.set(samples, 3 * sampleRate)
  const { activeSeconds } = speechActivity(padded, sampleRate)
  assert(Math.abs(activeSeconds - speechActivity(samples, sampleRate).activeSeconds) < 0.2)
})

it('syllables as English says them, Han characters, digits', () => {
  const cases: [string, number][] = [
    ['home', 1],
    ['table', 2],
    ['voices', 2],
    ['walked', 1],
    ['The quiet river', 4],
    ['今天的天气', 5],
    ['2024', 4],
  ]
  for (const [text, units] of cases) {
    assert(Math.abs(spokenUnits(text) - units) <= 1, `${text}: ${spokenUnits(text)}`)
  }
})
