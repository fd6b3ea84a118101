/** `--devices cpu:2` or `cuda:0,cuda:1` → where each device's lanes compute. Pure: whether a GPU is there its lanes find out. */
import { TtsError } from '../core/errors.ts'
import { splitThreads, type ThreadSplit } from '../core/thread-split.ts'
import type { CardOptions, LaneDevice } from './messages.ts'

export interface NamedDevice {
  readonly name: string
  readonly device: LaneDevice
  /** CPU threads that its lanes share. A GPU's lanes have one each. */
  readonly threads: number
}

const MAX_CPU_THREADS = 256

/**
 * Devices by name: `auto` is one CPU share of all `cores`, `cpu:N` a share of N cores. `cuda:N` is GPU number N, of
 * which `card` tells. Throws BAD_CONFIG, also where CPU shares together have more threads than there are `cores`.
 */
export function parseDevices(
  names: readonly string[],
  cores: number,
  split: ThreadSplit,
  card: CardOptions = {},
): [NamedDevice, ...NamedDevice[]] {
  const [first, ...others] = names.map((name) => parseDevice(name, cores, split, card))
  if (first === undefined) throw badDevice('')
  const devices: [NamedDevice, ...NamedDevice[]] = [first, ...others]
  refuseTooManyThreads(devices, cores)
  return devices
}

/** Lanes that share a core wait for each other in the midst of audio. */
function refuseTooManyThreads(devices: readonly NamedDevice[], cores: number): void {
  const shares = devices.filter(({ device }) => device.kind === 'cpu')
  const threads = shares.reduce((sum, share) => sum + share.threads, 0)
  if (threads <= Math.max(1, cores)) return
  const names = shares.map(({ name }) => name).join(',')
  throw new TtsError(
    'BAD_CONFIG',
    'Bad configuration',
    `devices: expected at most ${cores} CPU threads, as many as this process has cores (affinity, quota of the control group), got ${threads} in ${JSON.stringify(names)}`,
  )
}

function parseDevice(text: string, cores: number, split: ThreadSplit, card: CardOptions): NamedDevice {
  const name = text.trim() === 'auto' ? `cpu:${Math.max(1, cores)}` : text.trim()
  const match = /^(cpu|cuda):(\d{1,3})$/.exec(name)
  if (match === null) throw badDevice(text)
  const number = Number(match[2])
  if (match[1] === 'cuda') {
    const lanes = { llmThreads: 1, acousticThreads: 1, acousticLanes: 1 }
    return { name, device: { kind: 'cuda', index: number, ...lanes, ...card }, threads: 2 }
  }
  if (number < 1 || number > MAX_CPU_THREADS) throw badDevice(text)
  return { name, device: { kind: 'cpu', index: 0, ...splitThreads(number, split) }, threads: number }
}

function badDevice(got: string): TtsError {
  return new TtsError(
    'BAD_CONFIG',
    'Bad configuration',
    `devices: expected auto, cpu:1…cpu:${MAX_CPU_THREADS} (threads) or cuda:0… (GPU), got ${JSON.stringify(got)}`,
  )
}
