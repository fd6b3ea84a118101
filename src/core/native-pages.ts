/**
 * Pages under an array whose values are wanted no more: they go back to the system, and the array stays.
 *
 * For arrays that are made once and filled now and then, such as rings and K/V: freeing them would make every start pay.
 * Elsewhere than on Linux nothing is done.
 */
import { linuxFunctions } from './native-calls.ts'

const PAGE_BYTES = 4096
const MADV_DONTNEED = 4

interface PageFunctions {
  /** Returns the address that it was given: with a length of 0 it does nothing else. */
  memset(array: ArrayBufferView, value: number, length: number): number | bigint
  madvise(from: number, length: number, advice: number): number
}

const functions = linuxFunctions<PageFunctions>((library) => ({
  memset: library.func('uintptr_t memset(void *array, int value, size_t length)'),
  madvise: library.func('int madvise(uintptr_t from, size_t length, int advice)'),
}))

/** Whole pages of an array become zeros that take no memory until they are written; the rest keeps its values. */
export function forgetValues(array: ArrayBufferView): void {
  const native = functions()
  if (native === null || array.byteLength < PAGE_BYTES) return
  const start = Number(native.memset(array, 0, 0))
  const from = Math.ceil(start / PAGE_BYTES) * PAGE_BYTES
  const to = Math.floor((start + array.byteLength) / PAGE_BYTES) * PAGE_BYTES
  // Larger pages than 4 KiB refuse; the memory then stays.
  if (to > from) native.madvise(from, to - from, MADV_DONTNEED)
}
