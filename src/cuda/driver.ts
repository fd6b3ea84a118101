/** What NVIDIA's driver says of itself and of the cards, asked by its own library. */
import { koffi } from '../core/native-calls.ts'
import { type CardManager, openCardManager } from './card-manager.ts'
import type { Card, DriverReport } from './cuda-report.ts'

const CAPABILITY_MAJOR = 75
const CAPABILITY_MINOR = 76

type Fn = (...args: unknown[]) => number

/** Loads the driver's library. Throws nothing: what is wrong stands in `fault`. */
export function askDriver(path = 'libcuda.so.1'): DriverReport {
  let library: ReturnType<typeof koffi.load>
  try {
    library = koffi.load(path)
  } catch {
    return { fault: 'no NVIDIA driver here (libcuda.so.1 is in no folder of the system)', cards: [] }
  }
  try {
    return describe(library, openCardManager())
  } catch (error) {
    return { fault: (error as Error).message, cards: [] }
  }
}

function describe(library: ReturnType<typeof koffi.load>, manager: CardManager | undefined): DriverReport {
  const call = (name: string, signature: string, ...args: unknown[]) => {
    const code = (library.func(`int ${name}(${signature})`) as Fn)(...args)
    if (code !== 0) throw new Error(`the NVIDIA driver answers ${name} with error ${code}${meaningOf(code)}`)
  }
  call('cuInit', 'uint32_t flags', 0)
  const number = Buffer.alloc(128)
  const ask = (name: string, signature: string, ...args: unknown[]) => {
    call(name, signature, number, ...args)
    return number.readInt32LE(0)
  }
  const version = ask('cuDriverGetVersion', 'void *out')
  const cards = Array.from({ length: ask('cuDeviceGetCount', 'void *out') }, (_, index): Card => {
    const device = ask('cuDeviceGet', 'void *out, int index', index)
    const attribute = (which: number) =>
      ask('cuDeviceGetAttribute', 'void *out, int which, int device', which, device)
    const capability = [attribute(CAPABILITY_MAJOR), attribute(CAPABILITY_MINOR)] as const
    call('cuDeviceTotalMem_v2', 'void *out, int device', number, device)
    const bytes = Number(number.readBigUInt64LE(0))
    const name = Buffer.alloc(256)
    call('cuDeviceGetName', 'void *out, int bytes, int device', name, name.length, device)
    const end = name.indexOf(0)
    const place = Buffer.alloc(64)
    call('cuDeviceGetPCIBusId', 'void *out, int bytes, int device', place, place.length, device)
    const free = manager?.freeBytes(place)
    const text = name.toString('utf8', 0, end < 0 ? name.length : end)
    return { index, name: text, bytes, ...(free === undefined ? {} : { free }), capability }
  })
  const cuda = `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`
  const driver = manager?.driverVersion
  return { ...(driver === undefined ? {} : { version: driver }), cuda, cards }
}

function meaningOf(code: number): string {
  const meanings: Readonly<Record<number, string>> = {
    3: ' (its kernel module is not loaded)',
    100: ' (no device)',
    802: ' (the system is not ready: the fabric manager of this machine does not run)',
    803: ' (library and kernel module are of different versions: restart after the update)',
    999: ' (unknown: often a container that was started without its devices)',
  }
  return meanings[code] ?? ''
}
