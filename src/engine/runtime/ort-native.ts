/**
 * `Runtime` over ONNX Runtime's C API: tensors on our memory, outputs written in place.
 *
 * Ownership: a RuntimeTensor owns one OrtValue over memory that stays the caller's. A Binding owns arrays of
 * addresses and keeps the tensors it points to alive; it never owns their handles. A Session owns its OrtSession.
 */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { CudaFolders } from '../../core/cuda-folders.ts'
import { findCudaLibraries } from '../../cuda/cuda-libraries.ts'
import { CudaCards } from './cuda-cards.ts'
import { loadCuda } from './cuda-loading.ts'
import { CudaArray } from './cuda-memory.ts'
import { checkBytes, HOST_MEMORY, onHost } from './host-memory.ts'
import { loadOrtApi, type OrtApi, type Pointer, pinned, stringTable } from './ort-api.ts'
import { createSession } from './ort-create-session.ts'
import { hostPlace, NativeTensor, nativeValue } from './ort-native-tensor.ts'
import { runOptions } from './ort-run-options.ts'
import { copyOut, describeTensors } from './ort-tensor-info.ts'
import type { Binding, Feeds, HostTensor, Runtime, RuntimeTensor, Session, TensorInfo } from './runtime.ts'
import { SessionLedger } from './session-ledger.ts'

const CPU_ARENA_ALLOCATOR = 1
const CPU_MEMORY = 0
/** Blocks of a card that a thread has at a time. */
const OWN_BLOCKS = 16384

export interface NativeRuntimeOptions {
  /** A ledger's memory that outlives the thread: what an earlier thread left open there is released first. */
  readonly sessions?: SharedArrayBuffer
  /** The same for blocks of a card's memory, 8 bytes each. */
  readonly blocks?: SharedArrayBuffer
  /** Where the CUDA provider and what it needs lie. */
  readonly cuda?: CudaFolders
  /**
   * This thread ends with the process: the environment is released then. Other threads end without, since their sessions
   * may outlive them (session-ledger.ts).
   */
  readonly releaseAtExit?: boolean
}

/** Opens the C API on this thread. Throws where the library or its table is not usable; see `open-runtime.ts`. */
export function openNativeRuntime({
  sessions,
  blocks = new SharedArrayBuffer(OWN_BLOCKS * 8),
  cuda,
  releaseAtExit = false,
}: NativeRuntimeOptions = {}): Runtime {
  const besideProviders = cuda === undefined ? undefined : findCudaLibraries(cuda).runtime
  const api = loadOrtApi(
    besideProviders !== undefined && existsSync(besideProviders) ? besideProviders : undefined,
  )
  const ledger = new SessionLedger(sessions)
  ledger.releaseLeft(api)
  // Failures come back as statuses; what ORT would print as well only names its build paths.
  const env = api.create('CreateEnv', 'ORT environment', 4 /* fatal */, 'light-tts')
  // With the CUDA provider loaded and no session left, an exit handler of that provider would crash the process otherwise.
  if (releaseAtExit) process.once('exit', () => api.call('ReleaseEnv', 'release environment', env))
  const cpuMemory = api.create('CreateCpuMemoryInfo', 'ORT memory info', CPU_ARENA_ALLOCATOR, CPU_MEMORY)
  const cards = new CudaCards(api, cuda, blocks)
  return {
    kind: 'native',
    memory: (provider) => (provider?.kind === 'cuda' ? cards.memory(provider.deviceId) : HOST_MEMORY),
    tensor: (dtype, array, dims) => {
      if (array instanceof CudaArray) {
        const place = { info: cards.infoOf(array), address: array.address, owner: array }
        return new NativeTensor(api, place, dtype, checkBytes(dtype, array.bytes, dims), dims)
      }
      const data = onHost(array)
      return new NativeTensor(
        api,
        hostPlace(cpuMemory, data),
        dtype,
        checkBytes(dtype, data.byteLength, dims),
        dims,
      )
    },
    load: async (model, options) => {
      const name = typeof model === 'string' ? basename(model) : 'model in memory'
      if (options.provider?.kind === 'cuda') loadCuda(cuda)
      return new NativeSession(
        api,
        ledger,
        await createSession({ api, env, ledger, model, name }, options),
        name,
        options.provider?.kind === 'cuda',
      )
    },
  }
}

class NativeSession implements Session {
  readonly name: string
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly captures: boolean
  readonly #api: OrtApi
  readonly #ledger: SessionLedger
  #session: Pointer
  #forgets = false

  constructor(api: OrtApi, ledger: SessionLedger, session: Pointer, name: string, captures: boolean) {
    this.captures = captures
    this.#api = api
    this.#ledger = ledger
    this.#session = session
    this.name = name
    this.inputs = describeTensors(api, session, 'Input')
    this.outputs = describeTensors(api, session, 'Output')
  }

