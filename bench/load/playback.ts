/** How a stream's arrivals sound when they are played. Pure. */

export interface Arrival {
  readonly atMs: number
  /** Milliseconds of audio that came then. */
  readonly audioMs: number
}

export interface Playback {
  /** Milliseconds that the player stood still between the first and the last sample. */
  readonly stallMs: number
  readonly stalls: number
  /** When the last sample has been played. */
  readonly endMs: number
}

/** Less than this is the resolution of a loudspeaker's buffer, not a stutter. */
const INAUDIBLE_MS = 1

export function play(arrivals: readonly Arrival[], bufferMs: number): Playback {
  const [first] = arrivals
  if (first === undefined) return { stallMs: 0, stalls: 0, endMs: 0 }
  let dryAt = first.atMs + bufferMs
  let stallMs = 0
  let stalls = 0
  for (const { atMs, audioMs } of arrivals) {
    const late = atMs - dryAt
    if (late > 0) {
      dryAt = atMs
      if (late > INAUDIBLE_MS) {
        stallMs += late
        stalls++
      }
    }
    dryAt += audioMs
  }
  return { stallMs, stalls, endMs: dryAt }
}

/** A chunk of 1 s comes in several reads of the socket; what comes this soon after the last read is the same chunk. */
const SAME_CHUNK_MS = 5

/** Milliseconds between the first reads of successive chunks. */
export function gapsOf(arrivals: readonly Arrival[]): number[] {
  const starts = arrivals.filter(({ atMs }, i) => i === 0 || atMs - arrivals[i - 1]!.atMs > SAME_CHUNK_MS)
  return starts.slice(1).map(({ atMs }, i) => atMs - starts[i]!.atMs)
}
