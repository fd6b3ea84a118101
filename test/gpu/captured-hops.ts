/** Hops of the vocoder that a card records and plays again: a launch for F0 and one for samples, for one stream as for several. */
import type { Bundle } from '../../src/core/bundle.ts'
import { openVocoder } from '../../src/engine/bundle-models.ts'
import { capturedRows } from '../../src/engine/runtime/captured-runs.ts'
import type { CountedCard, Counts } from './counters.ts'
import { atMost, exactly, type Line } from './line.ts'

const FRAMES = 50
const HOPS = [FRAMES, 2 * FRAMES]
const TOGETHER = 2
/** A stream's first hop, and later ones of each length; of each two graphs. */
const KINDS = 2 * (1 + HOPS.length)
/** Samples that a run makes again, and frames whose F0 it makes for what comes. */
const MOST_MORE_BYTES = 1024

export async function* capturedHops(
  { runtime, session, count }: CountedCard,
  bundle: Bundle,
  family: string,
): AsyncGenerator<Line> {
  const vocoder = await openVocoder(runtime, bundle, session)
  const { mel: mels } = bundle.manifest.parameters.hift
  const recorded = count(() => void vocoder.capture(HOPS, TOGETHER))
  yield exactly(
    `${family}: runs of the vocoder that are captured`,
    recorded.captures,
    capturedRows(TOGETHER).length * KINDS,
  )
  yield exactly(`${family}: calls that a capture of the vocoder does not allow`, recorded.refused, 0)
  for (const rows of [1, TOGETHER]) {
    const streams = Array.from({ length: rows }, () => vocoder.open(vocoder.noise(1)))
    let samples = 0
    const hop = (frames: number) =>
      count(() => {
        const mel = new Float32Array(frames * mels)
        const made = vocoder.pushTogether(streams.map((stream) => ({ stream, mel, ended: false })))
        samples = made.reduce((sum, { length }) => sum + length, 0)
      })
    const all = [FRAMES, ...HOPS].map((frames) => ({ frames, counts: hop(frames), samples }))
    for (const [name, pick, expected] of [
      ['captured runs played', ({ graphLaunches }: Counts) => graphLaunches, 2],
      ['kernels that the host starts', ({ launches }: Counts) => launches, 0],
      ['captures', ({ captures }: Counts) => captures, 0],
    ] as const) {
      const figures = all.map(({ counts }) => pick(counts))
      yield exactly(
        `${family}: ${name} in hops of ${rows}`,
        figures.join(' '),
        all.map(() => expected).join(' '),
      )
    }
    for (const { frames, counts, samples: made } of all.slice(1))
      yield atMost(
        `${family}: bytes from the card in a hop of ${frames} frames of ${rows} beside samples and F0`,
        counts.toHostBytes - 4 * made - 4 * rows * frames,
        MOST_MORE_BYTES * rows,
      )
  }
  vocoder.release()
}
