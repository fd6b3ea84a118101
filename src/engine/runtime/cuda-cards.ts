/** The cards that a thread uses: each one's memory, and how ONNX Runtime is told that a tensor lies there. */
import { basename } from 'node:path'
import { collectGarbage } from '../../core/collect-garbage.ts'
import type { CudaFolders } from '../../core/cuda-folders.ts'
import { CudaBlocks } from './cuda-blocks.ts'
import { loadCuda } from './cuda-loading.ts'
import { type CudaArray, cudaMemory } from './cuda-memory.ts'
import { CudaRuntime } from './cuda-runtime.ts'
import type { OrtApi, Pointer } from './ort-api.ts'
import type { DeviceMemory } from './runtime.ts'

const DEVICE_ALLOCATOR = 0
const DEFAULT_MEMORY = 0
const RUNTIME_LIBRARY = /^libcudart\.so/

export class CudaCards {
  readonly #api: OrtApi
  readonly #folders: CudaFolders | undefined
  /** Of the first card's blocks. */
  #ledger: SharedArrayBuffer | undefined
  readonly #ledgerBytes: number
  readonly #memories = new Map<number, DeviceMemory>()
  readonly #infos = new Map<number, Pointer>()

  constructor(api: OrtApi, folders: CudaFolders | undefined, ledger: SharedArrayBuffer) {
    this.#api = api
    this.#folders = folders
    this.#ledger = ledger
    this.#ledgerBytes = ledger.byteLength
  }

  /** Throws DEVICE_UNAVAILABLE. */
  memory(card: number): DeviceMemory {
    const known = this.#memories.get(card)
    if (known !== undefined) return known
    const runtime = new CudaRuntime(
      loadCuda(this.#folders).find((path) => RUNTIME_LIBRARY.test(basename(path)))!,
      card,
    )
    const ledger = this.#ledger ?? new SharedArrayBuffer(this.#ledgerBytes)
    this.#ledger = undefined
    const memory = cudaMemory(card, new CudaBlocks(runtime, ledger, collectGarbage), runtime)
    this.#memories.set(card, memory)
    return memory
  }

  /** The `OrtMemoryInfo` of a tensor over an array. */
  infoOf({ card }: CudaArray): Pointer {
    const known = this.#infos.get(card)
    if (known !== undefined) return known
    const info = this.#api.create(
      'CreateMemoryInfo',
      'memory of a card',
      'Cuda',
      DEVICE_ALLOCATOR,
      card,
      DEFAULT_MEMORY,
    )
    this.#infos.set(card, info)
    return info
  }
}
