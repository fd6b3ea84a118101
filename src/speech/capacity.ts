/**
 * What the devices make: a meter on the lanes' counters, started from a measurement with real speech.
 *
 * At the start several streams are spoken at once for a moment, so that both kinds of lane are busy. What was found is
 * kept beside the bundles for machines that start again. While serving, the meter follows what the lanes really do.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Device } from '../lanes/device.ts'
import type { LanePulse } from '../lanes/lane-control.ts'
import { CapacityMeter, type WorkTotals } from '../scheduler/capacity-meter.ts'
import { type StageCosts, StageMeter, type StageTotals } from '../scheduler/stage-meter.ts'

const LOOK_EVERY_MS = 250

/** How long a measurement takes. */
export interface MeasureTimes {
  /** ms of warming up, and of measuring, at least. */
  readonly warmMs: number
  readonly leastMs: number
  /** Seconds of audio that make a measurement; a machine that makes less than real time needs longer for them. */
  readonly audioSeconds: number
  /** ms that warming up takes at most, and measuring, which may take twice as long as the first audio took. */
  readonly mostMs: number
}

const MEASURE: MeasureTimes = { warmMs: 500, leastMs: 2000, audioSeconds: 4, mostMs: 15_000 }
const MEASURE_LOOK_MS = 20

export interface MeteredDevice {
  readonly device: Device
  readonly lanes: number
  /** CPU threads that its lanes share; undefined for a device that computes elsewhere. */
  readonly cores: number | undefined
}

export class Capacity {
  readonly #meters: readonly { readonly metered: MeteredDevice; readonly meter: CapacityMeter }[]
  readonly #framesPerSecond: number
  readonly #stages = new StageMeter()
  readonly #timer: NodeJS.Timeout

  /** `rate`: seconds of audio per second that a device is believed to make. */
  constructor(devices: readonly MeteredDevice[], framesPerSecond: number, rate: number) {
    this.#framesPerSecond = framesPerSecond
    this.#meters = devices.map((metered) => ({
      metered,
      meter: new CapacityMeter(metered.lanes, metered.cores ?? Infinity, rate),
    }))
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  /** Seconds of audio per second of one device, or of all. */
  rateOf(device: Device): number {
    return this.#meters.find(({ metered }) => metered.device === device)!.meter.rate
  }

  get rate(): number {
    return this.#meters.reduce(
      (sum, { metered, meter }) => sum + (metered.device.healthy ? meter.rate : 0),
      0,
    )
  }

  /** What a second of speech costs in each stage, over all devices; undefined before anything was made. */
  get costs(): StageCosts | undefined {
    return this.#stages.costs
  }

  /** CPU threads that the devices share; 0 where all compute elsewhere. */
  get cores(): number {
    return this.#meters.reduce((sum, { metered }) => sum + (metered.cores ?? 0), 0)
  }

  /** Seconds of audio that were made since the process began. */
  get audioSeconds(): number {
    return this.#meters.reduce((sum, { metered }) => sum + this.#work(metered.device).audioSeconds, 0)
  }

  /** What was believed of the devices counts no more. */
  forget(): void {
    this.look()
    for (const { meter } of this.#meters) meter.forget()
  }

  look(): void {
    this.#stages.look(this.#stageTotals())
    const { user, system } = process.cpuUsage()
    const all = this.#meters.map(({ metered }) => this.#work(metered.device))
    const audio = all.reduce((sum, { audioSeconds }) => sum + audioSeconds, 0)
    for (const [i, { meter }] of this.#meters.entries()) {
      // Threads of several devices share one process: its time is theirs by what they made.
      const share = audio === 0 ? 1 / all.length : all[i]!.audioSeconds / audio
      meter.look({
        ...all[i]!,
        cpuSeconds: ((user + system) / 1e6) * share,
        elapsedSeconds: performance.now() / 1000,
      })
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #stageTotals(): StageTotals {
    const pulses = (role: 'llm' | 'acoustic') =>
      this.#meters.flatMap(({ metered }) => metered.device.pulses(role))
    const sum = (of: readonly LanePulse[], pick: (pulse: LanePulse) => number) =>
      of.reduce((all, pulse) => all + pick(pulse), 0)
    const llm = pulses('llm')
    const acoustic = pulses('acoustic')
    return {
      audioSeconds: sum(acoustic, ({ units }) => units) / this.#framesPerSecond,
      prefillMs: sum(llm, ({ asideMs }) => asideMs),
      decodeMs: sum(llm, ({ busyMs, asideMs }) => busyMs - asideMs),
      decodeSteps: sum(llm, ({ unitRuns }) => unitRuns),
      decodeRows: sum(llm, ({ units }) => units),
      flowMs: sum(acoustic, ({ asideMs }) => asideMs),
      vocoderMs: sum(acoustic, ({ busyMs, asideMs }) => busyMs - asideMs),
    }
  }

  #work(device: Device): Omit<WorkTotals, 'cpuSeconds' | 'elapsedSeconds'> {
    const pulses = device.pulses('acoustic')
    const all = [...pulses, ...device.pulses('llm')]
    return {
      busySeconds: all.reduce((sum, { busyMs }) => sum + busyMs, 0) / 1000,
      audioSeconds: pulses.reduce((sum, { units }) => sum + units, 0) / this.#framesPerSecond,
      acousticBusySeconds: pulses.reduce((sum, { busyMs }) => sum + busyMs, 0) / 1000,
    }
  }
}

