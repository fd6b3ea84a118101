/**
 * One lane seen from the main thread: its worker thread, its messages, its end.
 *
 * A death while starting is final, since the same start would fail again. A later death is the owner's to handle.
 */
import assert from 'node:assert/strict'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { forbidTelemetry } from '../core/ort-telemetry.ts'
import { LaneControl } from './lane-control.ts'
import type { FromLane, LaneStart, ToAcousticLane, ToLlmLane } from './messages.ts'

export type ToLane = ToLlmLane | ToAcousticLane

export interface LaneDeath {
  readonly reason: string
  /** It had come up before. */
  readonly ready: boolean
  /** Its device is lost with it. */
  readonly deviceLost: boolean
}

export interface LaneEvents {
  readonly onMessage: (message: FromLane) => void
  /** Called once, when the thread has ended other than by `stop`. */
  readonly onDeath: (death: LaneDeath) => void
}

export class LaneHandle {
  readonly control: LaneControl
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #events: LaneEvents
  readonly #ended: Promise<void>
  #ready = false
  #ending = false
  #stopping = false
  #reason: string | undefined
  #deviceLost = false

  constructor(entry: URL, start: Omit<LaneStart, 'port'>, events: LaneEvents) {
    this.control = new LaneControl(start.control)
    this.#events = events
    forbidTelemetry()
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(entry, {
      workerData: { ...start, port: port2 },
      transferList: [port2],
      name: `${start.role}-lane`,
    })
    port1.on('message', (message: FromLane) => this.#receive(message))
    this.#worker.on('error', (error) => {
      this.#reason ??= error.message
    })
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        port1.close()
        resolve()
        if (this.#stopping) return
        const reason = this.#reason ?? `the thread ended with code ${code}`
        events.onDeath({ reason, ready: this.#ready, deviceLost: this.#deviceLost })
      })
    })
  }

  get ready(): boolean {
    return this.#ready
  }

  /** Told to end by force, and not yet gone. */
  get ending(): boolean {
    return this.#ending
  }

  /** Ends the thread wherever it is in JavaScript; `onDeath` follows. In a native call it ends with that call only. */
  terminate(reason = 'it stood still and was ended'): void {
    this.#ending = true
    this.#reason ??= reason
    void this.#worker.terminate()
  }

  /** Leaves a message and rings, in this order (see lane-control.ts). Lost without harm once the lane has ended. */
  post(message: ToLane): void {
    this.#port.postMessage(message)
    this.control.signal()
  }

  /**
   * Asks the lane to end and waits for it, at most `timeoutMs`; false when it has not ended by then (a hung native
   * call: only the process can end it). A lane between model runs ends within milliseconds.
   */
  async stop(timeoutMs: number): Promise<boolean> {
    assert(!this.#stopping, 'a lane is stopped once')
    this.#stopping = true
    this.control.stop()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs)
    })
    const ended = await Promise.race([this.#ended.then(() => true as const), late])
    clearTimeout(timer)
    if (!ended) this.#worker.unref()
    return ended
  }

  #receive(message: FromLane): void {
    if (message.type === 'ready') this.#ready = true
    if (message.type === 'died') {
      this.#reason = message.message
      this.#deviceLost = message.deviceLost === true
    }
    this.#events.onMessage(message)
  }
}
