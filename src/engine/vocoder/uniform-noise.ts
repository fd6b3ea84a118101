/**
 * The causal vocoder's noise: a fixed table of uniform numbers, the same for every utterance, made where it is read.
 *
 * The reference draws the table `[samples, harmonics]` once from MT19937 with seed 0, behind other draws. It keeps the
 * lower 24 bits of each. The whole would take 259 MB at the published dimensions, so only generator states are kept.
 */
import { MersenneTwister } from '../../core/mersenne-twister.ts'
import type { SourceNoise } from './harmonic-source.ts'

/** Samples between two states that are kept: a quarter of a second at 24 kHz, 2.5 kB each. */
const SPACING = 6000
const MASK = 0xffffff
const SCALE = 1 / 0x1000000

/** Noise whose value of harmonic h at sample s is draw `firstDraw + s · harmonics + h` of the generator. */
export function uniformNoise(firstDraw: number, harmonics: number): SourceNoise {
  const kept: MersenneTwister[] = []
  const startingAt = (sample: number): MersenneTwister => {
    const slot = Math.floor(sample / SPACING)
    if (kept.length === 0) {
      const first = MersenneTwister.seeded(0)
      first.skip(firstDraw)
      kept.push(first)
    }
    while (kept.length <= slot) {
      const next = kept.at(-1)!.fork()
      next.skip(SPACING * harmonics)
      kept.push(next)
    }
    const random = kept[slot]!.fork()
    random.skip((sample - slot * SPACING) * harmonics)
    return random
  }
  return (firstSample, merged, weights) => {
    const random = startingAt(firstSample)
    for (let i = 0; i < merged.length; i++) {
      let sum = 0
      for (let h = 0; h < harmonics; h++) sum += weights[h]! * (random.next() & MASK)
      merged[i]! += sum * SCALE
    }
  }
}
