/**
 * What the vocoder costs per second of audio on one CPU core: in one piece, as streams make it, and with several
 * streams in one run.
 *
 *   node dist/bench/vocoder/main.js [tiny|real] [--kind unet|dit] [--rounds N] [--seconds N] [--out FILE]
 *
 * `tiny` is the reference set's, `real` has the published dimensions and random weights. All times are CPU time, least
 * of the rounds; every way of making it has its turn in every round. Prints a table for people and one JSON line last.
 * Exit code 1: a stream's samples depend on how it is cut into hops.
 */
import { isDeepStrictEqual } from 'node:util'
import { benchCommand } from '../command-line/command.ts'
import { positive, positiveNumber } from '../command-line/values.ts'
import { type AcousticKind, kindOption, type ModelSize, sizeArgument } from '../real-dims/acoustic-kind.ts'
import { cpuMs } from '../report/cpu-time.ts'
import { report } from '../report/record.ts'
import {
  inventMel,
  openVocoderUnderTest,
  streamTogether,
  type VocoderUnderTest,
} from './vocoder-under-test.ts'

/** Frames that a stream gives at once: those of a flow block, of half of one, of a fifth. */
const HOPS = [50, 25, 10] as const
/** No divisor of a second. */
const ODD_HOP = 17
/** Streams whose hops share every run: does this device gain from that? */
const TOGETHER = [2, 4, 8] as const

const command = benchCommand(
  'CPU time of the vocoder for a second of audio: in one piece, in hops, several streams in one run',
)
  .addArgument(sizeArgument())
  .addOption(kindOption())
  .option('--rounds <n>', 'rounds, of which the least counts; 9 for tiny, 3 for real by default', positive)
  .option('--seconds <n>', 'seconds of audio', positiveNumber, 10)
  .option('--out <file>', 'store the record')
  .parse()
const [size] = command.processedArgs as [ModelSize]
const {
  kind,
  rounds = size === 'tiny' ? 9 : 3,
  seconds,
} = command.opts<{ kind: AcousticKind; rounds?: number; seconds: number }>()

const opened = await openVocoderUnderTest(size, kind)
try {
  const result = measure(opened)
  console.error(`\nvocoder (${kind}), ${size}: ms of one core per second of audio`)
  for (const { how, msPerSecond, realTime } of result.rows)
    console.error(
      `${how.padEnd(24)} ${msPerSecond.toFixed(1).padStart(8)}   ${realTime.toFixed(0).padStart(5)} × real time`,
    )
  if (!result.alike) {
    console.error('hops of other lengths make other samples')
    process.exitCode = 1
  }
  report(`vocoder-cost-${size}${kind === 'unet' ? '' : `-${kind}`}`, result)
} finally {
  await opened.close()
}

function measure(opened: VocoderUnderTest) {
  const { vocoder } = opened
  const mel = inventMel(opened, seconds)
  const ways: readonly { how: string; streams: number; make: () => unknown }[] = [
    { how: 'whole', streams: 1, make: () => vocoder.synthesize(mel, vocoder.noise(1)) },
    ...HOPS.map((hop) => ({
      how: `stream, ${hop} frames a hop`,
      streams: 1,
      make: () => streamTogether(opened, mel, hop),
    })),
    ...TOGETHER.map((streams) => ({
      how: `${streams} streams in one run`,
      streams,
      make: () => streamTogether(opened, mel, HOPS[0], streams),
    })),
  ]
  const least = ways.map(() => Infinity)
  for (const { make } of ways) make()
  const [first, ...others] = [...HOPS, ODD_HOP].map((hop) => streamTogether(opened, mel, hop))
  for (let round = 0; round < rounds; round++)
    for (const [i, { make }] of ways.entries()) least[i] = Math.min(least[i]!, cpuMs(make))
  const rows = ways.map(({ how, streams }, i) => {
    const msPerSecond = least[i]! / seconds / streams
    return { how, msPerSecond, realTime: 1000 / msPerSecond }
  })
  const [whole, blocks] = rows as [(typeof rows)[0], (typeof rows)[0]]
  return {
    size,
    rounds,
    seconds,
    rows,
    streamOverWhole: blocks.msPerSecond / whole.msPerSecond,
    eightInOneRunOverOne: rows.at(-1)!.msPerSecond / blocks.msPerSecond,
    heldBackMs: (1000 * vocoder.heldBackSamples) / vocoder.sampleRate,
    stateBytes: vocoder.stateBytes,
    alike: others.every((samples) => isDeepStrictEqual(samples, first)),
  }
}