  bind(inputs: Feeds, outputs: Feeds, graph?: number): Binding {
    this.#checkNames(inputs, outputs)
    assert(graph === undefined || this.captures, `session ${this.name} captures no runs`)
    const options = runOptions(this.#api, this.name, { forgets: this.#forgets, graph })
    this.#forgets = false
    return new NativeBinding(this.#api, this.#session, options, this.name, { inputs, outputs, graph })
  }

  forgetMemory(): void {
    this.#forgets = true
  }

  fetch(inputs: Feeds, outputNames: readonly string[]): Record<string, HostTensor> {
    this.#checkNames(inputs, Object.fromEntries(outputNames.map((name) => [name, undefined])))
    const api = this.#api
    const options = runOptions(api, this.name)
    const inNames = stringTable(Object.keys(inputs))
    const outNames = stringTable(outputNames)
    const ins = pinned(inNames.pointers.length)
    for (const [i, tensor] of Object.values(inputs).entries()) ins[i] = nativeValue(tensor)
    const outs = pinned(outputNames.length)
    try {
      api.call(
        'Run',
        this.name,
        this.#session,
        options,
        inNames.pointers,
        ins,
        ins.length,
        outNames.pointers,
        outs.length,
        outs,
      )
      return Object.fromEntries(outputNames.map((name, i) => [name, copyOut(api, outs[i]!, name)]))
    } finally {
      for (const value of outs) if (value !== 0n) api.call('ReleaseValue', 'release output', value)
      api.call('ReleaseRunOptions', 'release run options', options)
    }
  }

  release(): void {
    if (this.#session === 0n) return
    this.#ledger.release(this.#api, this.#session)
    this.#session = 0n
  }

  #checkNames(inputs: Feeds, outputs: Readonly<Record<string, unknown>>): void {
    assert(this.#session !== 0n, `session ${this.name} is used after its release`)
    const missing = this.inputs.filter(({ name }) => inputs[name] === undefined).map(({ name }) => name)
    const known = new Set([...this.inputs, ...this.outputs].map(({ name }) => name))
    const unknown = [...Object.keys(inputs), ...Object.keys(outputs)].filter((name) => !known.has(name))
    assert(missing.length === 0, `session ${this.name}: inputs not given: ${missing.join(', ')}`)
    assert(unknown.length === 0, `session ${this.name}: no such input or output: ${unknown.join(', ')}`)
    assert(Object.keys(outputs).length > 0, `session ${this.name}: no output asked for`)
  }
}

interface Bound {
  readonly inputs: Feeds
  readonly outputs: Feeds
  readonly graph: number | undefined
}

class NativeBinding implements Binding {
  readonly #api: OrtApi
  readonly #session: Pointer
  readonly #name: string
  readonly #options: Pointer
  // Order of names is order of addresses. The string tables are kept because C reads them in every run.
  readonly #inNames: readonly string[]
  readonly #outNames: readonly string[]
  readonly #inTable: ReturnType<typeof stringTable>
  readonly #outTable: ReturnType<typeof stringTable>
  readonly #ins: BigUint64Array
  readonly #outs: BigUint64Array
  // Keeps the bound memory alive: addresses alone would not.
  readonly #tensors = new Map<string, RuntimeTensor>()
  readonly #isCaptured: boolean
  #hasRun = false

  constructor(
    api: OrtApi,
    session: Pointer,
    options: Pointer,
    name: string,
    { inputs, outputs, graph }: Bound,
  ) {
    this.#api = api
    this.#session = session
    this.#name = name
    this.#isCaptured = graph !== undefined
    this.#options = options
    this.#inNames = Object.keys(inputs)
    this.#outNames = Object.keys(outputs)
    this.#inTable = stringTable(this.#inNames)
    this.#outTable = stringTable(this.#outNames)
    this.#ins = pinned(this.#inNames.length)
    this.#outs = pinned(this.#outNames.length)
    for (const [key, tensor] of Object.entries({ ...inputs, ...outputs })) this.set(key, tensor)
  }

  set(name: string, tensor: RuntimeTensor): void {
    assert(!(this.#isCaptured && this.#hasRun), `${this.#name}: '${name}' of a captured run is bound anew`)
    const value = nativeValue(tensor)
    const input = this.#inNames.indexOf(name)
    const output = this.#outNames.indexOf(name)
    assert(input >= 0 || output >= 0, `${this.#name}: '${name}' is not bound`)
    if (input >= 0) this.#ins[input] = value
    if (output >= 0) this.#outs[output] = value
    this.#tensors.set(name, tensor)
  }

  run(): void {
    this.#hasRun = true
    this.#api.call(
      'Run',
      this.#name,
      this.#session,
      this.#options,
      this.#inTable.pointers,
      this.#ins,
      this.#ins.length,
      this.#outTable.pointers,
      this.#outs.length,
      this.#outs,
    )
  }

  release(): void {
    this.#api.call('ReleaseRunOptions', `release binding of ${this.#name}`, this.#options)
    this.#tensors.clear()
  }
}
