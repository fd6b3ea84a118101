/**
 * One device seen from the main thread: its lanes, its slots, and the utterances that have them.
 *
 * Knows: who must let go of a slot before it is lent again, what becomes of utterances when a lane dies, when a lane is
 * started again. Does not know: queues, placement, text. Samples are read straight from the slot's ring.
 */
import assert from 'node:assert/strict'
import { createRing, RingReader, RingWriter, resetRing } from '../audio/ring.ts'
import { TtsError } from '../core/errors.ts'
import type { Voice } from '../core/voice.ts'
import type { LanePulse } from './lane-control.ts'
import { LaneHandle } from './lane-handle.ts'
import { LaneSeat, statsTogether } from './lane-seat.ts'
import { LaneVoices } from './lane-voices.ts'
import type {
  AcousticAdmission,
  FromLane,
  LaneDevice,
  LaneRole,
  LaneStart,
  LaneStats,
  LaneTuning,
  LlmAdmission,
} from './messages.ts'
import { SlotTable } from './slot-table.ts'
import { FIRST_WATCH, isHung, restartDelayMs, shouldGiveUp, watch } from './watchdog.ts'

const WATCH_EVERY_MS = 500

export interface DeviceOptions {
  readonly id: number
  readonly name: string
  readonly bundleDir: string
  readonly device: LaneDevice
  readonly tuning: LaneTuning
  /** Of the bundle's solvers; its first where not given. */
  readonly flowSolver?: string
  /** Utterances that the device takes at once. */
  readonly slots: number
  readonly audioRingSamples: number
  /** Longest model run before the device is taken for hung. */
  readonly hungAfterMs: number
  readonly laneEntries: Readonly<Record<LaneRole, URL>>
  /** What a measured decoding step says of the device's parameters, in words for the log. */
  readonly judgeStep?: (stepMs: number) => string | undefined
}

export interface DeviceEvents {
  /** A slot became free, or the device's health changed. */
  readonly onChange: () => void
  /** A native call hangs: only the process can end it. */
  readonly onHung: (role: LaneRole) => void
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

export interface NewUtterance {
  readonly llm: LlmAdmission
  readonly acoustic: AcousticAdmission
  readonly voice: Voice
  readonly priority: 'stream' | 'batch'
  readonly arrivedMs: number
  readonly expectedSeconds: number
}

/** An utterance that has a slot. Every one must be `close`d, whatever became of it. */
export interface Lent {
  readonly audio: RingReader<Float32Array>
  /** Why it failed; undefined while it has not. Known at the latest when the ring shows "failed". */
  readonly failure: TtsError | undefined
  append(textIds: Int32Array): void
  finish(): void
  /** After reading from the ring: a lane that waits for room goes on. */
  roomMade(): void
  /** Lets go of the slot: what is still to come of the utterance is called off. Idempotent. */
  close(): void
}

interface Utterance {
  readonly slot: number
  readonly epoch: number
  /** The acoustic lane that it stays with. */
  readonly acoustic: LaneSeat
  readonly expectedSeconds: number
  failure: TtsError | undefined
  closed: boolean
}

export class Device {
  readonly id: number
  readonly name: string
  readonly #options: DeviceOptions
  readonly #events: DeviceEvents
  readonly #slots: SlotTable
  readonly #llm = new LaneSeat('llm', 0)
  readonly #acoustic: readonly LaneSeat[]
  readonly #seats: readonly LaneSeat[]
  readonly #voices: LaneVoices
  readonly #tokenRings: readonly SharedArrayBuffer[]
  readonly #audioRings: readonly SharedArrayBuffer[]
  readonly #utterances = new Map<number, Utterance>()
  readonly #deaths: number[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  #watchTimer: NodeJS.Timeout | undefined
  #watchedAt = performance.now()
  #failed: string | undefined
  #stopping = false

  private constructor(options: DeviceOptions, events: DeviceEvents) {
    const { slots, tuning, audioRingSamples, device } = options
    this.id = options.id
    this.name = options.name
    this.#options = options
    this.#events = events
    this.#slots = new SlotTable(slots)
    this.#acoustic = Array.from({ length: device.acousticLanes }, (_, i) => new LaneSeat('acoustic', i))
    this.#seats = [this.#llm, ...this.#acoustic]
    this.#voices = new LaneVoices(this.#acoustic)
    this.#tokenRings = Array.from({ length: slots }, () => createRing(Int32Array, tuning.kvCapacity))
    this.#audioRings = Array.from({ length: slots }, () => createRing(Float32Array, audioRingSamples))
  }

