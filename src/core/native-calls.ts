/**
 * koffi, set up for what this project calls: the one place that imports it, since its stacks can be chosen only before
 * a thread's first library is loaded.
 *
 * Calls run on stacks of koffi's own: by default 128 KiB for those on another thread, which a session on a GPU
 * overflows (SIGSEGV). Pages of a stack that no call reached cost nothing.
 */
import koffi from 'koffi'

/** Bytes of a native call's stack, as a thread of the system has them. */
const STACK_BYTES = 8 * 1024 * 1024

if (koffi.config().async_stack_size! < STACK_BYTES)
  koffi.config({ sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES })

export { koffi }

type Library = ReturnType<typeof koffi.load>

/** Functions of the C library as `declare` binds them, once, at the first call. Null elsewhere than on Linux, and where one is missing. */
export function linuxFunctions<F>(declare: (library: Library) => F): () => F | null {
  let bound: F | null | undefined
  return () => {
    if (bound !== undefined) return bound
    bound = null
    if (process.platform !== 'linux') return bound
    try {
      bound = declare(koffi.load(null))
    } catch {
      // Another C library: it lacks a function.
    }
    return bound
  }
}
