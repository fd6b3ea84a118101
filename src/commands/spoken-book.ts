/**
 * The parts of a book, spoken by a server a few at a time. Each is kept in a folder as soon as it is there; what an earlier
 * run has kept is checked and taken.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Part } from '../books/book-parts.ts'
import { type PartFolder, partKey, type SpokenAudio } from '../books/part-folder.ts'
import { TtsError } from '../core/errors.ts'

/** What the samples of a part follow from, beside its text. */
export interface SpokenWish {
  readonly voice: string
  readonly seed: number
  readonly speed: number
  readonly language: string | undefined
  readonly textFormat: 'auto' | 'plain'
  readonly instructions: string | undefined
  readonly model: string
}

export interface SpeakParts {
  readonly parts: readonly Part[]
  readonly wish: SpokenWish
  readonly folder: PartFolder
  /** Parts at a time. */
  readonly concurrency: number
  readonly ask: (body: object) => Promise<Response>
  /** A part is there. */
  readonly onPart: (index: number, seconds: number) => void
}

const MAX_TRIES = 8
const LONGEST_WAIT_MS = 30_000
/** Codes of the API that say nothing about the text. */
const LATER = new Set([429, 502, 503, 504])

/** Number of samples of each part, and their rate. Throws what a part was refused with. */
export async function speakParts(
  work: SpeakParts,
): Promise<{ readonly lengths: number[]; readonly sampleRate: number }> {
  const { parts, folder, onPart } = work
  const lengths: number[] = new Array(parts.length)
  let sampleRate = 0
  let next = 0
  const one = async () => {
    while (next < parts.length) {
      const index = next++
      const key = keyOf(work, index)
      const kept = await folder.read(index, key)
      const audio = kept ?? (await speak(work, index))
      if (kept === undefined) await folder.write(index, key, audio)
      lengths[index] = audio.samples.length
      if (audio.samples.length > 0) sampleRate ||= audio.sampleRate
      onPart(index, audio.samples.length / (audio.sampleRate || 1))
    }
  }
  const workers = Array.from({ length: work.concurrency }, one)
  try {
    await Promise.all(workers)
  } finally {
    // After a failure the others begin nothing more.
    next = parts.length
    await Promise.allSettled(workers)
  }
  return { lengths, sampleRate }
}

/** A kept part. Throws BAD_USAGE where it is not what it was a moment ago. */
export async function keptPart(
  work: Pick<SpeakParts, 'parts' | 'wish' | 'folder'>,
  index: number,
): Promise<SpokenAudio> {
  const audio = await work.folder.read(index, keyOf(work, index))
  if (audio !== undefined) return audio
  throw new TtsError(
    'BAD_USAGE',
    'a finished part',
    'expected it as it was written, got one that changed: run the command again',
  )
}

function keyOf({ parts, wish }: Pick<SpeakParts, 'parts' | 'wish'>, index: number): Buffer {
  return partKey({ ...wish, text: parts[index]!.text, seed: partSeed(wish.seed, index) })
}

function partSeed(seed: number, index: number): number {
  return (seed + Math.imul(index, 0x9e3779b1)) >>> 0
}

async function speak({ parts, wish, ask }: SpeakParts, index: number): Promise<SpokenAudio> {
  const { voice, speed, language, textFormat, instructions, model } = wish
  const body = {
    ...{ input: parts[index]!.text, voice, speed, model },
    ...(language === undefined ? {} : { language }),
    ...(instructions === undefined ? {} : { instructions }),
    ...{ text_format: textFormat, seed: partSeed(wish.seed, index), response_format: 'pcm', stream: false },
  }
  for (let tries = 1; ; tries++) {
    const answer = await ask(body)
    if (answer.ok) {
      const bytes = Buffer.from(await answer.arrayBuffer())
      const samples = new Int16Array(bytes.length >> 1)
      for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i)
      return { sampleRate: Number(answer.headers.get('x-audio-sample-rate')), samples }
    }
    const text = await answer.text()
    // Signs alone are nothing to say, and no fault in the middle of a book.
    if (answer.status === 422 && /"message":"Nothing to speak"/.test(text))
      return { sampleRate: 0, samples: new Int16Array(0) }
    if (!LATER.has(answer.status) || tries === MAX_TRIES) throw refusalOf(text, answer.status)
    const asked = Number(answer.headers.get('retry-after')) * 1000
    await pause(Math.min(LONGEST_WAIT_MS, asked > 0 ? asked : 500 * 2 ** tries))
  }
}

function refusalOf(text: string, status: number): TtsError {
  try {
    const { message, detail } = JSON.parse(text) as { message: string; detail: string }
    return new TtsError('BAD_USAGE', message, detail)
  } catch {
    return new TtsError('BAD_USAGE', 'The server refused', `expected audio, got status ${status}`)
  }
}
