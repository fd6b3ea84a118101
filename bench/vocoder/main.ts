/**
 * What the vocoder costs per second of audio on one CPU core, in one piece and as streams make it.
 *
 *   node dist/bench/vocoder/main.js [tiny|real] [--rounds N] [--seconds N] [--out FILE]
 *
 * `tiny` is the reference set's, `real` has the published dimensions and random weights. All times are CPU time, least
 * of the rounds. Prints a table for people and one JSON line last.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openCheckpointFolder } from '../../src/convert/checkpoint/checkpoint-folder.ts'
import { hiftTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import { buildHift } from '../../src/convert/models/hift.ts'
import { seededNoise } from '../../src/engine/harmonic-source.ts'
import { openRuntime } from '../../src/engine/open-runtime.ts'
import { VocoderRunner } from '../../src/engine/vocoder-runner.ts'
import { leastCpuMs } from '../flow/cpu-time.ts'
import { REAL_DIMENSIONS } from '../real-dims/dimensions.ts'
import { randomWeightsOf } from '../real-dims/random-weights.ts'
import { report } from '../report/record.ts'

/** Frames that a stream gives at once: those of a flow block, of half of one, and one frame. */
const HOPS = [50, 25, 10] as const

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, seconds: { type: 'string' }, out: { type: 'string' } },
})
const size = positionals[0] === 'real' ? 'real' : 'tiny'
const rounds = Number(values.rounds ?? (size === 'tiny' ? 5 : 2))
const seconds = Number(values.seconds ?? 10)

const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-vocoder-'))
try {
  const { vocoder, mels, close } = await openVocoder()
  const result = measure(vocoder, mels)
  vocoder.release()
  await close()
  console.error(`\nvocoder, ${size}: ms of one core per second of audio`)
  for (const { how, msPerSecond, realTime } of result.rows)
    console.error(
      `${how.padEnd(24)} ${msPerSecond.toFixed(1).padStart(8)}   ${realTime.toFixed(0).padStart(5)} × real time`,
    )
  report(`vocoder-cost-${size}`, result)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function openVocoder() {
  const { hyper, weights, close } = size === 'tiny' ? await tinyHift() : realHift()
  const built = buildHift(hyper, weights, folder)
  for (const { path, graph } of built.graphs) await graph.save(path)
  await built.weights.write()
  const paths = { f0: join(folder, 'hift-f0.onnx'), generator: join(folder, 'hift-generator.onnx') }
  const vocoder = await VocoderRunner.load(await openRuntime(), paths, hyper, { intraOpThreads: 1 })
  return { vocoder, mels: hyper.mel, close }
}

async function tinyHift() {
  const golden = fileURLToPath(new URL('../../../test/golden/tiny-a', import.meta.url))
  const checkpoint = await openCheckpointFolder(golden)
  return { hyper: checkpoint.parameters.hift, weights: checkpoint.hift, close: () => checkpoint.close() }
}

function realHift() {
  const hyper = REAL_DIMENSIONS.hift
  return { hyper, weights: randomWeightsOf('hift.pt', hiftTensors(hyper)), close: async () => {} }
}

function measure(vocoder: VocoderRunner, mels: number) {
  const frames = Math.round((seconds * vocoder.sampleRate) / vocoder.frameSamples)
  const mel = Float32Array.from({ length: frames * mels }, (_, i) => Math.sin(i * 0.37) * 3 - 5)
  const cost = (how: string, work: () => void) => {
    work()
    const msPerSecond = leastCpuMs(rounds, work) / seconds
    return { how, msPerSecond, realTime: 1000 / msPerSecond }
  }
  const stream = (hop: number) => () => {
    const utterance = vocoder.open(seededNoise(1))
    for (let at = 0; at < frames; at += hop) {
      const end = Math.min(frames, at + hop)
      vocoder.push(utterance, mel.subarray(at * mels, end * mels), { ended: end === frames })
    }
  }
  const rows = [
    cost('whole', () => vocoder.synthesize(mel, seededNoise(1))),
    ...HOPS.map((hop) => cost(`stream, ${hop} frames a hop`, stream(hop))),
  ]
  const [whole, blocks] = rows as [(typeof rows)[0], (typeof rows)[0]]
  return {
    size,
    rounds,
    seconds,
    rows,
    streamOverWhole: blocks.msPerSecond / whole.msPerSecond,
    heldBackMs: (1000 * vocoder.heldBackSamples) / vocoder.sampleRate,
    stateBytes: vocoder.stateBytes,
  }
}
