/**
 * `--devices cpu:2` or `cuda:0,cuda:1` → where each device's lanes compute. Pure: the machine's facts are passed in.
 *
 * Knows: the names of devices and how a CPU share is split between its two lanes. Does not know: whether a device is
 * there; its lanes find out when they open their sessions.
 */
import { TtsError } from '../core/errors.ts'
import type { LaneDevice } from './messages.ts'

export interface NamedDevice {
  readonly name: string
  readonly device: LaneDevice
}

const MAX_CPU_THREADS = 256

/**
 * Devices by name: `auto` is one CPU share of all `cores`, `cpu:N` a share of N cores, `cuda:N` GPU number N.
 * `llmShare` (0–1) of a CPU share's threads go to the LLM lane; each lane has one at least. Throws BAD_CONFIG.
 */
export function parseDevices(names: readonly string[], cores: number, llmShare: number): NamedDevice[] {
  if (names.length === 0) throw badDevice('')
  return names.map((text) => {
    const name = text.trim() === 'auto' ? `cpu:${Math.max(1, cores)}` : text.trim()
    const match = /^(cpu|cuda):(\d{1,3})$/.exec(name)
    if (match === null) throw badDevice(text)
    const number = Number(match[2])
    if (match[1] === 'cuda') {
      return { name, device: { kind: 'cuda', index: number, llmThreads: 1, acousticThreads: 1 } }
    }
    if (number < 1 || number > MAX_CPU_THREADS) throw badDevice(text)
    return { name, device: { kind: 'cpu', index: 0, ...splitThreads(number, llmShare) } }
  })
}

/** Threads of the two lanes. With one core both have one: they take turns. */
function splitThreads(threads: number, llmShare: number): Pick<LaneDevice, 'llmThreads' | 'acousticThreads'> {
  const llmThreads = Math.min(Math.max(1, Math.round(threads * llmShare)), Math.max(1, threads - 1))
  return { llmThreads, acousticThreads: Math.max(1, threads - llmThreads) }
}

function badDevice(got: string): TtsError {
  return new TtsError(
    'BAD_CONFIG',
    'Bad configuration',
    `devices: expected auto, cpu:1…cpu:${MAX_CPU_THREADS} (threads) or cuda:0… (GPU), got ${JSON.stringify(got)}`,
  )
}
