import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { mixChannels } from '../../src/audio/channel-mix.ts'
import { decodeAudio } from '../../src/audio/decode.ts'
import type { Recording } from '../../src/audio/recording.ts'
import { speechActivity } from '../../src/audio/speech-activity.ts'
import { cleanRecording } from '../../src/voice/prompt-hygiene.ts'
import { repoRoot } from '../helpers/paths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'

let clean: Recording
before(async () => {
  const file = await readFile(join(repoRoot, 'demo/voice/prompts/grace.wav'))
  clean = await decodeAudio(file, { maxSeconds: 30 })
})

const changed = (change: (value: number, i: number) => number): Recording => ({
  ...clean,
  samples: clean.samples.map(change),
})
const padded = (before: number, after: number): Recording => {
  const { samples, sampleRate } = clean
  const out = new Float32Array(samples.length + Math.round((before + after) * sampleRate))
  out.set(samples, Math.round(before * sampleRate))
  return { samples: out, sampleRate }
}
const loudness = ({ samples, sampleRate }: Recording) => speechActivity(samples, sampleRate).loudDb

describe('what was recorded cleanly', () => {
  it('is taken sample for sample, with nothing to warn of', () => {
    const { samples, warnings } = cleanRecording({ ...clean, samples: clean.samples.slice(0, -300) })
    assert.deepEqual(warnings, [])
    const from = samples.length === clean.samples.length - 300 ? 0 : clean.samples.indexOf(samples[0]!)
    assert(from >= 0)
    assert.equal(Math.max(...samples), Math.max(...clean.samples))
  })
})

describe('silence', () => {
  it('at either end is cut to a fifth of a second, and warned of where it is long', () => {
    const speech = speechActivity(clean.samples, clean.sampleRate)
    const silenceLeft = (own: number, added: number) => Math.min(0.2, own / clean.sampleRate + added)
    for (const [before, after] of [
      [3, 0],
      [0, 5],
      [2, 2],
    ] as const) {
      const { samples, sampleRate, warnings } = cleanRecording(padded(before, after))
      const silence =
        silenceLeft(speech.start, before) + silenceLeft(clean.samples.length - speech.end, after)
      const expected = speech.end - speech.start + silence * sampleRate
      assert(Math.abs(samples.length - expected) <= 0.1 * sampleRate, `${samples.length} against ${expected}`)
      assert.deepEqual(warnings, ['long-silence'])
      const { start, end } = speechActivity(samples, sampleRate)
      assert(start <= 0.26 * sampleRate)
      assert(samples.length - end <= 0.28 * sampleRate)
    }
  })

  it('with hiss in it is silence too', () => {
    const random = new SeededRandom(3)
    const { samples, sampleRate } = padded(2, 2)
    const hissing = { samples: samples.map((value) => value + (random.next() - 0.5) * 0.004), sampleRate }
    const cut = cleanRecording(hissing)
    assert(cut.samples.length < clean.samples.length + 0.3 * sampleRate)
  })
})

describe('level', () => {
  it('of quiet and of overdriven recordings becomes that of speech', () => {
    for (const gain of [0.003, 0.01, 0.05, 30, 10_000]) {
      const { warnings, ...made } = cleanRecording(changed((value) => gain * value))
      assert(warnings.includes('level'), `${gain}: ${warnings}`)
      assert(loudness(made) > -24 && loudness(made) < -8, `${gain}: ${loudness(made)} dB`)
      assert(Math.max(...made.samples.map(Math.abs)) <= 1)
    }
  })
})

describe('what is no speech in it', () => {
  it('a constant offset goes', () => {
    const made = cleanRecording(changed((value) => value + 0.2))
    const mean = made.samples.reduce((sum, value) => sum + value, 0) / made.samples.length
    assert(Math.abs(mean) < 0.01, `${mean}`)
  })

  it('rumble goes, the voice stays', () => {
    const { sampleRate } = clean
    const made = cleanRecording(
      changed((value, i) => value + 0.3 * Math.sin((2 * Math.PI * 18 * i) / sampleRate)),
    )
    assert(Math.abs(loudness(made) - loudness(clean)) < 2, `${loudness(made)} dB`)
    assert(speechActivity(made.samples, sampleRate).quietDb < -40)
  })
})

describe('warnings', () => {
  it('clipped', () => {
    const { warnings } = cleanRecording(changed((value) => Math.max(-1, Math.min(1, 12 * value))))
    assert(warnings.includes('clipped'), warnings.join())
  })

  it('noisy', () => {
    const random = new SeededRandom(5)
    const { warnings } = cleanRecording(changed((value) => value + (random.next() - 0.5) * 0.2))
    assert.deepEqual(warnings, ['noisy'])
  })

  it('short', () => {
    const { samples, sampleRate } = clean
    const { warnings } = cleanRecording({ samples: samples.slice(0, 1.5 * sampleRate), sampleRate })
    assert.deepEqual(warnings, ['short'])
  })
})

describe('channels', () => {
  const zeros = () => new Float32Array(clean.samples.length)
  const close = (mixed: Float32Array) => {
    const far = mixed.reduce((most, value, i) => Math.max(most, Math.abs(value - clean.samples[i]!)), 0)
    assert(far < 1e-6, `${far}`)
  }

  it('opposite phase, half silent, and one of six are the voice', () => {
    const { samples } = clean
    close(mixChannels([samples, samples.map((value) => -value)]))
    close(mixChannels([zeros(), samples]))
    close(mixChannels([zeros(), zeros(), samples, zeros(), zeros(), zeros()]))
  })

  it('in phase they are averaged', () => {
    close(mixChannels([clean.samples.map((value) => 1.5 * value), clean.samples.map((value) => 0.5 * value)]))
  })

  it('of silence they are silence', () => {
    assert.deepEqual(mixChannels([zeros(), zeros()]), zeros())
  })
})
