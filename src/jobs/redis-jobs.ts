/** Jobs of all nodes in Redis: records, texts of parts, spoken parts, audio. Each method throws STORAGE_FAILED, 503, without the store. */
import { createHash, randomUUID } from 'node:crypto'
import { bytesOf } from '../audio/pcm.ts'
import type { SpokenAudio } from '../books/part-folder.ts'
import type { RedisLink } from '../cluster/redis-link.ts'
import { storeFailedOrFull } from '../cluster/store-away.ts'
import type { AskedJob, JobCaller, JobState, KeptBytes } from '../core/job-port.ts'
import { audioNotFound } from './job-facts.ts'
import type { JobRecord, PartRecord } from './job-record.ts'
import type { NewJob } from './new-job.ts'
import { callerKey, fieldsOf, hashOf, recordOf } from './redis-record.ts'
import * as scripts from './redis-scripts.ts'

/** Bytes of a piece of a job's audio: what a download asks for at a time. */
const PIECE_BYTES = 256 * 1024
/** s until the pieces of an audio that was never finished are gone. */
const UNFINISHED_S = 3600
/** s after its end in which the same wish again means the same job. */
const WISH_KNOWN_S = 600

export type Kept =
  | { readonly kind: 'new'; readonly turn: number; readonly stride: number }
  | { readonly kind: 'kept'; readonly id: string }
  | { readonly kind: 'many' }
  | { readonly kind: 'full'; readonly left: number }

export interface TakenPart {
  readonly record: JobRecord
  readonly part: Pick<PartRecord, 'chapter' | 'text'> | undefined
  readonly isMade: boolean
}

/** What fills the pieces of an audio. */
export interface PieceWriter {
  readonly key: string
  write(bytes: Uint8Array): Promise<void>
  /** The last, shorter piece. */
  end(): Promise<void>
  remove(): Promise<void>
}

export class RedisJobs {
  readonly #link: RedisLink
  readonly #prefix: string

  constructor(link: RedisLink, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  /** `asked` and `caller` say when it is the job of an earlier request that came again. */
  async create(
    { parts, ...job }: NewJob,
    asked: AskedJob,
    room: { readonly maxPerCaller: number; readonly maxBytes: number; readonly needed: number },
  ): Promise<Kept> {
    const caller = callerKey(job)
    const flat = fieldsOf(job, parts.length)
    const texts = parts.map(({ chapter, text }) => JSON.stringify({ chapter, text }))
    const wish = createHash('sha256')
      .update(JSON.stringify([caller, asked]))
      .digest('hex')
    const { maxPerCaller, maxBytes, needed } = room
    const limits = [maxPerCaller, needed, maxBytes, job.created, flat.length / 2]
    const answer = await this.#run(
      scripts.CREATE,
      [job.id, caller, wish, ...limits, ...flat, ...texts],
      'no job was taken',
    )
    const [kind, first, second] = answer as [Kept['kind'], string, number]
    if (kind === 'kept') return { kind, id: first }
    if (kind === 'many') return { kind }
    return kind === 'full'
      ? { kind, left: Number(first) }
      : { kind: 'new', turn: Number(first), stride: second }
  }

