/**
 * `node dist/bench/real-dims/convert.js CHECKPOINT BUNDLE [fp32|fp16|int8|int4] [--out FILE]`: how long, in how much
 * memory, and what a sentence of the bundle then costs.
 *
 * Converts in this process, so that its peak memory is the conversion's, and holds it against the promise: three times
 * the largest tensor plus 300 MB. Prints one JSON line last; exit code 1 where the promise or the time limit is broken.
 * With random weights the sentence is as long as its stop token happens to be late.
 */
import { availableParallelism } from 'node:os'
import { Argument } from 'commander'
import { saySpeech } from '../../src/commands/offline-speech.ts'
import { convert } from '../../src/convert/convert.ts'
import type { WeightFormat } from '../../src/convert/layers/projection.ts'
import { byteLength } from '../../src/core/dtype.ts'
import { WEIGHT_FORMATS } from '../../src/core/weight-set.ts'
import { openCheckpoint } from '../../src/families/families.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing } from '../command-line/values.ts'
import { report } from '../report/record.ts'

const MEGABYTE = 1e6
const ALLOWED_TENSORS = 3
const ALLOWED_BESIDE = 300 * MEGABYTE
const ALLOWED_SECONDS = 180

const command = benchCommand('time and memory of a conversion, and what a sentence of its bundle then costs')
  .argument('<checkpoint>', 'folder', existing)
  .argument('<bundle>', 'folder that is made')
  .addArgument(new Argument('[format]', 'of the weights').choices(WEIGHT_FORMATS).default('fp32'))
  .option('--text <text>', 'what is said', 'Good morning, and welcome.')
  .option('--out <file>', 'store the record')
  .parse()
const [checkpoint, bundle, dtype] = command.processedArgs as [string, string, WeightFormat]
const { text } = command.opts<{ text: string }>()

const largest = await largestTensor(checkpoint)
const start = performance.now()
const { manifest } = await convert(checkpoint, bundle, { dtype })
const seconds = (performance.now() - start) / 1000
// Linux counts the peak in KiB. Read before anything is loaded.
const peak = process.resourceUsage().maxRSS * 1024
const limit = ALLOWED_TENSORS * largest + ALLOWED_BESIDE
report(manifest.family === 'cosyvoice2' ? 'real-dims' : `real-dims-${manifest.family}`, {
  family: manifest.family,
  dtype,
  seconds: Math.round(seconds * 10) / 10,
  allowed_seconds: ALLOWED_SECONDS,
  peak_rss_mb: Math.round(peak / MEGABYTE),
  largest_tensor_mb: Math.round(largest / MEGABYTE),
  limit_mb: Math.round(limit / MEGABYTE),
  bundle_mb: Math.round(manifest.files.reduce((sum, { size }) => sum + size, 0) / MEGABYTE),
  spoken: await speak(bundle, dtype),
})
if (peak > limit || seconds > ALLOWED_SECONDS) process.exitCode = 1

/** One sentence, whole, on all cores. */
async function speak(model: string, dtype: WeightFormat) {
  const { tokens, wave, sampleRate, timings } = await saySpeech({
    text,
    model,
    dtype,
    promptText: '',
    promptMode: 'auto',
    seed: 1,
    stream: false,
    speed: 1,
    threads: availableParallelism(),
    sampling: 'ras',
    sourceNoise: 'seeded',
  })
  if (!wave.every(Number.isFinite)) throw new Error('the bundle speaks numbers that are none')
  const audioSeconds = wave.length / sampleRate
  const perAudioSecond = (ms: number) => Math.round(ms / audioSeconds)
  return {
    tokens: tokens.length,
    audio_s: audioSeconds,
    llm_ms_per_token: timings.llm / Math.max(1, tokens.length),
    flow_ms_per_audio_s: perAudioSecond(timings.flow),
    vocoder_ms_per_audio_s: perAudioSecond(timings.vocoder),
  }
}

/** Bytes of the checkpoint's largest tensor, as it lies in its file in float32. */
async function largestTensor(folder: string): Promise<number> {
  const { llm, flow, hift, close } = await openCheckpoint(folder)
  const sizes = [llm, flow, hift].flatMap((weights) =>
    weights.keys().map((key) => byteLength('float32', weights.shape(key))),
  )
  await close()
  return Math.max(...sizes)
}
