/**
 * The listeners of now with what they have in hand. Also what speeches of the last five minutes were like, in bins.
 *
 * For people that watch a server; metrics count the same for ever.
 */

/** Seconds of one bin, and how many are kept. */
const BIN_S = 10
const BINS = 30
/** Listeners that are told one by one. */
const MAX_TOLD = 100

export interface Listener {
  /** Seconds of audio that were sent and not heard yet; undefined before the first. */
  lead(now: number): number | undefined
}

interface Bin {
  /** Number of the bin since the clock began. */
  readonly number: number
  readonly firstAudioMs: number[]
  underruns: number
}

export interface BinSummary {
  readonly speeches: number
  /** Median and longest time to first audio; undefined where nothing began. */
  readonly firstAudioMs: number | undefined
  readonly slowestMs: number | undefined
  readonly underruns: number
}

export class RecentSpeech {
  readonly #listeners = new Set<Listener>()
  readonly #bins: Bin[] = []
  readonly #now: () => number

  /** `now` is monotonic, in seconds. */
  constructor(now = () => performance.now() / 1000) {
    this.#now = now
  }

  begin(listener: Listener): void {
    this.#listeners.add(listener)
  }

  end(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  firstAudio(seconds: number): void {
    this.#bin().firstAudioMs.push(Math.round(seconds * 1000))
  }

  underrun(): void {
    this.#bin().underruns++
  }

  /** Seconds in hand of those that hear something, least first. */
  leads(): number[] {
    const now = this.#now()
    const leads = [...this.#listeners].flatMap((one) => one.lead(now) ?? [])
    return leads.sort((a, b) => a - b).slice(0, MAX_TOLD)
  }

  /** The last five minutes, oldest first; the last bin is under way. */
  bins(): { readonly binSeconds: number; readonly bins: readonly BinSummary[] } {
    const last = this.#bin().number
    const known = new Map(this.#bins.map((bin) => [bin.number, bin]))
    const bins = Array.from({ length: BINS }, (_, i) => summaryOf(known.get(last - BINS + 1 + i)))
    return { binSeconds: BIN_S, bins }
  }

  #bin(): Bin {
    const number = Math.floor(this.#now() / BIN_S)
    const newest = this.#bins.at(-1)
    if (newest?.number === number) return newest
    const bin: Bin = { number, firstAudioMs: [], underruns: 0 }
    this.#bins.push(bin)
    while (this.#bins[0]!.number <= number - BINS) this.#bins.shift()
    return bin
  }
}

function summaryOf(bin: Bin | undefined): BinSummary {
  const times = [...(bin?.firstAudioMs ?? [])].sort((a, b) => a - b)
  return {
    speeches: times.length,
    firstAudioMs: times[Math.floor((times.length - 1) / 2)],
    slowestMs: times.at(-1),
    underruns: bin?.underruns ?? 0,
  }
}
