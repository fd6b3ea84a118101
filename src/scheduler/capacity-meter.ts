/**
 * How much audio a device makes per second at full load: a moving estimate from what its lanes have done.
 *
 * Two bounds: the acoustic lanes' own pace, and CPU time per second of audio on the cores that the process can have.
 * The latter sees what the LLM will need once all lanes are busy. The lower one counts. What was seen fades with the
 * lanes' busy time. So a loaded device is known anew within about two seconds and an idle one keeps its figure.
 *
 * Cores that others take show as lanes that are busy for longer than they compute. Lanes beyond the number of cores
 * slow each other too, which is no loss: so much is expected of them.
 *
 * What a device with little to do is seen to make is worked out, not seen: caches, memory and neighbours allow less once
 * all lanes work. So the figure stays near what a full load has proved, and a full load soon proves more.
 */

/** Running totals since the process began. */
export interface WorkTotals {
  readonly audioSeconds: number
  /** Of all acoustic lanes, and of all lanes. */
  readonly acousticBusySeconds: number
  readonly busySeconds: number
  readonly elapsedSeconds: number
  readonly cpuSeconds: number
}

const MEMORY_SECONDS = 2
/** So much audio is memory enough as well: a few hops, which a lightly loaded device makes in little busy time. */
const MEMORY_AUDIO_SECONDS = 12

/** Share of the time that the acoustic lanes work on a device that has all it can do. */
const FULL_SHARE = 0.9
const BEYOND_PROVED = 1.05

export class CapacityMeter {
  readonly #lanes: number
  readonly #cores: number
  readonly #believed: number
  #last: WorkTotals | undefined
  #audio: number
  #busy: number
  #cpu: number
  #all: number
  #elapsed: number
  /** Of looks between which all lanes worked nearly all the time. */
  #provedAudio: number
  #provedBusy: number

  /** `cores`: Infinity for a device that computes elsewhere; `rate`: what is believed before anything is seen. */
  constructor(lanes: number, cores: number, rate: number) {
    this.#lanes = lanes
    this.#cores = cores
    this.#believed = rate
    this.#audio = rate
    this.#busy = lanes
    this.#cpu = cores
    this.#all = Number.isFinite(cores) ? cores : lanes
    this.#elapsed = 1
    this.#provedAudio = rate
    this.#provedBusy = lanes
  }

  /** What was believed, and seen so far, counts no more: where a measurement begins. */
  forget(): void {
    this.#audio = 0
    this.#busy = 0
    this.#cpu = 0
    this.#all = 0
    this.#elapsed = 0
    this.#provedAudio = 0
    this.#provedBusy = 0
  }

  /** Takes in what has been done since the last look. A lane that was started again counts from its new start. */
  look(totals: WorkTotals): void {
    const last = this.#last
    this.#last = totals
    if (last === undefined) return
    const busy = totals.acousticBusySeconds - last.acousticBusySeconds
    const audio = totals.audioSeconds - last.audioSeconds
    if (busy <= 0 || audio < 0) return
    const kept = Math.exp(-Math.max(busy / (this.#lanes * MEMORY_SECONDS), audio / MEMORY_AUDIO_SECONDS))
    this.#audio = kept * this.#audio + audio
    this.#busy = kept * this.#busy + busy
    this.#cpu = kept * this.#cpu + Math.max(0, totals.cpuSeconds - last.cpuSeconds)
    this.#all = kept * this.#all + Math.max(0, totals.busySeconds - last.busySeconds)
    const elapsed = totals.elapsedSeconds - last.elapsedSeconds
    this.#elapsed = kept * this.#elapsed + elapsed
    if (busy < FULL_SHARE * this.#lanes * elapsed) return
    const proved = Math.exp(-busy / (this.#lanes * MEMORY_SECONDS))
    this.#provedAudio = proved * this.#provedAudio + audio
    this.#provedBusy = proved * this.#provedBusy + busy
  }

  /** Of the cores, those that this process gets when it asks for them. */
  get #available(): number {
    const running = this.#all / this.#elapsed
    const alone = Math.min(1, this.#cores / running)
    return this.#cores * Math.min(1, this.#cpu / this.#all / alone)
  }

  /** Seconds of audio per second. */
  get rate(): number {
    if (this.#busy === 0) return this.#believed
    const pace = this.#lanes / this.#busy
    const cores = Number.isFinite(this.#cores) && this.#cpu > 0 ? this.#available / this.#cpu : pace
    const proved = this.#provedBusy === 0 ? Infinity : (this.#lanes * this.#provedAudio) / this.#provedBusy
    return Math.max(0.01, Math.min(this.#audio * Math.min(pace, cores), BEYOND_PROVED * proved))
  }
}
