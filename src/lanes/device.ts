/**
 * One device seen from the main thread: its lanes, its slots, and the utterances that have them.
 *
 * Samples are read straight from the slot's ring.
 */
import assert from 'node:assert/strict'
import { createRing, forgetRing, RingReader, RingWriter, resetRing } from '../audio/ring.ts'
import type { Voice } from '../core/voice.ts'
import { DeviceUtterances, LANE_RETURNS } from './device-utterances.ts'
import type { LanePulse } from './lane-control.ts'
import { LaneSeat, statsTogether } from './lane-seat.ts'
import { LaneSupervisor } from './lane-supervisor.ts'
import { LaneVoices } from './lane-voices.ts'
import { MemoryShortage } from './memory-shortage.ts'
import type { FromLane, LaneDevice, LaneRole, LaneStart, LaneStats, LaneTuning } from './messages.ts'
import { lendable, RINGS_PER_SLOT } from './parking.ts'
import type { Lent, NewUtterance } from './utterance.ts'

/** ms that a lane's thread gets to end where it stood still: one outside native code takes milliseconds. */
const END_MS = 2000
/** ms between looks at what is parked. */
const LOOK_EVERY_MS = 250

export interface DeviceOptions {
  readonly id: number
  readonly name: string
  readonly bundleDir: string
  readonly device: LaneDevice
  readonly tuning: LaneTuning
  /** Of the bundle's solvers; its first where not given. */
  readonly flowSolver?: string
  /** See `LaneStart`. */
  readonly compat?: 'own' | 'reference'
  /** Utterances that the device takes at once. */
  readonly slots: number
  readonly audioRingSamples: number
  readonly sampleRate: number
  /** ms that a lane may stand still, in one model run or between two, before its thread is ended. */
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

export class Device {
  readonly id: number
  readonly name: string
  readonly #options: DeviceOptions
  readonly #events: DeviceEvents
  readonly #llm = new LaneSeat('llm', 0)
  readonly #acoustic: readonly LaneSeat[]
  readonly #seats: readonly LaneSeat[]
  readonly #voices: LaneVoices
  readonly #tokenRings: readonly SharedArrayBuffer[]
  readonly #audioRings: readonly SharedArrayBuffer[]
  readonly #placeRings: readonly SharedArrayBuffer[]
  readonly #utterances: DeviceUtterances
  readonly #supervisor: LaneSupervisor
  readonly #shortage = new MemoryShortage()
  #parkTimer: NodeJS.Timeout | undefined
  #parked = 0
  #ringsTouched = false