  async find(id: string): Promise<JobRecord | undefined> {
    return recordOf((await this.#run(scripts.FIND, [id])) as string[])
  }

  /** The newest first; without keys those of one address. */
  async list(caller: JobCaller, limit: number): Promise<JobRecord[]> {
    const key = callerKey({ owner: caller.owner ?? '', client: caller.client })
    const found = (await this.#run(scripts.LIST, [key, limit])) as string[][]
    return found.flatMap((fields) => recordOf(fields) ?? [])
  }

  /** Undefined once the job has ended; `index` undefined: its audio is to be put together. */
  async take(
    id: string,
    index: number | undefined,
    turn: number,
    now: number,
  ): Promise<TakenPart | undefined> {
    const answer = (await this.#run(scripts.TAKE, [id, index ?? -1, turn, now])) as
      | [string[], string, number]
      | null
    const record = answer === null ? undefined : recordOf(answer[0])
    if (answer === null || record === undefined) return undefined
    const [, text, isMade] = answer
    return { record, part: text === '' ? undefined : JSON.parse(text), isMade: isMade === 1 }
  }

  /** Keeps a spoken part, unless another node was first; undefined once the job has ended. */
  async put(
    id: string,
    index: number,
    { samples, sampleRate }: SpokenAudio,
  ): Promise<{ readonly isFirst: boolean; readonly left: number } | undefined> {
    const seconds = sampleRate > 0 ? samples.length / sampleRate : 0
    const bytes = bytesOf(samples)
    const answer = (await this.#run(scripts.PUT, [
      ...[id, index, samples.length, sampleRate, seconds],
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    ])) as [number, number] | null
    return answer === null ? undefined : { isFirst: answer[0] === 1, left: answer[1] }
  }

  async lost(id: string, index: number): Promise<void> {
    await this.#run(scripts.LOST, [id, index])
  }

  /** In order; without samples where one is not spoken. */
  async parts(id: string): Promise<PartRecord[]> {
    const [texts, made] = ((await this.#run(scripts.PARTS, [id])) as [string[], string[]]).map(hashOf)
    return Array.from({ length: texts!.size }, (_, index) => {
      const { chapter, text } = JSON.parse(texts!.get(String(index)) ?? '{}')
      const [samples, sampleRate] = made!.get(String(index))?.split(' ').map(Number) ?? []
      return { index, chapter, text, samples, sampleRate }
    })
  }

  async part(id: string, { index, sampleRate = 0 }: PartRecord): Promise<SpokenAudio | undefined> {
    const bytes = await this.#call((client) => client.hgetBuffer(this.#key('part', id), String(index)))
    if (bytes === null) return undefined
    const samples = new Int16Array(bytes.length >> 1)
    bytesOf(samples).set(bytes.subarray(0, 2 * samples.length))
    return { sampleRate, samples }
  }

  /** Audio that no job has yet; another node that makes the same one does not meet it. */
  writePieces(id: string): PieceWriter {
    const key = this.#key('audio', `${id}:${randomUUID()}`)
    let count = 0
    let rest: Uint8Array = new Uint8Array(0)
    const put = async (piece: Uint8Array) => {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      await this.#call((client) =>
        client.multi().hset(key, String(count), bytes).expire(key, UNFINISHED_S).exec().then(firstFailure),
      )
      count++
    }
    return {
      key,
      write: async (bytes) => {
        rest = Buffer.concat([rest, bytes])
        for (; rest.length >= PIECE_BYTES; rest = rest.subarray(PIECE_BYTES))
          await put(rest.subarray(0, PIECE_BYTES))
      },
      end: async () => {
        if (rest.length > 0) await put(rest)
      },
      remove: async () => {
        await this.#call((client) => client.unlink(key))
      },
    }
  }

  /** Throws NOT_FOUND where pieces are missing. */
  async openPieces(id: string, bytes: number): Promise<KeptBytes> {
    const key = await this.#call((client) => client.hget(this.#key('job', id), 'pieces'))
    const count = key === null ? 0 : await this.#call((client) => client.hlen(key))
    if (key === null || count !== Math.ceil(bytes / PIECE_BYTES)) throw audioNotFound()
    let index = -1
    let piece: Uint8Array = new Uint8Array(0)
    return {
      read: async (at, length) => {
        const wanted = Math.floor(at / PIECE_BYTES)
        if (wanted !== index) {
          piece = (await this.#call((client) => client.hgetBuffer(key, String(wanted)))) ?? new Uint8Array(0)
          index = wanted
        }
        const from = at - wanted * PIECE_BYTES
        return piece.subarray(from, from + length)
      },
      close: async () => {},
    }
  }

  /** Resolves with whether it was this call that ended the job. */
  async finish(
    id: string,
    audio: NonNullable<JobRecord['audio']>,
    pieces: string,
    now: number,
  ): Promise<boolean> {
    const facts = [JSON.stringify(audio), pieces, audio.bytes, WISH_KNOWN_S]
    return (await this.#run(scripts.FINISH, [id, now, ...facts])) === 1
  }

  /** The same. */
  async fail(id: string, error: NonNullable<JobRecord['error']>, now: number): Promise<boolean> {
    return (await this.#run(scripts.FAIL, [id, now, JSON.stringify(error)])) === 1
  }

  /** Its state until then; undefined where it was gone. */
  async remove(id: string): Promise<JobState | undefined> {
    return ((await this.#run(scripts.REMOVE, [id], 'it was not removed')) as JobState | null) ?? undefined
  }

  async told(id: string, { state, tries, nextMs }: JobRecord['webhook']): Promise<void> {
    await this.#run(scripts.TOLD, [id, state, tries, nextMs])
  }

  async watch(
    ids: readonly string[],
  ): Promise<{ readonly unfinished: number; readonly ended: readonly string[] }> {
    const [unfinished, ended] = (await this.#run(scripts.WATCH, ids)) as [number, string[]]
    return { unfinished, ended }
  }

  async touch(id: string, now: number): Promise<void> {
    await this.#run(scripts.TOUCH, [id, now])
  }

  /** Undefined where another node did it in the last `everyMs`. */
  async tend(
    everyMs: number,
    endedBefore: number,
    untouchedSince: number,
  ): Promise<
    | { readonly turn: number; readonly untouched: readonly string[]; readonly untold: readonly string[] }
    | undefined
  > {
    const answer = (await this.#run(scripts.TEND, [everyMs, endedBefore, untouchedSince])) as
      | [string, string[], string[]]
      | null
    if (answer === null) return undefined
    const [turn, untouched, untold] = answer
    return { turn: Number(turn), untouched, untold }
  }

  #run(
    script: string,
    args: readonly (string | number | Buffer)[],
    left = 'nothing is known of jobs',
  ): Promise<unknown> {
    return this.#call((client) => client.eval(script, 1, this.#prefix, ...args), left)
  }

  async #call<T>(
    command: (client: RedisLink['client']) => Promise<T>,
    left = 'nothing is known of jobs',
  ): Promise<T> {
    try {
      return await this.#link.run(command)
    } catch (cause) {
      throw storeFailedOrFull(left, cause)
    }
  }

  #key(kind: string, name: string): string {
    return `${this.#prefix}:${kind}:${name}`
  }
}

/** A transaction answers for each of its commands. */
function firstFailure(answers: [error: Error | null, result: unknown][] | null): void {
  const failure = answers?.find(([error]) => error !== null)?.[0]
  if (failure !== undefined && failure !== null) throw failure
}
