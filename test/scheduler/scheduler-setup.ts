/** A scheduler over devices of some slots, with time that moves only when told, and what became of its requests. */
import type { TtsError } from '../../src/core/errors.ts'
import {
  type AdmissionGate,
  Scheduler,
  type SchedulerClock,
  type Waiting,
} from '../../src/scheduler/scheduler.ts'

/** Time that moves only when told, firing what falls due in order. */
class VirtualClock implements SchedulerClock {
  now = 0
  readonly #timers = new Set<{ at: number; act: () => void }>()

  nowMs(): number {
    return this.now
  }

  after(delayMs: number, act: () => void): () => void {
    const timer = { at: this.now + delayMs, act }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  advance(toMs: number): void {
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= toMs).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.now = due.at
      due.act()
    }
    this.now = toMs
  }

  get pending(): number {
    return this.#timers.size
  }
}

export class SlotDevice {
  readonly id: number
  free: number
  healthy = true
  constructor(id: number, slots: number) {
    this.id = id
    this.free = slots
  }
  view() {
    const { id, free, healthy } = this
    return { id, healthy, freeSlots: free, backlogSeconds: -free, audioSecondsPerSecond: 10, hasVoice: true }
  }
}

export const setup = (slots: number[], maxQueued = 8, gate?: AdmissionGate) => {
  const clock = new VirtualClock()
  const devices = slots.map((count, id) => new SlotDevice(id, count))
  const scheduler = new Scheduler(devices, { maxQueued, batchBoundMs: 1000 }, clock, gate)
  const log: string[] = []
  const request = (name: string, overrides: Partial<Waiting> = {}): Waiting => ({
    priority: 'stream',
    arrivedMs: clock.now,
    askedMs: clock.now,
    continues: false,
    timeoutMs: 5000,
    voiceKey: 'v',
    voiceSeconds: 3,
    expectedSeconds: 4,
    start: (deviceId) => {
      devices[deviceId]!.free--
      log.push(`${name} on ${deviceId}`)
    },
    refuse: (error: TtsError) => log.push(`${name} ${error.code}`),
    ...overrides,
  })
  return { clock, devices, scheduler, log, request }
}