  /** Starts all lanes; resolves once all are ready. Rejects, with nothing left running, where one cannot start. */
  static async start(options: DeviceOptions, events: DeviceEvents): Promise<Device> {
    const device = new Device(options, events)
    try {
      await Promise.all(device.#seats.map((seat) => device.#startLane(seat)))
    } catch (error) {
      await device.stop(1000)
      throw error
    }
    device.#watchTimer = setInterval(() => device.#look(), WATCH_EVERY_MS)
    device.#watchTimer.unref()
    return device
  }

  get healthy(): boolean {
    return !this.#stopping && this.#failed === undefined && this.#seats.every(({ ready }) => ready)
  }

  /** Given up: its lanes died too often to be started again. */
  get failed(): boolean {
    return this.#failed !== undefined
  }

  get freeSlots(): number {
    return this.healthy ? this.#slots.freeCount : 0
  }

  get totalSlots(): number {
    return this.#slots.total
  }

  get usedSlots(): number {
    return this.#slots.total - this.#slots.freeCount
  }

  /** Seconds of speech expected of the utterances that are here. */
  get backlogSeconds(): number {
    let seconds = 0
    for (const { expectedSeconds } of this.#utterances.values()) seconds += expectedSeconds
    return seconds
  }

  /** Whether the voice's flow state is on this device. */
  hasVoice(key: string): boolean {
    return this.#voices.isSolved(key)
  }

  /** Lanes of one role as if they were one. */
  stats(role: LaneRole): LaneStats | undefined {
    return statsTogether(this.#seatsOf(role))
  }

  pulses(role: LaneRole): LanePulse[] {
    return this.#seatsOf(role).map(({ control }) => control.observe())
  }

  /** Takes a free slot for an utterance and admits it to the LLM lane and one of the acoustic lanes. */
  admit(utterance: NewUtterance): Lent {
    assert(this.freeSlots > 0, `device ${this.name}: no free slot, ask freeSlots first`)
    const { slot, epoch } = this.#slots.take()
    resetRing(this.#tokenRings[slot]!)
    resetRing(this.#audioRings[slot]!)
    const { priority, arrivedMs, voice } = utterance
    const acoustic = this.#soonestDone(voice)
    this.#voices.give(voice, acoustic)
    const common = { type: 'admit', slot, epoch, priority, arrivedMs } as const
    acoustic.lane!.post({ ...common, utterance: utterance.acoustic })
    const acousticLane = this.#acoustic.indexOf(acoustic)
    this.#llm.lane!.post({ ...common, utterance: utterance.llm, acousticLane })
    const entry: Utterance = {
      slot,
      epoch,
      acoustic,
      expectedSeconds: utterance.expectedSeconds,
      failure: undefined,
      closed: false,
    }
    this.#utterances.set(slot, entry)
    return this.#lend(entry)
  }

  /** The voice left main's memory: the lanes' copies go as soon as nobody speaks with them. */
  dropVoice(key: string): void {
    this.#voices.drop(key)
  }

  /** Ends all lanes; false when one did not end in time (a hung native call). Utterances under way fail. */
  async stop(timeoutMs: number): Promise<boolean> {
    this.#stopping = true
    clearInterval(this.#watchTimer)
    for (const timer of this.#timers) clearTimeout(timer)
    this.#failAll('the device is stopping')
    const ended = await Promise.all(this.#seats.map(({ lane }) => lane?.stop(timeoutMs) ?? true))
    for (const seat of this.#seats) seat.lane = undefined
    for (const { slot } of this.#utterances.values()) this.#breakRing(slot)
    return ended.every((each) => each)
  }

  #seatsOf(role: LaneRole): readonly LaneSeat[] {
    return role === 'llm' ? [this.#llm] : this.#acoustic
  }

  /** The acoustic lane with the least to do, counting a prompt that it would have to solve first. */
  #soonestDone(voice: Voice): LaneSeat {
    const work = (seat: LaneSeat) => {
      let seconds = this.#voices.mustSolve(voice.key, seat) ? voice.seconds : 0
      for (const { slot, epoch, acoustic, expectedSeconds } of this.#utterances.values())
        if (acoustic === seat && this.#slots.uses(slot, epoch, 'acoustic')) seconds += expectedSeconds
      return seconds
    }
    return this.#acoustic.reduce((best, seat) => (work(seat) < work(best) ? seat : best))
  }

  #lend(entry: Utterance): Lent {
    const { slot, epoch, acoustic } = entry
    const send = (
      message: { readonly type: 'append'; readonly textIds: Int32Array } | { readonly type: 'finish' },
    ) => {
      if (this.#slots.uses(slot, epoch, 'llm')) this.#llm.lane?.post({ ...message, slot, epoch })
    }
    return {
      audio: new RingReader(Float32Array, this.#audioRings[slot]!),
      get failure() {
        return entry.failure
      },
      append: (textIds) => send({ type: 'append', textIds }),
      finish: () => send({ type: 'finish' }),
      roomMade: () => acoustic.control.ring(),
      close: () => this.#close(entry),
    }
  }

  #close(entry: Utterance): void {
    if (entry.closed) return
    entry.closed = true
    this.#cancel(entry)
    this.#leave(entry.slot, entry.epoch, 'reader')
  }

  /** Calls an utterance off in the lanes that still have it. */
  #cancel({ slot, epoch, acoustic }: Utterance): void {
    for (const { role, lane } of [this.#llm, acoustic])
      if (this.#slots.uses(slot, epoch, role)) lane?.post({ type: 'cancel', slot, epoch })
  }

  #leave(slot: number, epoch: number, user: LaneRole | 'reader'): void {
    if (!this.#slots.uses(slot, epoch, user)) return
    if (!this.#slots.leave(slot, epoch, user)) return
    this.#utterances.delete(slot)
    this.#events.onChange()
  }

  #fail(slot: number, epoch: number, reason: string): void {
    const utterance = this.#utterances.get(slot)
    if (utterance?.epoch !== epoch || utterance.failure !== undefined) return
    utterance.failure = new TtsError('LANE_FAILED', 'Speech synthesis failed', reason)
    this.#cancel(utterance)
  }

  #failAll(reason: string): void {
    for (const { slot, epoch } of this.#utterances.values()) this.#fail(slot, epoch, reason)
  }

  /** Marks a slot's audio as failed in place of a lane that cannot any more. Only once that lane's thread has ended. */
  #breakRing(slot: number): void {
    new RingWriter(Float32Array, this.#audioRings[slot]!).fail(1)
  }

  #startLane(seat: LaneSeat): Promise<void> {
    const { bundleDir, device, tuning, flowSolver, laneEntries } = this.#options
    const { role, control } = seat
    control.reset()
    const start: LaneStart = {
      role,
      bundleDir,
      device,
      tuning: { ...tuning, flowStateBytes: Math.ceil(tuning.flowStateBytes / this.#acoustic.length) },
      ...(flowSolver === undefined ? {} : { flowSolver }),
      control: control.buffer,
      sessions: seat.sessions,
      llmControl: this.#llm.control.buffer,
      acousticControls: this.#acoustic.map((each) => each.control.buffer),
      tokenRings: this.#tokenRings,
      audioRings: this.#audioRings,
    }
    return new Promise((resolve, reject) => {
      seat.lane = new LaneHandle(laneEntries[role], start, {
        onMessage: (message) => {
          if (message.type === 'ready') resolve()
          this.#receive(seat, message)
        },
        onDeath: (reason, ready) => {
          const error = new TtsError('DEVICE_UNAVAILABLE', `device ${this.name}, ${seat.name}`, reason)
          if (ready) this.#buryLane(seat, error)
          reject(error)
        },
      })
      seat.watch = FIRST_WATCH
    })
  }

  #receive(seat: LaneSeat, message: FromLane): void {
    switch (message.type) {
      case 'left':
        if (message.failed !== undefined) this.#fail(message.slot, message.epoch, message.failed)
        this.#leave(message.slot, message.epoch, seat.role)
        return
      case 'promptHeld':
        return this.#voices.held(message.key, message.prompt, seat)
      case 'promptGone':
        return this.#voices.gone(message.key, seat)
      case 'stats':
        seat.stats = message.stats
        return
      case 'ready':
        this.#judge(message.stepMs)
        this.#events.onChange()
        return
      case 'died':
        return
      default:
        message satisfies never
    }
  }

  #judge(stepMs: number | undefined): void {
    const doubt = stepMs === undefined ? undefined : this.#options.judgeStep?.(stepMs)
    if (doubt !== undefined) this.#events.log('warn', `device ${this.name}: ${doubt}`)
  }

  /** A lane died after it had served: its utterances fail, the other lanes let them go, and it is started again. */
  #buryLane(seat: LaneSeat, error: TtsError): void {
    const { role, name } = seat
    this.#voices.forget(seat)
    this.#events.log('error', `${error.message}: ${error.detail}`)
    for (const { slot, epoch } of this.#slots.usedBy(role)) {
      if (role === 'acoustic' && this.#utterances.get(slot)!.acoustic !== seat) continue
      // The reason first: whoever sees the ring failed looks for it.
      this.#fail(slot, epoch, `the ${name} died: ${error.detail}`)
      if (role === 'acoustic') this.#breakRing(slot)
      // The dead lane touches nothing any more; what it did not write will not come.
      this.#leave(slot, epoch, role)
    }
    this.#events.onChange()
    const now = performance.now()
    this.#deaths.push(now)
    if (this.#stopping) return
    if (shouldGiveUp(this.#deaths, now)) {
      this.#failed = error.detail
      this.#events.log('error', `device ${this.name} is given up after ${this.#deaths.length} failures`)
      this.#events.onChange()
      return
    }
    const delay = restartDelayMs(this.#deaths.filter((at) => now - at < 60_000).length, Math.random())
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#startLane(seat).then(
        () => this.#events.log('info', `device ${this.name}: ${name} is back`),
        (failure: TtsError) => {
          seat.lane = undefined
          this.#failed = failure.detail
          this.#events.onChange()
        },
      )
    }, delay)
    this.#timers.add(timer)
  }

  #look(): void {
    const now = performance.now()
    const elapsed = now - this.#watchedAt
    this.#watchedAt = now
    for (const seat of this.#seats) {
      seat.watch = watch(seat.watch, seat.control.observe(), elapsed, WATCH_EVERY_MS)
      if (isHung(seat.watch, this.#options.hungAfterMs)) this.#events.onHung(seat.role)
    }
  }
}
