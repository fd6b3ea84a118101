/** Bytes that the C library's heap holds for this process: exact, where resident memory is noise. */
import { koffi, linuxFunctions } from '../../src/core/native-calls.ts'

const FIELDS = [
  ...['arena', 'ordblks', 'smblks', 'hblks', 'hblkhd'],
  ...['usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost'],
]
const count = linuxFunctions((library) => {
  const struct = koffi.struct(Object.fromEntries(FIELDS.map((name) => [name, 'size_t'])))
  return library.func('mallinfo2', struct, []) as unknown as () => { readonly uordblks: number | bigint }
})

/** In all arenas, without blocks that are mapped by themselves. Undefined without glibc 2.33 or newer. */
export function allocatedBytes(): number | undefined {
  const counted = count()?.().uordblks
  return counted === undefined ? undefined : Number(counted)
}
