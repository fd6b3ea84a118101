/**
 * A card's memory behind the port: arrays are addresses, and everything is copied by the card.
 *
 * An array's block goes back when no array over it can be reached any more, which JavaScript's collector finds out.
 * What is thrown away counts, and past a bound a collection is asked for.
 */
import assert from 'node:assert/strict'
import { BYTES_PER_ELEMENT, type DType } from '../../core/dtype.ts'
import type { Block, CudaBlocks } from './cuda-blocks.ts'
import type { CudaRuntime } from './cuda-runtime.ts'
import { hostArray } from './host-memory.ts'
import type { Pointer } from './ort-api.ts'
import type { DeviceArray, DeviceMemory, HostArray } from './runtime.ts'

/** The part of the CUDA runtime that moves values. */
type Copies = Pick<CudaRuntime, 'copy' | 'copyOnDevice' | 'zero'>

/** What holds a block; arrays over it keep it alive. */
interface Root {
  readonly block: Block
}

export class CudaArray {
  readonly card: number
  readonly dtype: DType
  readonly length: number
  readonly address: Pointer
  readonly #root: Root

  constructor(card: number, dtype: DType, length: number, address: Pointer, root: Root) {
    this.card = card
    this.dtype = dtype
    this.length = length
    this.address = address
    this.#root = root
  }

  get bytes(): number {
    return this.length * BYTES_PER_ELEMENT[this.dtype]
  }

  part(from: number, to: number): CudaArray {
    assert(from >= 0 && from <= to && to <= this.length, `no part ${from} to ${to} of ${this.length}`)
    const address = this.address + BigInt(from * BYTES_PER_ELEMENT[this.dtype])
    return new CudaArray(this.card, this.dtype, to - from, address, this.#root)
  }
}

/** An array that a `CudaMemory` made. */
export function onCard(array: DeviceArray): CudaArray {
  assert(array instanceof CudaArray, "memory of the host where the card's was expected")
  return array
}

export function cudaMemory(card: number, blocks: CudaBlocks, copies: Copies): DeviceMemory {
  const unreachable = new FinalizationRegistry<Block>((block) => blocks.give(block))
  const take = (dtype: DType, length: number): CudaArray => {
    const root: Root = { block: blocks.take(length * BYTES_PER_ELEMENT[dtype]) }
    unreachable.register(root, root.block)
    return new CudaArray(card, dtype, length, root.block.address, root)
  }
  const zero = (arrays: Iterable<DeviceArray>) =>
    copies.zero([...arrays].map(onCard).filter(({ bytes }) => bytes > 0))
  const alloc = (dtype: DType, length: number) => {
    const array = take(dtype, length) as unknown as DeviceArray
    zero([array])
    return array
  }
  const write = (array: DeviceArray, values: HostArray) => {
    const to = onCard(array)
    assert.equal(values.length, to.length, `${values.length} elements were to fill ${to.length}`)
    if (to.bytes > 0) copies.copy(to.address, values, to.bytes)
  }
  const read = (array: DeviceArray): HostArray => {
    const from = onCard(array)
    const values = hostArray(from.dtype, new ArrayBuffer(from.bytes))
    if (from.bytes > 0) copies.copy(values, from.address, from.bytes)
    return values
  }
  return {
    trim: () => blocks.trim(),
    sharesWithThreads: false,
    reservesInFull: true,
    alloc,
    allocShared: alloc,
    place: (values) => {
      const array = take(dtypeOf(values), values.length) as unknown as DeviceArray
      write(array, values)
      return array
    },
    part: (array, from, to) => onCard(array).part(from, to) as unknown as DeviceArray,
    copy: (pairs) =>
      copies.copyOnDevice(
        pairs.map(({ from, to }) => {
          const [source, target] = [onCard(from), onCard(to)]
          assert.equal(source.bytes, target.bytes, `${source.length} elements were to fill ${target.length}`)
          return { to: target.address, from: source.address, bytes: target.bytes }
        }),
      ),
    zero,
    // A card's memory is reserved once.
    forget: () => {},
    write,
    read,
    change: (array, act) => {
      const values = read(array)
      act(values)
      write(array, values)
    },
    share: () => assert.fail("a card's memory stays with the thread that took it"),
    adopt: () => assert.fail("a card's memory stays with the thread that took it"),
  }
}

/** Halves and other 16-bit values are the same bytes. */
function dtypeOf(values: HostArray): DType {
  if (values instanceof Float32Array) return 'float32'
  if (values instanceof Uint16Array) return 'float16'
  if (values instanceof BigInt64Array) return 'int64'
  if (values instanceof Int32Array) return 'int32'
  return values instanceof Int8Array ? 'int8' : 'uint8'
}
