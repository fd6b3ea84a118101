/**
 * `node dist/bench/real-dims/convert.js CHECKPOINT BUNDLE [fp32|fp16|int8|int4]`: how long, and in how much memory.
 *
 * Converts in this process, so that its peak memory is the conversion's, and holds it against the promise: three times
 * the largest tensor plus 300 MB. Prints one JSON line last; exit code 1 where the promise or the time limit is broken.
 */
import { openCheckpointFolder } from '../../src/convert/checkpoint/checkpoint-folder.ts'
import { convert } from '../../src/convert/convert.ts'
import { byteLength } from '../../src/core/dtype.ts'

const MEGABYTE = 1e6
const ALLOWED_TENSORS = 3
const ALLOWED_BESIDE = 300 * MEGABYTE
const ALLOWED_SECONDS = 180
const FORMATS = ['fp32', 'fp16', 'int8', 'int4'] as const

const [checkpoint, bundle, format = 'fp32'] = process.argv.slice(2)
const dtype = FORMATS.find((known) => known === format)
if (checkpoint === undefined || bundle === undefined || dtype === undefined) {
  console.error('usage: node dist/bench/real-dims/convert.js CHECKPOINT BUNDLE [fp32|fp16|int8|int4]')
  process.exit(2)
}

const largest = await largestTensor(checkpoint)
const start = performance.now()
const { manifest } = await convert(checkpoint, bundle, { dtype })
const seconds = (performance.now() - start) / 1000
// Linux counts the peak in KiB.
const peak = process.resourceUsage().maxRSS * 1024
const limit = ALLOWED_TENSORS * largest + ALLOWED_BESIDE
const result = {
  dtype,
  seconds: Math.round(seconds * 10) / 10,
  peak_rss_mb: Math.round(peak / MEGABYTE),
  largest_tensor_mb: Math.round(largest / MEGABYTE),
  limit_mb: Math.round(limit / MEGABYTE),
  bundle_mb: Math.round(manifest.files.reduce((sum, { size }) => sum + size, 0) / MEGABYTE),
}
console.log(JSON.stringify(result))
if (peak > limit || seconds > ALLOWED_SECONDS) process.exitCode = 1

/** Bytes of the checkpoint's largest tensor, as it lies in its file in float32. */
async function largestTensor(folder: string): Promise<number> {
  const { llm, flow, hift, close } = await openCheckpointFolder(folder)
  const sizes = [llm, flow, hift].flatMap((weights) =>
    weights.keys().map((key) => byteLength('float32', weights.shape(key))),
  )
  await close()
  return Math.max(...sizes)
}
