/** Where a job's files lie: `DIR/jobs.db`, `DIR/ID/parts/…`, `DIR/ID/audio.EXT`. */
import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { formatFacts } from '../audio/encoders/audio-encoder.ts'
import { PartFolder, partKey } from '../books/part-folder.ts'
import type { JobRecord } from './job-record.ts'

/** 128 random bits in hex: no name of a folder can be made from a client's text. */
export const JOB_ID = /^[0-9a-f]{32}$/

export class JobFolders {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = dir
  }

  get database(): string {
    return join(this.#dir, 'jobs.db')
  }

  of(id: string): string {
    return join(this.#dir, id)
  }

  parts(id: string): PartFolder {
    return new PartFolder(join(this.of(id), 'parts'))
  }

  audio({ id, wish }: Pick<JobRecord, 'id' | 'wish'>): string {
    return join(this.of(id), `audio.${formatFacts(wish.format, wish.sampleRate).extension}`)
  }

  async remove(id: string): Promise<void> {
    await rm(this.of(id), { recursive: true, force: true })
  }

  /** Folders of jobs that no record tells of. */
  async removeOthers(ids: readonly string[]): Promise<void> {
    const known = new Set(ids)
    for (const name of await readdir(this.#dir))
      if (JOB_ID.test(name) && !known.has(name)) await this.remove(name)
  }
}

/** What a part of a job is kept under: its text never changes. */
export function jobPartKey(id: string, index: number): Buffer {
  return partKey({ job: id, index })
}

/** The same for the same job and part, different for all parts. */
export function partSeed(seed: number, index: number): number {
  return createHash('sha256').update(`${seed} ${index}`).digest().readUInt32LE(0)
}
