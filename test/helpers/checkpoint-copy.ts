/**
 * A copy of the golden checkpoint folder that a test may change: its settings as text, its weights key by key.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TorchFileWriter } from '../../bench/real-dims/torch-file-writer.ts'
import { FileBytes } from '../../src/convert/checkpoint/byte-source.ts'
import { readTorch } from '../../src/convert/checkpoint/torch.ts'
import type { DType } from '../../src/core/dtype.ts'
import { fromFloat32, toFloat32 } from '../../src/core/dtype.ts'
import { goldenDir } from './paths.ts'

export interface StoredTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}
export type Stored = Map<string, StoredTensor>

/** What lies in the golden folders beside the checkpoint. */
const NOT_OF_IT = ['README.md', 'expected', 'inputs']

export class CheckpointCopy {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Of a checkpoint folder in the reference's layout. */
  static async make(original = goldenDir): Promise<CheckpointCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'light-tts-checkpoint-'))
    for (const name of await readdir(original)) {
      if (NOT_OF_IT.includes(name)) continue
      await cp(join(original, name), join(folder, name), { recursive: true })
    }
    return new CheckpointCopy(folder)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true })
  }

  /** Exchanges text that must be there. */
  async edit(name: string, from: string | RegExp, to: string): Promise<void> {
    const text = await readFile(this.path(name), 'utf8')
    const changed = text.replace(from, to)
    if (changed === text) throw new RangeError(`'${from}' is not in ${name}`)
    await writeFile(this.path(name), changed)
  }

  /** Reads every tensor of a `.pt` file. */
  async read(name: string): Promise<Stored> {
    const bytes = await FileBytes.open(this.path(name), name)
    const stored: Stored = new Map()
    for (const [key, source] of (await readTorch(bytes)).tensors) {
      stored.set(key, { dtype: source.dtype, shape: source.shape, bytes: await source.read() })
    }
    await bytes.close()
    return stored
  }

  /** Rewrites a `.pt` file with what `change` makes of its tensors, below a dict `wrapper` where one is given. */
  async rewrite(name: string, change: (stored: Stored) => Stored, wrapper?: string): Promise<void> {
    const stored = change(await this.read(name))
    const file = await TorchFileWriter.create(this.path(name), 'copy')
    if (wrapper !== undefined) file.nest(wrapper)
    for (const [key, { dtype, shape, bytes }] of stored) await file.tensor(key, dtype, shape, [bytes])
    if (wrapper !== undefined) file.unnest()
    await file.close()
  }
}

/** The same tensors under keys that `rename` gives; where it gives undefined the tensor is dropped. */
export function renamed(stored: Stored, rename: (key: string) => string | undefined): Stored {
  return new Map(
    [...stored].flatMap(([key, tensor]) => {
      const name = rename(key)
      return name === undefined ? [] : [[name, tensor] as const]
    }),
  )
}

/** A float tensor in another type. */
export function inType(tensor: StoredTensor, dtype: 'float32' | 'float16' | 'bfloat16'): StoredTensor {
  return { dtype, shape: tensor.shape, bytes: fromFloat32(dtype, toFloat32(tensor.dtype, tensor.bytes)) }
}
