/** What the runs of a proof are fed, and how what comes of them is compared. */
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { FlowVoice } from '../../src/engine/flow/flow-voice.ts'

export const SAME = 'the same bits'

export function voiceOf({ dims }: FlowRunner, tokens: number): FlowVoice {
  const { mels, stride, speaker, vocab } = dims
  return {
    speechTokens: Int32Array.from({ length: tokens }, (_, i) => (i * 131) % vocab),
    mel: Float32Array.from({ length: tokens * stride * mels }, (_, i) => Math.sin(i) * 3 - 5),
    embedding: Float32Array.from({ length: speaker }, (_, i) => Math.cos(i)),
  }
}

/** `[frames, mels]`; another for each `shift`. */
export function inventedMel(frames: number, mels: number, shift = 0): Float32Array {
  return Float32Array.from({ length: frames * mels }, (_, i) => Math.sin(i + shift) - 6)
}

export const ids = (count: number) => Array.from({ length: count }, (_, i) => 1 + (i % 50))

/** Throws nothing: what differs is told. */
export function compare(one: Float32Array, other: Float32Array): string {
  if (one.length !== other.length) return `${one.length} and ${other.length} values`
  if (one.some(Number.isNaN)) return 'values that are no numbers'
  let worst = 0
  let unlike = 0
  for (const [i, value] of one.entries())
    if (!Object.is(value, other[i])) {
      unlike++
      worst = Math.max(worst, Math.abs(value - other[i]!))
    }
  return unlike === 0 ? SAME : `${unlike} of ${one.length} differ, by ${worst.toExponential(1)} at most`
}
