/** Spoken parts one after the other, with pauses between: what a file is made from, and where its chapters begin. */
import type { Part } from './book-parts.ts'
import type { SpokenAudio } from './part-folder.ts'

const PAUSE_MS = 350
const CHAPTER_PAUSE_MS = 1500

/** A chapter's place, in seconds. */
export interface ChapterMark {
  readonly title: string
  readonly start: number
  readonly end: number
}

export interface Track {
  readonly sampleRate: number
  readonly totalSamples: number
  readonly chapters: readonly ChapterMark[]
  /** All samples in order, part by part. */
  samples(): AsyncGenerator<Int16Array>
}

export interface TrackParts {
  readonly parts: readonly Pick<Part, 'chapter'>[]
  /** Titles of all chapters; those without parts have no mark. */
  readonly titles: readonly string[]
  /** Samples of each part. */
  readonly lengths: readonly number[]
  readonly sampleRate: number
  /** Throws where a part is not what it was. */
  readonly read: (index: number) => Promise<SpokenAudio>
}

export function trackOf({ parts, titles, lengths, sampleRate, read }: TrackParts): Track {
  const pauseAfter = (index: number) => {
    const next = parts[index + 1]
    if (next === undefined) return 0
    const ms = next.chapter === parts[index]!.chapter ? PAUSE_MS : CHAPTER_PAUSE_MS
    return Math.round((ms * sampleRate) / 1000)
  }
  const chapters: { title: string; start: number; end: number }[] = []
  let at = 0
  for (const [index, { chapter }] of parts.entries()) {
    const start = at / sampleRate
    at += lengths[index]! + pauseAfter(index)
    const end = at / sampleRate
    const isNew = parts[index - 1]?.chapter !== chapter
    if (isNew) chapters.push({ title: titles[chapter]!, start, end })
    else chapters.at(-1)!.end = end
  }
  return {
    sampleRate,
    totalSamples: at,
    chapters,
    samples: async function* () {
      for (const index of parts.keys()) {
        yield (await read(index)).samples
        const pause = pauseAfter(index)
        if (pause > 0) yield new Int16Array(pause)
      }
    },
  }
}
