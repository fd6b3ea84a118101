/** Long texts that the server speaks in the background: create, follow, wait, load the audio, cancel. */
import { LightTTSError } from './errors.ts'
import type { SpeechRequest } from './requests.ts'
import { saveFile } from './save-file.ts'
import { joined, pause, type ServerLink } from './server-link.ts'
import type { VoicedRequest } from './session.ts'
import { definedOf } from './session.ts'

/** A text as long as a book, or chapters of one, in a voice that the server keeps. */
export interface JobRequest
  extends Pick<VoicedRequest, 'voice' | 'model' | 'instruct' | 'mode' | 'speed' | 'seed'> {
  /** One text; or give chapters. */
  readonly text?: string
  /** In order. A title is said only where the text says it. */
  readonly chapters?: readonly { readonly title?: string; readonly text: string }[]
  /** For people, and for the name of the file. */
  readonly title?: string
  /** `mp3` unless given. */
  readonly responseFormat?: SpeechRequest['responseFormat']
  /** 24000 unless given. */
  readonly sampleRate?: number
  /** Of digits and signs whose text does not tell their language. */
  readonly language?: string
  /** How words are said: `{ SQL: 'sequel' }`. */
  readonly dictionary?: Readonly<Record<string, string>>
  readonly textFormat?: 'auto' | 'plain'
  readonly codeBlocks?: 'announce' | 'skip'
  /** Is called once the job has ended. */
  readonly webhook?: { readonly url: string; readonly secret?: string }
}

export interface Job {
  readonly id: string
  readonly state: 'queued' | 'running' | 'done' | 'failed'
  readonly title: string
  readonly model: string
  readonly voice: string
  readonly responseFormat: string
  readonly sampleRate: number
  readonly characters: number
  /** 0 to 1. */
  readonly progress: number
  /** Of about a minute of speech each. */
  readonly parts: { readonly done: number; readonly total: number }
  /** Of audio, spoken so far. */
  readonly seconds: number
  readonly createdAt: Date
  readonly finishedAt: Date | undefined
  /** When the job and its audio are removed. */
  readonly expiresAt: Date | undefined
  readonly error: { readonly code: string; readonly detail: string } | undefined
  /** Of the audio, once done. */
  readonly bytes: number | undefined
  /** Places of the chapters in seconds, once done. */
  readonly chapters: readonly { readonly title: string; readonly start: number; readonly end: number }[]
  readonly webhook: { readonly url: string; readonly state: string; readonly tries: number } | undefined
  /** What calls of the webhook are signed with; in the answer to `create` only. */
  readonly webhookSecret: string | undefined
}

export interface WaitOptions {
  /** ms: the longest wait for the end; forever unless given. */
  readonly timeout?: number
  /** Is told of the job each time that it was asked for. */
  readonly onProgress?: (job: Job) => void
  /** Ends the waiting, not the job. */
  readonly signal?: AbortSignal
}

export interface LoadOptions {
  /** Bytes that are here already, from an earlier try. */
  readonly from?: number
  readonly signal?: AbortSignal
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000

export class Jobs {
  readonly #server: ServerLink

  constructor(server: ServerLink) {
    this.#server = server
  }

  /** Resolves once the server keeps the job. Throws `LightTTSError`. */
  async create(request: JobRequest): Promise<Job> {
    const headers = { 'Content-Type': 'application/json' }
    return jobOf(
      await this.#server.json('POST', '/v1/jobs', { headers, body: JSON.stringify(bodyOf(request)) }),
    )
  }

