/** Makes a native session: threads, logging, and the provider of the device it computes on. */
import { TtsError } from '../../core/errors.ts'
import { type OrtApi, type Pointer, stringTable } from './ort-api.ts'
import { loadErrorCode } from './ort-error.ts'
import type { ProviderOptions, SessionOptions } from './runtime.ts'
import type { SessionLedger } from './session-ledger.ts'

const LOG_LEVEL = { verbose: 0, info: 1, warning: 2, error: 3, fatal: 4 } as const

/**
 * The session's address, which the ledger has and the caller releases there. Throws BAD_BUNDLE, or DEVICE_UNAVAILABLE
 * where a provider is absent or refuses.
 */
export async function createSession(
  api: OrtApi,
  env: Pointer,
  ledger: SessionLedger,
  model: string | Uint8Array,
  name: string,
  options: SessionOptions,
): Promise<Pointer> {
  const provider = options.provider ?? { kind: 'cpu' }
  const native = api.create('CreateSessionOptions', name)
  try {
    api.call('SetIntraOpNumThreads', name, native, options.intraOpThreads)
    api.call('SetInterOpNumThreads', name, native, 1)
    api.call('SetSessionLogSeverityLevel', name, native, LOG_LEVEL[options.logLevel ?? 'error'])
    // An arena keeps what its largest run needed, for ever and for each session of each lane.
    api.call('DisableCpuMemArena', name, native)
    const spin = options.spin === true ? '1' : '0'
    api.call('AddSessionConfigEntry', name, native, 'session.intra_op.allow_spinning', spin)
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
