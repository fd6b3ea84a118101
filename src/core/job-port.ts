/** The seam between routes and the keeper of jobs (`src/jobs`): long texts that are spoken in the background. */
import type { TextOptions } from './speech-port.ts'
import type { SpeechMode } from './speech-style.ts'

export type JobState = 'queued' | 'running' | 'done' | 'failed'

/** What a job is asked to do; kept as JSON, so fields may be added, not renamed. */
export interface JobWish {
  readonly title: string
  readonly chapters: readonly { readonly title: string; readonly text: string }[]
  readonly model: string
  /** Id of a stored voice. */
  readonly voice: string
  readonly format: 'wav' | 'pcm' | 'mulaw' | 'mp3' | 'opus' | 'flac' | 'aac'
  readonly sampleRate: number
  readonly speed: number
  readonly seed: number
  readonly text: TextOptions
  readonly instruct?: string | undefined
  readonly mode?: SpeechMode | undefined
  readonly webhook?: { readonly url: string; readonly secret?: string | undefined } | undefined
}

/** As a client asks for it: without a seed it gets one. */
export type AskedJob = Omit<JobWish, 'seed'> & { readonly seed?: number | undefined }

/** Whose job it is. */
export interface JobCaller {
  /** SHA-256 of the API key; undefined where no keys are in use. */
  readonly owner: string | undefined
  /** Key of the address. */
  readonly client: string
}

export interface JobChapter {
  readonly title: string
  /** Seconds. */
  readonly start: number
  readonly end: number
}

export interface JobFacts {
  readonly id: string
  readonly state: JobState
  readonly title: string
  readonly model: string
  readonly voice: string
  readonly format: JobWish['format']
  readonly sampleRate: number
  readonly characters: number
  readonly parts: { readonly done: number; readonly total: number }
  /** Of audio, spoken so far. */
  readonly seconds: number
  /** Unix ms. */
  readonly createdMs: number
  readonly finishedMs: number | undefined
  /** When it will be removed. */
  readonly expiresMs: number | undefined
  readonly error: { readonly code: string; readonly detail: string } | undefined
  /** Of a job that is done. */
  readonly chapters: readonly JobChapter[]
  readonly bytes: number | undefined
  readonly webhook: { readonly url: string; readonly state: string; readonly tries: number } | undefined
}

/** Bytes that are kept somewhere, and read in pieces. */
export interface KeptBytes {
  /** Up to `length` bytes from `at` on; none behind the end. */
  read(at: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

export interface JobAudio {
  /** Throws NOT_FOUND where they are gone or have changed. */
  open(): Promise<KeptBytes>
  readonly bytes: number
  /** SHA-256 of the file, hex. */
  readonly sha256: string
  readonly format: JobWish['format']
  readonly sampleRate: number
  readonly title: string
  readonly finishedMs: number
}

export interface JobDesk {
  /**
   * Resolves once the job is kept. Throws RATE_LIMITED where its caller has too many unfinished ones, STORAGE_FAILED
   * where there is no room. Throws INVALID_PARAMETER for a webhook that may not be called and for a text without
   * words. `estimatedSeconds` of speech at speed 1.
   */
  create(
    wish: AskedJob,
    caller: JobCaller,
    estimatedSeconds: number,
  ): Promise<{ readonly job: JobFacts; readonly webhookSecret?: string }>
  /** The newest first. */
  list(caller: JobCaller, limit: number): Promise<readonly JobFacts[]>
  /** Throws NOT_FOUND, also for jobs of others. */
  find(id: string, caller: JobCaller): Promise<JobFacts>
  /** Stops it and removes all of it. Throws NOT_FOUND. */
  remove(id: string, caller: JobCaller): Promise<void>
  /** Throws NOT_FOUND, and INVALID_REQUEST (409) for one that is not done. */
  audio(id: string, caller: JobCaller): Promise<JobAudio>
  /** Goes on with what an earlier process left, if it did. */
  resume(): void
  /** Speaks nothing more; what is unfinished goes on in the next process. */
  stop(): Promise<void>
  /** The same, and answers nothing more. */
  close(): Promise<void>
}
