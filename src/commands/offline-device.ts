/** Where commands without a server compute: on the CPU, or on a card by number. */
import { loadConfig } from '../config/load-config.ts'
import { TtsError } from '../core/errors.ts'
import { cudaFolders } from '../cuda/cuda-libraries.ts'
import { cudaProvider } from '../engine/runtime/cuda-provider.ts'
import { openRuntime } from '../engine/runtime/open-runtime.ts'
import type { Runtime, SessionOptions } from '../engine/runtime/runtime.ts'

export interface OfflineDevice {
  readonly runtime: Runtime
  readonly session: SessionOptions
}

const CARD = /^cuda:(\d{1,3})$/
/** Environment variable; `off` leaves ONNX Runtime's environment as it is when the process ends. */
const RELEASE_SWITCH = 'LIGHT_TTS_ORT_RELEASE'

/** For a command's option: what may be given. */
export function isOfflineDevice(name: string): boolean {
  return name === 'cpu' || CARD.test(name)
}

/** `name` is `cpu` or `cuda:N`. Throws BAD_USAGE, DEVICE_UNAVAILABLE. */
export async function openOffline(name: string, threads: number): Promise<OfflineDevice> {
  const session = { intraOpThreads: threads, spin: false }
  if (name === 'cpu') return { runtime: await openRuntime(), session }
  const card = CARD.exec(name)?.[1]
  if (card === undefined)
    throw new TtsError('BAD_USAGE', '--device', `expected cpu or cuda:0…, got ${JSON.stringify(name)}`)
  const { cacheDir, cuda } = loadConfig({ env: process.env })
  const runtime = await openRuntime({
    cuda: cudaFolders(cacheDir, cuda.libraries),
    releaseAtExit: process.env[RELEASE_SWITCH] !== 'off',
  })
  const provider = cudaProvider(Number(card), true)
  // Before anything else is opened: throws where the card cannot be used.
  runtime.memory(provider)
  return { runtime, session: { ...session, provider } }
}
