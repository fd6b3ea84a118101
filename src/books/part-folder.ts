/**
 * Parts that are spoken, as files in a folder: each is whole and says what it was made from, or it counts as missing.
 *
 * A file: magic (8 bytes), key (32), rate and number of samples (u32 each, little-endian), 16-bit samples. At its end
 * the SHA-256 of all that (32). It is written beside its place and renamed, so a stop at any moment leaves no half of
 * one.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesOf } from '../audio/pcm.ts'
import { writeDurably } from '../core/durable-file.ts'

const MAGIC = Buffer.from('LTPART1\n')
const KEY_BYTES = 32
const HEAD_BYTES = MAGIC.length + KEY_BYTES + 8
const DIGEST_BYTES = 32

/** Mono. */
export interface SpokenAudio {
  readonly sampleRate: number
  readonly samples: Int16Array
}

/** SHA-256 of everything that a part's samples follow from. */
export function partKey(made: object): Buffer {
  return createHash('sha256').update(JSON.stringify(made)).digest()
}

export class PartFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Throws STORAGE_FAILED. */
  async write(index: number, key: Buffer, { sampleRate, samples }: SpokenAudio): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const head = Buffer.alloc(HEAD_BYTES)
    MAGIC.copy(head)
    key.copy(head, MAGIC.length)
    head.writeUInt32LE(sampleRate, HEAD_BYTES - 8)
    head.writeUInt32LE(samples.length, HEAD_BYTES - 4)
    const content = Buffer.concat([head, bytesOf(samples)])
    await writeDurably(this.#path(index), Buffer.concat([content, digestOf(content)]))
  }

  /** Undefined where there is none, or one that was made from something else, or a damaged one. */
  async read(index: number, key: Buffer): Promise<SpokenAudio | undefined> {
    const bytes = await readFile(this.#path(index)).catch(() => undefined)
    if (bytes === undefined || bytes.length < HEAD_BYTES + DIGEST_BYTES) return undefined
    const content = bytes.subarray(0, -DIGEST_BYTES)
    const isWhole = digestOf(content).equals(bytes.subarray(-DIGEST_BYTES))
    const isOurs =
      content.subarray(0, MAGIC.length).equals(MAGIC) &&
      content.subarray(MAGIC.length, MAGIC.length + KEY_BYTES).equals(key)
    if (!isWhole || !isOurs) return undefined
    const count = content.readUInt32LE(HEAD_BYTES - 4)
    if (content.length !== HEAD_BYTES + 2 * count) return undefined
    const samples = new Int16Array(count)
    bytesOf(samples).set(content.subarray(HEAD_BYTES))
    return { sampleRate: content.readUInt32LE(HEAD_BYTES - 8), samples }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  #path(index: number): string {
    return join(this.#folder, `${String(index).padStart(6, '0')}.part`)
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