  /** How far it is. Throws `not-found` for a job that is not one's own, too. */
  async get(id: string): Promise<Job> {
    return jobOf(await this.#server.json('GET', pathOf(id)))
  }

  /** The newest first, at most `limit` (1 to 1000; 100 unless given). */
  async list({ limit }: { readonly limit?: number } = {}): Promise<Job[]> {
    const query = limit === undefined ? '' : `?limit=${limit}`
    return (await this.#server.json<{ data: JobAnswer[] }>('GET', `/v1/jobs${query}`)).data.map(jobOf)
  }

  /** Stops it and removes all of it, its audio too. */
  async cancel(id: string): Promise<void> {
    await (await this.#server.request('DELETE', pathOf(id))).text()
  }

  /**
   * Resolves with the job once its audio is there. A server that is away, being restarted say, is asked again for as
   * long as the client's timeout. Throws `server` where the job failed, with its error code; `timeout`.
   */
  async wait(id: string, { timeout = Infinity, onProgress, signal }: WaitOptions = {}): Promise<Job> {
    const until = performance.now() + timeout
    let lastAnswer = performance.now()
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS)) {
      try {
        const job = jobOf(await this.#server.json('GET', pathOf(id), { signal }))
        lastAnswer = performance.now()
        onProgress?.(job)
        if (job.state === 'done') return job
        if (job.state === 'failed') throw failureOf(job)
      } catch (error) {
        if (!isAway(error) || performance.now() - lastAnswer >= this.#server.timeout) throw error
      }
      if (performance.now() + wait > until) {
        const detail = `expected it within ${timeout} ms`
        throw new LightTTSError('The job has not ended', { kind: 'timeout', detail })
      }
      await pause(wait, signal)
    }
  }

  /** The whole file. Throws `LightTTSError`; `invalid` (409) before the job is done. */
  async audio(id: string, options: LoadOptions = {}): Promise<Uint8Array> {
    return joined(this.audioStream(id, options))
  }

  /**
   * The file's bytes from `from` on. Where the connection breaks it is made again and goes on at the missing byte;
   * at most `retries` times in a row without a byte. Throws `LightTTSError`.
   */
  audioStream(id: string, { from = 0, signal }: LoadOptions = {}): AsyncGenerator<Uint8Array> {
    return this.#load(id, from, { signal })
  }

  /**
   * In Node: the audio into a file, which gets its name once it is whole and has the server's SHA-256. Until then the bytes lie
   * beside it under `.part`, and another call goes on there. Throws `LightTTSError`, and what the file system throws.
   */
  async download(id: string, path: string, { signal }: Pick<LoadOptions, 'signal'> = {}): Promise<void> {
    const load: Load = { signal }
    await saveFile(path, {
      from: (at) => this.#load(id, at, load),
      sha256: () => load.etag?.replaceAll('"', ''),
    })
  }

  async *#load(id: string, from: number, load: Load): AsyncGenerator<Uint8Array> {
    let at = from
    for (let failures = 0; ; ) {
      try {
        const answer = await this.#audioFrom(id, at, load)
        if (answer === undefined) return
        for await (const piece of this.#server.pieces(answer, load.signal)) {
          at += piece.length
          failures = 0
          yield piece
        }
        return
      } catch (error) {
        if (!isBroken(error) || failures++ >= this.#server.retries) throw error
        await pause(FIRST_PAUSE_MS * 2 ** failures, load.signal)
      }
    }
  }

  /** undefined where all is here already. */
  async #audioFrom(id: string, at: number, load: Load): Promise<Response | undefined> {
    const headers = {
      ...(at === 0 ? {} : { Range: `bytes=${at}-` }),
      ...(at === 0 || load.etag === undefined ? {} : { 'If-Range': load.etag }),
    }
    const { signal } = load
    const answer = await this.#server.request('GET', `${pathOf(id)}/audio`, { headers, signal, also: 416 })
    const changed = load.etag !== undefined && answer.headers.get('ETag') !== load.etag
    load.etag = answer.headers.get('ETag') ?? undefined
    if (!changed && answer.status === (at === 0 ? 200 : 206)) return answer
    await answer.body?.cancel()
    const whole = answer.headers.get('Content-Range')
    if (!changed && answer.status === 416 && whole === `bytes */${at}`) return undefined
    const detail = `expected the bytes from ${at} on of the same file, got ${whole ?? 'another file'}`
    throw new LightTTSError('The audio cannot be resumed', { kind: 'invalid', detail, status: answer.status })
  }
}

/** What is known of a file while it is loaded. */
interface Load {
  readonly signal?: AbortSignal | undefined
  etag?: string | undefined
}

interface JobAnswer extends Pick<Job, 'id' | 'state' | 'title' | 'model' | 'voice' | 'characters'> {
  readonly progress: number
  readonly parts: Job['parts']
  readonly seconds: number
  readonly chapters: Job['chapters']
  readonly response_format: string
  readonly sample_rate: number
  readonly created_at: number
  readonly finished_at: number | null
  readonly expires_at: number | null
  readonly error: { readonly error_code: string; readonly detail: string } | null
  readonly bytes: number | null
  readonly webhook: Job['webhook'] | null
  readonly webhook_secret?: string
}

function jobOf(answer: JobAnswer): Job {
  const { id, state, title, model, voice, characters, progress, parts, seconds, chapters, error } = answer
  const date = (unixSeconds: number | null) =>
    unixSeconds === null ? undefined : new Date(unixSeconds * 1000)
  return {
    ...{ id, state, title, model, voice, characters, progress, parts, seconds, chapters },
    responseFormat: answer.response_format,
    sampleRate: answer.sample_rate,
    createdAt: date(answer.created_at)!,
    finishedAt: date(answer.finished_at),
    expiresAt: date(answer.expires_at),
    error: error === null ? undefined : { code: error.error_code, detail: error.detail },
    bytes: answer.bytes ?? undefined,
    webhook: answer.webhook ?? undefined,
    webhookSecret: answer.webhook_secret,
  }
}

function bodyOf(request: JobRequest): object {
  const { text, chapters, title, voice, model, speed, seed, instruct, mode, language, dictionary } = request
  return definedOf({
    input: text,
    chapters: chapters?.map((each) => definedOf({ title: each.title, input: each.text })),
    ...{ title, voice, model, speed, seed, instructions: instruct, mode, language, dictionary },
    response_format: request.responseFormat,
    sample_rate: request.sampleRate,
    text_format: request.textFormat,
    code_blocks: request.codeBlocks,
    webhook: request.webhook,
  })
}

function pathOf(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`
}

function failureOf({ error }: Job): LightTTSError {
  const { code = '', detail = '' } = error ?? {}
  return new LightTTSError('The job failed', { kind: 'server', code, detail })
}

/** A server that is started again is away, then not ready. */
function isAway(error: unknown): boolean {
  return error instanceof LightTTSError && ['unreachable', 'unavailable', 'timeout'].includes(error.kind)
}

function isBroken(error: unknown): boolean {
  return isAway(error) || (error instanceof LightTTSError && error.kind === 'incomplete')
}
