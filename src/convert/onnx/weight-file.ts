/**
 * The external data file that the graphs of one model part share.
 *
 * Two graphs that plan the same key share its bytes. So the full and the incremental form of a model cost the disk
 * once. The page cache too, since ORT maps the file.
 *
 * Layout: tensors in planning order, each at a multiple of 64 bytes. Those of 64 KiB and more lie at a page boundary.
 */
import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { byteLength } from '../../core/dtype.ts'
import type { TensorSource } from '../../core/tensor-source.ts'

const PAGE = 4096
const CACHE_LINE = 64
const PAGE_ALIGNED_FROM = 64 * 1024

export interface Placement {
  readonly location: string
  readonly offset: number
  readonly length: number
}

interface Entry {
  readonly source: TensorSource
  readonly placement: Placement
}

export class WeightFile {
  readonly path: string
  readonly #entries = new Map<string, Entry>()
  #end = 0

  constructor(path: string) {
    this.path = path
  }

  /** Bytes the file will have. */
  get size(): number {
    return this.#end
  }

  /** Gives `source` a place under `key`; the same key again gives the same place and must be the same tensor. */
  plan(key: string, source: TensorSource): Placement {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      const same = known.source.dtype === source.dtype && String(known.source.shape) === String(source.shape)
      assert(same, `weight '${key}' planned twice: [${known.source.shape}] and [${source.shape}]`)
      return known.placement
    }
    const length = byteLength(source.dtype, source.shape)
    const alignment = length >= PAGE_ALIGNED_FROM ? PAGE : CACHE_LINE
    const offset = Math.ceil(this.#end / alignment) * alignment
    const placement = { location: basename(this.path), offset, length }
    this.#entries.set(key, { source, placement })
    this.#end = offset + length
    return placement
  }

  /** Reads and writes every planned tensor in turn; at no time is more than one of them held here. */
  async write(onProgress: (writtenBytes: number) => void = () => {}): Promise<void> {
    const file = await open(this.path, 'w')
    try {
      for (const [key, { source, placement }] of this.#entries) {
        const bytes = await source.read()
        assert.equal(bytes.byteLength, placement.length, `weight '${key}': bytes read differ from its shape`)
        await writeFully(file, bytes, placement.offset)
        onProgress(placement.offset + placement.length)
      }
      await file.truncate(this.#end)
    } finally {
      await file.close()
    }
  }
}

/** One `write` may take less than it was given (the kernel's limit is 2 GiB a call). */
async function writeFully(
  file: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  at: number,
): Promise<void> {
  let done = 0
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(
      bytes,
      done,
      Math.min(bytes.byteLength - done, 1 << 30),
      at + done,
    )
    done += bytesWritten
  }
}