export interface MeasuredCapacity {
  readonly rate: number
  /** Whether this process had the cores that it wanted: otherwise others' work was measured too. */
  readonly undisturbed: boolean
}

/** Share of its cores' time that a process with all lanes busy gets on a machine of its own. */
const OWN_SHARE = 0.85

/**
 * Speaks with `speakers` voices at once for a moment; `speakOnce` says something and ends when called off. It begins with
 * the first audio: before that lanes warm up and a voice's prompt is solved, which is no speech.
 */
export async function measureCapacity(
  capacity: Pick<Capacity, 'audioSeconds' | 'forget' | 'look' | 'rate' | 'cores'>,
  speakers: number,
  speakOnce: (speaker: number, signal: AbortSignal) => Promise<void>,
  { warmMs, leastMs, audioSeconds, mostMs }: MeasureTimes = MEASURE,
): Promise<MeasuredCapacity> {
  const over = new AbortController()
  const all = Array.from({ length: speakers }, async (_, speaker) => {
    while (!over.signal.aborted) {
      await speakOnce(speaker, over.signal)
      // Whatever ends at once must not keep the clock from going on.
      await sleep(1)
    }
  })
  const started = performance.now()
  const silent = capacity.audioSeconds
  await until((ms) => ms >= warmMs && capacity.audioSeconds > silent, mostMs)
  capacity.forget()
  const made = capacity.audioSeconds
  const began = { cpu: process.cpuUsage(), ms: performance.now() }
  // As long as the first audio took, and once more: there is another by then.
  const mostMeasuredMs = Math.max(mostMs, 2 * (began.ms - started))
  await until((ms) => ms >= leastMs && capacity.audioSeconds - made >= audioSeconds, mostMeasuredMs)
  capacity.look()
  const { user, system } = process.cpuUsage(began.cpu)
  const share = (user + system) / 1000 / (performance.now() - began.ms) / capacity.cores
  const { rate } = capacity
  over.abort()
  await Promise.race([Promise.allSettled(all), sleep(mostMs, undefined, { ref: false })])
  return { rate, undisturbed: share >= OWN_SHARE }
}

/** Waits until `done`, which is told for how long, or for `mostMs`. */
async function until(done: (ms: number) => boolean, mostMs: number): Promise<void> {
  const began = performance.now()
  for (let ms = 0; ms < mostMs && !done(ms); ms = performance.now() - began) await sleep(MEASURE_LOOK_MS)
}
