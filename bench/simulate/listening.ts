/**
 * What listeners hear of chunks that arrive: stalls for a given player buffer, and percentiles. Pure arithmetic.
 *
 * Definitions: the player starts once `bufferMs` of audio is there, or all of it. It stalls whenever it has played
 * everything that has come; after a stall it goes on as soon as anything comes.
 */

export interface Chunk {
  readonly atMs: number
  readonly audioMs: number
}

export interface Playback {
  /** Times that the player ran dry before the end. */
  readonly stalls: number
  readonly stalledMs: number
}

export function play(chunks: readonly Chunk[], bufferMs: number): Playback {
  const total = chunks.reduce((sum, { audioMs }) => sum + audioMs, 0)
  let arrived = 0
  let started: number | undefined
  let playedUntil = 0
  let stalls = 0
  let stalledMs = 0
  for (const { atMs, audioMs } of chunks) {
    // `playedUntil` is the moment at which what had arrived before this chunk is played out.
    if (started !== undefined && atMs > playedUntil) {
      stalls++
      stalledMs += atMs - playedUntil
      playedUntil = atMs
    }
    arrived += audioMs
    if (started === undefined) {
      if (arrived < Math.min(bufferMs, total)) continue
      started = atMs
      playedUntil = atMs + arrived
    } else playedUntil += audioMs
  }
  return { stalls, stalledMs }
}

/** The p-th percentile (0–100) by the nearest-rank rule; NaN of nothing. */
export function percentile(values: readonly number[], p: number): number {
  if (values.length === 0) return NaN
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))]!
}
