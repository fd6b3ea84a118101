/** Bytes that the C library's heap holds for this process: exact, where resident memory is noise. */
import { setTimeout } from 'node:timers/promises'
import { collectGarbage } from '../../src/core/collect-garbage.ts'
import { koffi, linuxFunctions } from '../../src/core/native-calls.ts'

const FIELDS = [
  ...['arena', 'ordblks', 'smblks', 'hblks', 'hblkhd'],
  ...['usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost'],
]
const count = linuxFunctions((library) => {
  const struct = koffi.struct(Object.fromEntries(FIELDS.map((name) => [name, 'size_t'])))
  return library.func('mallinfo2', struct, []) as unknown as () => { readonly uordblks: number | bigint }
})

/** Whether this C library tells: glibc from 2.33 on. */
export const TELLS_ALLOCATED = count() !== undefined

const LOOKS = 10
const BETWEEN_MS = 20

/**
 * In all arenas, once garbage is collected; blocks that are mapped by themselves are not counted.
 *
 * The least of some looks, since another thread frees collected arrays, somewhat later.
 */
export async function allocatedBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < LOOKS; look++) {
    collectGarbage()
    await setTimeout(BETWEEN_MS)
    least = Math.min(least, Number(count()!().uordblks))
  }
  return least
}
