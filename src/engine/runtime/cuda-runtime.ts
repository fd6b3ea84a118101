/** The few calls of the CUDA runtime that a card's memory needs, on the library that the provider uses. */
import { TtsError } from '../../core/errors.ts'
import { koffi } from '../../core/native-calls.ts'
import type { Pointer } from './ort-api.ts'
import type { HostArray } from './runtime.ts'

const OUT_OF_MEMORY = 2
/** `cudaMemcpyDefault`: the runtime knows by the addresses where both lie. */
const ANY_WAY = 4
/** `cudaStreamCaptureModeThreadLocal`: a capture of another thread forbids this one nothing. */
const OWN_CAPTURES = 1

export class CudaRuntime {
  readonly #device: number
  readonly #setDevice: (device: number) => number
  readonly #malloc: (out: BigUint64Array, bytes: number) => number
  readonly #free: (address: Pointer) => number
  readonly #copy: (to: Pointer | HostArray, from: Pointer | HostArray, bytes: number, way: number) => number
  readonly #copyLater: (to: Pointer, from: Pointer, bytes: number, way: number, stream: null) => number
  readonly #set: (to: Pointer, value: number, bytes: number) => number
  readonly #synchronize: () => number
  readonly #lastError: () => number
  readonly #nameOf: (code: number) => string

  /** `library` is the path of libcudart. */
  constructor(library: string, device: number) {
    const cuda = koffi.load(library)
    this.#device = device
    this.#setDevice = cuda.func('int cudaSetDevice(int device)')
    this.#malloc = cuda.func('int cudaMalloc(void *out, size_t bytes)')
    this.#free = cuda.func('int cudaFree(void *address)')
    this.#copy = cuda.func('int cudaMemcpy(void *to, void *from, size_t bytes, int way)')
    this.#copyLater = cuda.func(
      'int cudaMemcpyAsync(void *to, void *from, size_t bytes, int way, void *stream)',
    )
    this.#set = cuda.func('int cudaMemset(void *to, int value, size_t bytes)')
    this.#synchronize = cuda.func('int cudaDeviceSynchronize()')
    this.#lastError = cuda.func('int cudaGetLastError()')
    this.#nameOf = cuda.func('const char *cudaGetErrorString(int code)')
    // While another lane captures, this one may allocate, and breaks nothing by it.
    const exchange = cuda.func('int cudaThreadExchangeStreamCaptureMode(void *mode)')
    this.#check(exchange(new Int32Array(32).fill(OWN_CAPTURES)), 'cudaThreadExchangeStreamCaptureMode')
  }

  malloc(bytes: number): Pointer {
    this.#use()
    const out = new BigUint64Array(16)
    const code = this.#malloc(out, bytes)
    if (code !== OUT_OF_MEMORY) this.#check(code, 'cudaMalloc')
    // An error that is not fetched is found by the next call that looks.
    else this.#lastError()
    return code === OUT_OF_MEMORY ? 0n : out[0]!
  }

  free(address: Pointer): void {
    this.#use()
    this.#check(this.#free(address), 'cudaFree')
  }

  /** From or to the host. */
  copy(to: Pointer | HostArray, from: Pointer | HostArray, bytes: number): void {
    this.#use()
    this.#check(this.#copy(to, from, bytes, ANY_WAY), 'cudaMemcpy')
    // The provider works on a stream of its own, which does not wait for this one.
    if (typeof to === 'bigint') this.#wait()
  }

  copyOnDevice(pairs: Iterable<{ to: Pointer; from: Pointer; bytes: number }>): void {
    this.#use()
    for (const { to, from, bytes } of pairs)
      this.#check(this.#copyLater(to, from, bytes, ANY_WAY, null), 'cudaMemcpyAsync')
    this.#wait()
  }

  zero(parts: Iterable<{ address: Pointer; bytes: number }>): void {
    this.#use()
    for (const { address, bytes } of parts) this.#check(this.#set(address, 0, bytes), 'cudaMemset')
    this.#wait()
  }

  /** A thread works on one card at a time, and another may have been chosen. */
  #use(): void {
    this.#check(this.#setDevice(this.#device), 'cudaSetDevice')
  }

  #wait(): void {
    this.#check(this.#synchronize(), 'cudaDeviceSynchronize')
  }

  #check(code: number, call: string): void {
    if (code === 0) return
    throw new TtsError(
      'DEVICE_UNAVAILABLE',
      `cuda:${this.#device}`,
      `${call}: ${this.#nameOf(code)} (${code})`,
    )
  }
}
