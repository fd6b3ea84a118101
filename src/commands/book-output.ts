/** Where a book's audio goes: one file with chapter marks, or a folder with a file for each chapter. */
import { existsSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type AudioFormat, formatFacts } from '../audio/encoders/audio-encoder.ts'
import { formatOf } from '../audio/encoders/audio-file.ts'
import { writeAudioFile } from '../books/audio-file-writer.ts'
import type { Track } from '../books/audio-track.ts'
import { id3Tag } from '../books/id3-chapters.ts'
import { requireFfmpeg, writeM4b } from '../books/m4b-writer.ts'
import { TtsError } from '../core/errors.ts'

export interface BookFacts {
  readonly title: string
  readonly author: string | undefined
}

export type BookOutput =
  | { readonly kind: 'm4b' }
  | { readonly kind: 'file'; readonly format: AudioFormat }
  | { readonly kind: 'folder'; readonly format: AudioFormat }

/** What a path asks for. Throws BAD_USAGE before anything is spoken that could not be written. */
export function outputOf(path: string, format: AudioFormat | undefined): BookOutput {
  const isFolder = existsSync(path) && statSync(path).isDirectory()
  if (isFolder || path.endsWith('/') || extname(path) === '')
    return { kind: 'folder', format: format ?? 'mp3' }
  if (format !== undefined) {
    throw new TtsError(
      'BAD_USAGE',
      '--format',
      'expected it with a folder as --out, got it with a file, whose name tells the format',
    )
  }
  if (extname(path).toLowerCase() !== '.m4b') return { kind: 'file', format: formatOf(path) }
  requireFfmpeg(path)
  return { kind: 'm4b' }
}

/** The files that were written, which replace those of their names. `trackOf` one chapter, or all. */
export async function writeBook(
  path: string,
  output: BookOutput,
  facts: BookFacts,
  trackOf: (chapter?: number) => Track,
  chapters: readonly { readonly index: number; readonly title: string }[],
): Promise<string[]> {
  const whole = trackOf()
  if (output.kind === 'm4b') {
    await writeM4b(path, whole, facts)
    return [path]
  }
  if (output.kind === 'file') {
    await writeAudioFile(path, whole, {
      ...plain(output.format, whole),
      ...tagOf(output.format, { ...facts, chapters: whole.chapters }),
    })
    return [path]
  }
  await mkdir(path, { recursive: true })
  const { extension } = formatFacts(output.format, whole.sampleRate)
  const digits = Math.max(2, String(chapters.length).length)
  const files: string[] = []
  for (const [place, { index, title }] of chapters.entries()) {
    const file = join(path, `${String(place + 1).padStart(digits, '0')} ${fileName(title)}.${extension}`)
    const track = trackOf(index)
    await writeAudioFile(file, track, {
      ...plain(output.format, track),
      ...tagOf(output.format, { title, author: facts.author, chapters: track.chapters }),
    })
    files.push(file)
  }
  return files
}

function plain(format: AudioFormat, { sampleRate }: Track) {
  return { format, sampleRate }
}

function tagOf(format: AudioFormat, facts: Parameters<typeof id3Tag>[0]): { readonly head?: Uint8Array } {
  return format === 'mp3' ? { head: id3Tag(facts) } : {}
}

/** What every file system takes. */
function fileName(title: string): string {
  const name = title
    .replaceAll(/[\p{C}<>:"/\\|?*]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const short = [...name]
    .slice(0, 60)
    .join('')
    .replace(/[. ]+$/, '')
  return short === '' ? 'Chapter' : short
}
