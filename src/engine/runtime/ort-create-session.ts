/** Makes a native session: threads, logging, and the provider of the device it computes on. */
import { TtsError } from '../../core/errors.ts'
import { type OrtApi, type Pointer, stringTable } from './ort-api.ts'
import { loadErrorCode } from './ort-error.ts'
import { isSplit, RECORD_PLACEMENT, readPlacement, splitGraph, WHOLE_ON_CARD } from './ort-placement.ts'
import type { ProviderOptions, SessionOptions } from './runtime.ts'
import type { SessionLedger } from './session-ledger.ts'

/** It would make a Split of unequal parts of what `replayable.ts` slices. */
const KEEP_SLICES = { 'optimization.disable_specified_optimizers': 'GatherSliceToSplitFusion' } as const
const LOG_LEVEL = { verbose: 0, info: 1, warning: 2, error: 3, fatal: 4 } as const

/** A model for one thread's sessions. */
export interface SessionSource {
  readonly api: OrtApi
  readonly env: Pointer
  readonly ledger: SessionLedger
  readonly model: string | Uint8Array
  readonly name: string
}

/**
 * The session's address, which the ledger has and the caller releases there. Throws BAD_BUNDLE, also where a card would
 * need the CPU for it. Throws DEVICE_UNAVAILABLE where a provider is absent or refuses.
 *
 * On a card it is made as one whose runs may be captured. ONNX Runtime refuses that where not all is on the card. Each
 * run says whether it is to be (`UNCAPTURED`, `capturedAs`).
 */
export async function createSession(source: SessionSource, options: SessionOptions): Promise<Pointer> {
  const { provider } = options
  if (provider?.kind !== 'cuda') return makeSession(source, options)
  const whole = { ...provider, options: { ...provider.options, [WHOLE_ON_CARD]: '1' } }
  try {
    return await makeSession(source, { ...options, provider: whole })
  } catch (error) {
    if (!isSplit(error)) throw error
    const { api, ledger, name } = source
    const split = await makeSession(source, options, { [RECORD_PLACEMENT]: '1' })
    const nodes = readPlacement(api, split, name)
    ledger.release(api, split)
    throw splitGraph(name, nodes)
  }
}

async function makeSession(
  { api, env, ledger, model, name }: SessionSource,
  options: SessionOptions,
  entries: Readonly<Record<string, string>> = {},
): Promise<Pointer> {
  const provider = options.provider ?? { kind: 'cpu' }
  const native = api.create('CreateSessionOptions', name)
  try {
    api.call('SetIntraOpNumThreads', name, native, options.intraOpThreads)
    api.call('SetInterOpNumThreads', name, native, 1)
    api.call(
      'SetSessionLogSeverityLevel',
      name,
      native,
      LOG_LEVEL[options.logLevel ?? (provider.kind === 'cuda' ? 'fatal' : 'error')],
    )
    // It keeps a plan of memory, some 40 KB, for every set of input lengths. Speech nearly always has a new one.
    if (provider.kind === 'cpu') api.call('DisableMemPattern', name, native)
    // An arena keeps what its largest run needed, for each session of each lane.
    if (options.keepsMemory !== true) api.call('DisableCpuMemArena', name, native)
    const spin = options.spin === true ? '1' : '0'
    const config = {
      'session.intra_op.allow_spinning': spin,
      ...(provider.kind === 'cuda' ? KEEP_SLICES : {}),
      ...entries,
    }
    for (const [key, value] of Object.entries(config))
      api.call('AddSessionConfigEntry', name, native, key, value)
    appendProvider(api, native, provider)
    try {
      return await ledger.open((out) =>
        typeof model === 'string'
          ? api.callAsync('CreateSession', name, env, model, native, out)
          : api.callAsync('CreateSessionFromArray', name, env, model, model.byteLength, native, out),
      )
    } catch (error) {
      throw new TtsError(
        loadErrorCode(error, provider.kind === 'cpu'),
        `cannot load ${name}${provider.kind === 'cpu' ? '' : ` on ${provider.kind}`}`,
        error instanceof TtsError ? error.detail : String(error),
        { cause: error },
      )
    }
  } finally {
    api.call('ReleaseSessionOptions', name, native)
  }
}

/** Adds a device's provider with its options under ORT's own names. CPU is always there and needs nothing. */
function appendProvider(api: OrtApi, native: Pointer, provider: ProviderOptions): void {
  if (provider.kind === 'cpu') return
  const entries = Object.entries({
    ...(provider.kind === 'cuda' ? { device_id: String(provider.deviceId) } : {}),
    ...provider.options,
  })
  const keys = stringTable(entries.map(([key]) => key))
  const values = stringTable(entries.map(([, value]) => value))
  try {
    if (provider.kind === 'webgpu') {
      api.call('AppendProvider', 'WebGPU', native, 'WebGPU', keys.pointers, values.pointers, entries.length)
      return
    }
    const cuda = api.create('CreateCudaOptions', 'CUDA options')
    try {
      api.call('UpdateCudaOptions', 'CUDA options', cuda, keys.pointers, values.pointers, entries.length)
      api.call('AppendCuda', 'CUDA provider', native, cuda)
    } finally {
      api.call('ReleaseCudaOptions', 'CUDA options', cuda)
    }
  } catch (error) {
    const reason = error instanceof TtsError ? error.detail : String(error)
    throw new TtsError('DEVICE_UNAVAILABLE', `the ${provider.kind} provider cannot be used`, reason, {
      cause: error,
    })
  }
}