  private constructor(options: DeviceOptions, events: DeviceEvents) {
    const { slots, tuning, audioRingSamples, device } = options
    this.id = options.id
    this.name = options.name
    this.#options = options
    this.#events = events
    this.#utterances = new DeviceUtterances(slots * RINGS_PER_SLOT, options.sampleRate, this.#llm, () =>
      events.onChange(),
    )
    this.#acoustic = Array.from({ length: device.acousticLanes }, (_, i) => new LaneSeat('acoustic', i))
    this.#seats = [this.#llm, ...this.#acoustic]
    this.#voices = new LaneVoices(this.#acoustic)
    this.#supervisor = new LaneSupervisor(
      this.#seats,
      {
        deviceName: options.name,
        entries: options.laneEntries,
        startOf: (seat, quiet) => this.#startOf(seat, quiet),
        hungAfterMs: options.hungAfterMs,
        endMs: END_MS,
        inTurn: device.captures === true,
      },
      {
        ...events,
        onMessage: (seat, message) => this.#receive(seat, message),
        onDeath: (seat, reason) => this.#bury(seat, reason),
      },
    )
    const rings = { length: slots * RINGS_PER_SLOT }
    this.#tokenRings = Array.from(rings, () => createRing(Int32Array, tuning.kvCapacity))
    this.#placeRings = Array.from(rings, () => createRing(Int32Array, tuning.kvCapacity))
    this.#audioRings = Array.from(rings, () => createRing(Float32Array, audioRingSamples))
  }

  /** Starts all lanes; resolves once all are ready. Rejects, with nothing left running, where one cannot start. */
  static async start(options: DeviceOptions, events: DeviceEvents): Promise<Device> {
    const device = new Device(options, events)
    try {
      await device.#supervisor.start()
      device.#parkTimer = setInterval(() => device.#tellParked(), LOOK_EVERY_MS)
      device.#parkTimer.unref()
    } catch (error) {
      await device.stop(1000)
      throw error
    }
    return device
  }

  get healthy(): boolean {
    return this.#supervisor.ready
  }

  /** Not working, and its lanes failed so often that a fresh process is the better try. Starts go on meanwhile. */
  get lost(): boolean {
    return this.#supervisor.lost
  }

  get freeSlots(): number {
    if (!this.healthy) return 0
    const { usedSlots, parkedSlots } = this
    return this.#shortage.roomOf(lendable(this.totalSlots, usedSlots, parkedSlots), usedSlots - parkedSlots)
  }

  /** Slots in use whose listeners take nothing. */
  get parkedSlots(): number {
    return this.#utterances.parked
  }

  get totalSlots(): number {
    return this.#options.slots
  }

  get usedSlots(): number {
    return this.#utterances.used
  }

  /** Seconds of speech still expected of the utterances that are here. */
  get backlogSeconds(): number {
    return this.#utterances.backlogSeconds
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
    const { slot, epoch } = this.#utterances.take()
    this.#ringsTouched = true
    resetRing(this.#tokenRings[slot]!)
    resetRing(this.#audioRings[slot]!)
    resetRing(this.#placeRings[slot]!)
    const { priority, arrivedMs, neededMs, voice } = utterance
    const acoustic = this.#soonestDone(voice)
    this.#voices.give(voice, acoustic)
    const common = { type: 'admit', slot, epoch, priority, arrivedMs } as const
    const needed = neededMs === undefined ? {} : { neededMs }
    const acousticLane = this.#acoustic.indexOf(acoustic)
    acoustic.lane!.post({ ...common, ...needed, utterance: utterance.acoustic })
    this.#llm.lane!.post({ ...common, utterance: utterance.llm, acousticLane })
    const readers = {
      audio: new RingReader(Float32Array, this.#audioRings[slot]!),
      places: new RingReader(Int32Array, this.#placeRings[slot]!),
    }
    return this.#utterances.lend({ slot, epoch }, utterance, acoustic, readers)
  }

  /** The voice left main's memory: the lanes' copies go with the last utterance that uses them. */
  dropVoice(key: string): void {
    this.#voices.drop(key)
  }

  /** Where no utterance is here: rings give their memory back. Called every few seconds. */
  expire(): void {
    if (this.usedSlots > 0 || !this.#ringsTouched) return
    this.#ringsTouched = false
    for (const rings of [this.#tokenRings, this.#placeRings, this.#audioRings]) rings.forEach(forgetRing)
  }

  /** Ends all lanes; false when one did not end in time (a hung native call). Utterances under way fail. */
  async stop(timeoutMs: number): Promise<boolean> {
    clearInterval(this.#parkTimer)
    this.#utterances.failAll('the device is stopping')
    const ended = await this.#supervisor.stop(timeoutMs)
    for (const slot of this.#utterances.slots) this.#breakRing(slot)
    return ended
  }

  /** A request may be waiting for a slot that a parked utterance leaves, or that memory has room for. */
  #tellParked(): void {
    const parked = this.parkedSlots
    if (parked > this.#parked || this.#shortage.holdsBack(this.totalSlots)) this.#events.onChange()
    this.#parked = parked
  }

  #seatsOf(role: LaneRole): readonly LaneSeat[] {
    return role === 'llm' ? [this.#llm] : this.#acoustic
  }

  /** The acoustic lane with the least to do, counting a prompt that it would have to solve first. */
  #soonestDone(voice: Voice): LaneSeat {
    const work = (seat: LaneSeat) =>
      this.#utterances.secondsAt(seat) + (this.#voices.mustSolve(voice.key, seat) ? voice.seconds : 0)
    return this.#acoustic.reduce((best, seat) => (work(seat) < work(best) ? seat : best))
  }

  /** Marks a slot's audio as failed in place of a lane that cannot any more. Only once that lane's thread has ended. */
  #breakRing(slot: number): void {
    new RingWriter(Float32Array, this.#audioRings[slot]!).fail()
  }

  #startOf(seat: LaneSeat, quiet: boolean): LaneStart {
    const { bundleDir, device, tuning, flowSolver, compat = 'own' } = this.#options
    const { loneThreads, ...threads } = device
    const isFirst = seat === this.#acoustic[0] && loneThreads !== undefined
    return {
      role: seat.role,
      bundleDir,
      device: { ...threads, ...(isFirst ? { loneThreads } : {}) },
      tuning: { ...tuning, flowStateBytes: Math.ceil(tuning.flowStateBytes / this.#acoustic.length) },
      compat,
      quiet: quiet && device.captures === true,
      ...(flowSolver === undefined ? {} : { flowSolver }),
      control: seat.control.buffer,
      sessions: seat.sessions,
      blocks: seat.blocks,
      llmControl: this.#llm.control.buffer,
      acousticControls: this.#acoustic.map((each) => each.control.buffer),
      otherControls: this.#seats.filter((other) => other !== seat).map((other) => other.control.buffer),
      tokenRings: this.#tokenRings,
      audioRings: this.#audioRings,
      placeRings: this.#placeRings,
      workMarks: this.#utterances.marks,
    }
  }

  #receive(seat: LaneSeat, message: FromLane): void {
    switch (message.type) {
      case 'left':
        if (message.failed !== undefined) this.#shortage.heed(message.failed, this.usedSlots)
        return this.#utterances.left(message, seat.role)
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

  /** A lane died after it had served: its utterances fail, and the other lanes let them go. */
  #bury(seat: LaneSeat, reason: string): void {
    const { role, name } = seat
    this.#voices.forget(seat)
    for (const { slot, epoch } of this.#utterances.slotsOf(seat)) {
      // The reason first: a reader that sees the ring failed looks for it.
      this.#utterances.fail(slot, epoch, `the ${name} died: ${reason}`, LANE_RETURNS)
      if (role === 'acoustic') this.#breakRing(slot)
      // The dead lane touches nothing any more; what it did not write will not come.
      this.#utterances.leave(slot, epoch, role)
    }
    this.#events.onChange()
  }
}
