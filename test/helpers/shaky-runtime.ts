/** A runtime whose runs fail when a test says so, after they have written what they write. */
import type { Binding, Runtime, Session } from '../../src/engine/runtime/runtime.ts'

export class ShakyRuntime {
  /** Asked after each run; true makes it throw. */
  failing: () => boolean = () => false
  readonly runtime: Runtime

  constructor(runtime: Runtime) {
    this.runtime = {
      ...runtime,
      load: async (model, options) => this.#session(await runtime.load(model, options)),
    }
  }

  #session(session: Session): Session {
    const { name, inputs, outputs, captures } = session
    return {
      name,
      inputs,
      outputs,
      captures,
      bind: (ins, outs, graph) => this.#binding(session.bind(ins, outs, graph)),
      fetch: (ins, outs) => session.fetch(ins, outs),
      release: () => session.release(),
    }
  }

  #binding(binding: Binding): Binding {
    return {
      set: (name, tensor) => binding.set(name, tensor),
      run: () => {
        binding.run()
        if (this.failing()) throw new Error('a run failed')
      },
      release: () => binding.release(),
    }
  }
}

/** Calls `act`; false where it throws. */
export function succeeds(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}
