/**
 * A runtime whose memory is not the host's as far as code can tell. Arrays throw on any look at them. What is read or
 * placed is a copy, and sessions take tensors of their own provider's memory only. It computes as the one it wraps.
 */
import assert from 'node:assert/strict'
import type { DType } from '../../src/core/dtype.ts'
import type { SharedArray } from '../../src/core/shared-prompt.ts'
import { HOST_MEMORY, hostArray, onHost } from '../../src/engine/runtime/host-memory.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type {
  Binding,
  DeviceArray,
  DeviceMemory,
  Feeds,
  HostArray,
  ProviderOptions,
  Runtime,
  RuntimeTensor,
  Session,
} from '../../src/engine/runtime/runtime.ts'

/** Memory of sessions whose provider is named as the CPU, and of all others. */
type Place = 'cpu' | 'device'

interface Stored {
  readonly values: HostArray
  readonly place: Place
}

const stored = new WeakMap<object, Stored>()
const places = new WeakMap<RuntimeTensor, Place>()
const valuesOf = new WeakMap<RuntimeTensor, HostArray>()
const handedOn: Stored[] = []

const refuse = (what: string) => () => assert.fail(`device memory was looked at: ${what}`)

function arrayOf(of: Stored): DeviceArray {
  const { length } = of.values
  const array = new Proxy(
    {},
    {
      get: (_, key) => (key === 'length' ? length : refuse(`get ${String(key)}`)()),
      set: refuse('set'),
      has: refuse('has'),
      ownKeys: refuse('keys'),
      getOwnPropertyDescriptor: refuse('property'),
    },
  ) as DeviceArray
  stored.set(array, of)
  return array
}

function storedIn(array: DeviceArray): Stored {
  const found = stored.get(array)
  assert(found !== undefined, 'an array that is not of device memory')
  return found
}

function memoryOf(place: Place): DeviceMemory {
  const own = (array: DeviceArray) => {
    const found = storedIn(array)
    assert.equal(found.place, place, 'memory of another provider')
    return found.values
  }
  const fresh = (values: HostArray) => arrayOf({ values, place })
  const alloc = (dtype: DType, length: number) => fresh(onHost(HOST_MEMORY.alloc(dtype, length)))
  const write = (array: DeviceArray, values: HostArray) => {
    assert(!stored.has(values), 'host values were expected')
    HOST_MEMORY.write(HOST_MEMORY.place(own(array)), values)
  }
  return {
    sharesWithThreads: true,
    reservesInFull: false,
    alloc,
    allocShared: alloc,
    place: (values) => fresh(values.slice()),
    part: (array, from, to) => {
      const values = own(array)
      assert(from >= 0 && from <= to && to <= values.length, `no part ${from} to ${to} of ${values.length}`)
      return fresh(values.subarray(from, to))
    },
    copy: (pairs) => {
      for (const { from, to } of pairs) write(to, own(from))
    },
    zero: (arrays) => {
      for (const array of arrays) HOST_MEMORY.zero([HOST_MEMORY.place(own(array))])
    },
    forget: (array) => {
      const values = own(array)
      // A later read finds neither what was there nor zeros.
      if (values instanceof BigInt64Array) values.fill(-1n)
      else values.fill(0xff)
    },
    write,
    read: (array) => own(array).slice(),
    change: (array, act) => {
      const values = own(array).slice()
      act(values)
      write(array, values)
    },
    share: (array) => {
      handedOn.push({ values: own(array), place })
      return { handle: handedOn.length - 1 } as unknown as SharedArray
    },
    adopt: (shared) => arrayOf(handedOn[(shared as unknown as { handle: number }).handle]!),
  }
}

const placeOf = (provider: ProviderOptions | undefined): Place =>
  provider?.kind === 'cpu' ? 'cpu' : 'device'

export function strictRuntime(runtime: Runtime): Runtime {
  const memories = { cpu: memoryOf('cpu'), device: memoryOf('device') }
  return {
    kind: runtime.kind,
    memory: (provider) => memories[placeOf(provider)],
    tensor: (dtype, array, dims) => {
      const { values, place } = storedIn(array)
      assert.equal(values.constructor, hostArray(dtype, new ArrayBuffer(0)).constructor, `not of ${dtype}`)
      const tensor = runtime.tensor(dtype, HOST_MEMORY.place(values), dims)
      places.set(tensor, place)
      valuesOf.set(tensor, values)
      return tensor
    },
    load: async (model, options) =>
      strictSession(await runtime.load(model, options), placeOf(options.provider)),
  }
}

/** What a graph computes shapes with it reads on the host, whatever the provider. */
const isShape = (name: string) => name === 'total' || name.startsWith('cut')

function strictSession(session: Session, place: Place): Session {
  /** Numbers that a binding has. */
  const graphs = new Set<number>()
  const check = (feeds: Feeds) => {
    for (const [name, tensor] of Object.entries(feeds)) {
      assert.equal(
        places.get(tensor),
        isShape(name) ? 'cpu' : place,
        `${session.name}: '${name}' lies elsewhere`,
      )
    }
  }
  return {
    name: session.name,
    inputs: session.inputs,
    outputs: session.outputs,
    captures: place === 'device',
    bind: (inputs, outputs, graph): Binding => {
      check(inputs)
      check(outputs)
      const binding = session.bind(inputs, outputs)
      const captured = graph === undefined ? undefined : new StrictCapture(inputs)
      if (graph !== undefined) {
        assert(!graphs.has(graph), `${session.name}: two bindings of graph ${graph}`)
        graphs.add(graph)
      }
      return {
        set: (name, tensor) => {
          check({ [name]: tensor })
          captured?.bindAnew(name)
          binding.set(name, tensor)
        },
        run: () => {
          captured?.run()
          binding.run()
        },
        release: () => binding.release(),
      }
    },
    fetch: (inputs, outputs) => {
      check(inputs)
      return session.fetch(inputs, outputs)
    },
    release: () => session.release(),
  }
}

/** What a card would not see of a run that it plays again: other addresses, and what changed on the host. */
class StrictCapture {
  readonly #onHost: readonly (readonly [string, HostArray])[]
  #seen: readonly string[] | undefined

  constructor(inputs: Feeds) {
    this.#onHost = Object.entries(inputs)
      .filter(([name]) => isShape(name))
      .map(([name, tensor]) => [name, valuesOf.get(tensor)!] as const)
  }

  bindAnew(name: string): void {
    assert(this.#seen === undefined, `'${name}' of a captured run is bound anew`)
  }

  run(): void {
    const now = this.#onHost.map(([name, values]) => `${name} = ${values.join(' ')}`)
    this.#seen ??= now
    assert.deepEqual(now, this.#seen, 'what a captured run read on the host has changed')
  }
}

/** What engine and lane tests run on. */
export const openStrictRuntime = async (): Promise<Runtime> => strictRuntime(await openRuntime())
