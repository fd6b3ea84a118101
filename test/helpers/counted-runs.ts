/** A runtime that counts what it allocates and its runs: those that a card would record or play again, and others. */
import type { Runtime } from '../../src/engine/runtime/runtime.ts'

export interface RunCounts {
  captured: number
  plain: number
}

export class CountedRuns {
  readonly runtime: Runtime
  /** Of the device's memory, not the host's. */
  allocations = 0
  #counts: RunCounts = { captured: 0, plain: 0 }

  constructor(runtime: Runtime) {
    this.runtime = {
      ...runtime,
      memory: (provider) => {
        const memory = runtime.memory(provider)
        if (provider?.kind === 'cpu') return memory
        return {
          ...memory,
          alloc: (dtype, length) => {
            this.allocations++
            return memory.alloc(dtype, length)
          },
        }
      },
      load: async (model, options) => {
        const session = await runtime.load(model, options)
        return {
          ...session,
          bind: (inputs, outputs, graph) => {
            const binding = session.bind(inputs, outputs, graph)
            return {
              ...binding,
              run: () => {
                binding.run()
                this.#counts[graph === undefined ? 'plain' : 'captured']++
              },
            }
          },
        }
      },
    }
  }

  /** Since they were last taken. */
  take(): RunCounts {
    const taken = this.#counts
    this.#counts = { captured: 0, plain: 0 }
    return taken
  }
}
