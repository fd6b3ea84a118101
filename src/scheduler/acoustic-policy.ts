/**
 * What the acoustic lane does next: which hop runs its next step, its companions, and how large a hop gets.
 *
 * Pure: views and limits in, decisions out. Used by the lane, by the tests and by the simulator.
 *
 * Deadline first: a hop is due when its listener runs dry. Steps of different requests mix freely on a CPU. So the
 * choice is made anew before every step: an urgent newcomer waits for one step, not for a whole hop.
 */

/** How much of an utterance its listener has been given. */
interface Listener {
  readonly priority: 'stream' | 'batch'
  /** When the first samples were handed out; undefined before. */
  readonly firstAudioMs: number | undefined
  /** Milliseconds of audio handed out so far. */
  readonly emittedMs: number
  /** When its listener has heard what comes before it, at the earliest; undefined: it waits for this. */
  readonly neededMs?: number | undefined
}

export interface HopView extends Listener {
  readonly id: number
  readonly arrivedMs: number
  /** Whether work can be done now: tokens for a block are there, and the audio ring has room. */
  readonly runnable: boolean
}

export interface AcousticLimits {
  /** Blocks that one hop may span once the listener is far ahead. */
  readonly maxHopBlocks: number
  /** A hop grows by a block for every so many milliseconds that the listener still has. */
  readonly hopGrowthMs: number
  readonly batchBoundMs: number
  /** Utterances that may share a run. 1 where a device gains nothing from it: a CPU. */
  readonly acousticBatch: number
}

/** A newcomer gives way to streams that run dry sooner: served at once, it would push others into a gap. */
const FIRST_HOP_MS = 800
/** Batch work gives way to streams that have no more audio than this. */
const BATCH_YIELDS_MS = 1500

/**
 * When this hop is due, on the clock of `arrivedMs`. A first hop is due soon after its request came: it goes before
 * every stream that has audio for longer. A stream is due when what was handed out has been played. Batch work is due a
 * bound after it came, but not before a stream that is about to run dry. A later part of a speech is due once what
 * comes before it has been played.
 */
export function deadlineOf(hop: HopView, limits: AcousticLimits, nowMs = -Infinity): number {
  if (hop.priority === 'batch') return Math.max(hop.arrivedMs + limits.batchBoundMs, nowMs + BATCH_YIELDS_MS)
  const { firstAudioMs, neededMs = -Infinity, emittedMs, arrivedMs } = hop
  return firstAudioMs === undefined
    ? Math.max(arrivedMs + FIRST_HOP_MS, neededMs - FIRST_HOP_MS)
    : Math.max(firstAudioMs, neededMs) + emittedMs
}

/** Index of the hop whose next step runs now; −1 where none can. Equal deadlines: the older request. */
export function nextHop(hops: readonly HopView[], limits: AcousticLimits, nowMs = -Infinity): number {
  let best = -1
  let bestDeadline = Infinity
  for (const [i, hop] of hops.entries()) {
    if (!hop.runnable) continue
    const deadline = deadlineOf(hop, limits, nowMs)
    const older = deadline === bestDeadline && best >= 0 && hop.arrivedMs < hops[best]!.arrivedMs
    if (deadline < bestDeadline || older) {
      best = i
      bestDeadline = deadline
    }
  }
  return best
}

/**
 * Which other hops join the run of hop `first`. Of those that can be run and that `fits` finds fitting: the most
 * urgent, as many as a run may have. `fits` is asked in that order and no more often than needed.
 */
export function companions(
  hops: readonly HopView[],
  first: number,
  limits: AcousticLimits,
  fits: (hop: number) => boolean,
): number[] {
  if (limits.acousticBatch <= 1) return []
  const waiting = hops.map((_, i) => i).filter((i) => i !== first && hops[i]!.runnable)
  const due = (i: number) => deadlineOf(hops[i]!, limits)
  waiting.sort((a, b) => due(a) - due(b) || hops[a]!.arrivedMs - hops[b]!.arrivedMs)
  const joined: number[] = []
  for (const i of waiting) {
    if (joined.length + 1 >= limits.acousticBatch) break
    if (fits(i)) joined.push(i)
  }
  return joined
}

/** Milliseconds of audio that the listener still has; 0 once dry, infinite for batch work, 0 before the first hop. */
export function listenerLeadMs(hop: Listener, nowMs: number): number {
  if (hop.priority === 'batch') return Infinity
  if (hop.firstAudioMs === undefined) return 0
  return Math.max(0, Math.max(hop.firstAudioMs, hop.neededMs ?? -Infinity) + hop.emittedMs - nowMs)
}

/**
 * Whether a hop of which `solved` blocks are solved takes in another one. A hop is one block for the first and whenever
 * the listener is close to running dry. It is more the further it is from that: larger hops spend less on vocoder
 * context and per-run overhead. It is asked after every block, so a hop that others delay ends early, with what it has.
 */
export function hopGoesOn(leadMs: number, solved: number, limits: AcousticLimits): boolean {
  return solved < Math.min(1 + Math.floor(leadMs / limits.hopGrowthMs), limits.maxHopBlocks)
}
