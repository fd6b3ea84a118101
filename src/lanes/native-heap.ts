/**
 * The C library's heap: freed blocks go back to the system instead of staying with the process.
 *
 * Models and typed arrays take their memory there, each thread from an arena of its own. By default glibc raises the
 * size from which a block is mapped by itself, up to 32 MB. So large blocks come to lie in arenas and stay resident.
 * Where there is no glibc (macOS, Windows) nothing is done: their allocators give memory back by themselves.
 */
import { linuxFunctions } from '../core/native-calls.ts'

const MMAP_THRESHOLD = -3
const TRIM_THRESHOLD = -1
/** Bytes from which a block is mapped by itself, and unmapped when it is freed. */
const MAPPED_FROM = 1024 * 1024
/** Free bytes that an arena may keep at its top between runs of a model. */
const KEPT_AT_TOP = 8 * 1024 * 1024

interface HeapFunctions {
  mallopt(parameter: number, value: number): number
  mallocTrim: ((pad: number) => number) & { async(pad: number, done: () => void): void }
}

const heap = linuxFunctions<HeapFunctions>((library) => ({
  mallopt: library.func('int mallopt(int parameter, int value)'),
  mallocTrim: library.func('int malloc_trim(size_t pad)'),
}))

/** Once in a process, before other threads start. */
export function boundNativeHeap(): void {
  heap()?.mallopt(MMAP_THRESHOLD, MAPPED_FROM)
  heap()?.mallopt(TRIM_THRESHOLD, KEPT_AT_TOP)
}

/** Gives the free pages of every thread's arena back to the system. Tens of ms, in which this thread does nothing else. */
export function trimNativeHeap(): void {
  heap()?.mallocTrim(0)
}

/** The same from a thread of the pool: others wait only while the arena that they allocate from is gone through. */
export function trimNativeHeapAside(): void {
  heap()?.mallocTrim.async(0, () => {})
}
