/** What NVIDIA's management library says: the driver's number, and what programs have left of a card's memory. */
import { koffi } from '../core/native-calls.ts'

type Fn = (...args: unknown[]) => number

export interface CardManager {
  /** Such as 580.65.06; undefined where it is not told. */
  readonly driverVersion: string | undefined
  /** Of the card at a place on the bus (text that ends with 0), as the driver names it; undefined where not told. */
  freeBytes(place: Buffer): number | undefined
}

/** `nvmlMemory_t`: total, free and used bytes. */
const MEMORY_FIELDS = 3
const FREE = 1

/** Undefined where there is no such library, or it does not start. Asking it opens no context on a card. */
export function openCardManager(path = 'libnvidia-ml.so.1'): CardManager | undefined {
  try {
    const library = koffi.load(path)
    const call = (name: string, signature: string, ...args: unknown[]) =>
      (library.func(`int ${name}(${signature})`) as Fn)(...args) === 0
    if (!call('nvmlInit_v2', '')) return undefined
    const text = Buffer.alloc(256)
    const told = call('nvmlSystemGetDriverVersion', 'void *out, uint32_t bytes', text, text.length)
    return {
      driverVersion: told ? text.toString('utf8', 0, text.indexOf(0)) : undefined,
      freeBytes: (place) => {
        const handle = new BigUint64Array(16)
        if (!call('nvmlDeviceGetHandleByPciBusId_v2', 'void *place, void *out', place, handle))
          return undefined
        // More than the fields: small arrays may move.
        const memory = new BigUint64Array(16)
        if (!call('nvmlDeviceGetMemoryInfo', 'uintptr_t device, void *out', handle[0], memory))
          return undefined
        return Number(memory.subarray(0, MEMORY_FIELDS)[FREE])
      },
    }
  } catch {
    return undefined
  }
}
