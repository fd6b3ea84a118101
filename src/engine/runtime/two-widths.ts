/**
 * Graphs loaded twice: for runs on a lane's own threads, and for runs on all cores of a device.
 *
 * Which of the two computes is chosen before each run. So both must give the same bytes: `../acoustic/wide-runs.ts` asks.
 * Graphs with a convolution do not at some lengths (2e-7), and are not for this: the vocoder, CosyVoice3's estimator.
 */
import type { Binding, Feeds, Runtime, RuntimeTensor, Session, SessionOptions } from './runtime.ts'

export class TwoWidths {
  /** Loads every graph in both widths. */
  readonly runtime: Runtime
  readonly #wideSessions = new Set<Session>()
  #wide = false
  #dropped = false

  /** `threads` of a wide run. */
  constructor(runtime: Runtime, threads: number) {
    this.runtime = {
      ...runtime,
      load: async (model, options) => this.#load(runtime, model, options, threads),
    }
  }

  /** Whether runs take all cores from now on. */
  set wide(wide: boolean) {
    this.#wide = wide && !this.#dropped
  }

  get wide(): boolean {
    return this.#wide
  }

  /** Whether there are wide sessions. */
  get isOpen(): boolean {
    return this.#wideSessions.size > 0
  }

  /** Wide sessions are released, and all runs are narrow from now on. Not while one is bound to a run. */
  drop(): void {
    this.#dropped = true
    this.#wide = false
    for (const session of this.#wideSessions) session.release()
    this.#wideSessions.clear()
  }

  async #load(
    runtime: Runtime,
    model: string | Uint8Array,
    options: SessionOptions,
    threads: number,
  ): Promise<Session> {
    const narrow = await runtime.load(model, options)
    const wide = await runtime.load(model, { ...options, intraOpThreads: threads })
    this.#wideSessions.add(wide)
    return {
      name: narrow.name,
      inputs: narrow.inputs,
      outputs: narrow.outputs,
      captures: false,
      bind: (inputs, outputs) => new WidthBinding(inputs, outputs, () => (this.#wide ? wide : narrow)),
      fetch: (inputs, outputs) => (this.#wide ? wide : narrow).fetch(inputs, outputs),
      release: () => {
        narrow.release()
        if (this.#wideSessions.delete(wide)) wide.release()
      },
    }
  }
}

/** Bound to a session when a run first takes it. */
class WidthBinding implements Binding {
  readonly #inputs: Record<string, RuntimeTensor>
  readonly #outputs: Record<string, RuntimeTensor>
  readonly #sessionOfNow: () => Session
  readonly #bound = new Map<Session, Binding>()

  constructor(inputs: Feeds, outputs: Feeds, sessionOfNow: () => Session) {
    this.#inputs = { ...inputs }
    this.#outputs = { ...outputs }
    this.#sessionOfNow = sessionOfNow
    // Wrong names are found out here, as with one session.
    this.#binding()
  }

  set(name: string, tensor: RuntimeTensor): void {
    for (const binding of this.#bound.values()) binding.set(name, tensor)
    if (name in this.#inputs) this.#inputs[name] = tensor
    if (name in this.#outputs) this.#outputs[name] = tensor
  }

  run(): void {
    this.#binding().run()
  }

  release(): void {
    for (const binding of this.#bound.values()) binding.release()
    this.#bound.clear()
  }

  #binding(): Binding {
    const session = this.#sessionOfNow()
    const binding = this.#bound.get(session) ?? session.bind(this.#inputs, this.#outputs)
    this.#bound.set(session, binding)
    return binding
  }
}
