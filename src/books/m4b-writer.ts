/** A track → an m4b with chapter marks, by `ffmpeg`: no package at hand writes chapters into MP4. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rename, rm, writeFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { bytesOf } from '../audio/pcm.ts'
import { TtsError } from '../core/errors.ts'
import type { ChapterMark, Track } from './audio-track.ts'

/** Bits per second: speech of one voice. */
const BIT_RATE = '64k'

export interface BookFacts {
  readonly title: string
  readonly author: string | undefined
}

/** Throws BAD_USAGE where there is no `ffmpeg` with an AAC encoder here. */
export function requireFfmpeg(path: string): void {
  const { stdout, error } = spawnSync('ffmpeg', ['-hide_banner', '-encoders'], { encoding: 'utf8' })
  if (error === undefined && / aac /.test(stdout)) return
  const got = error === undefined ? 'one without it' : 'none'
  throw new TtsError(
    'BAD_USAGE',
    path,
    `expected ffmpeg with an AAC encoder for .m4b, got ${got}: install it, or give a folder, .mp3, .flac, .opus or .wav`,
  )
}

/** Written beside its place until it is whole. Throws BAD_USAGE with ffmpeg's last words. */
export async function writeM4b(path: string, track: Track, facts: BookFacts): Promise<void> {
  const [metadata, partial] = [`${path}.${process.pid}.chapters`, `${path}.${process.pid}.partial`]
  try {
    await writeFile(metadata, ffMetadata(facts, track.chapters))
    const input = ['-f', 's16le', '-ar', String(track.sampleRate), '-ac', '1', '-i', 'pipe:0']
    const output = [
      '-map',
      '0:a',
      '-map_metadata',
      '1',
      '-map_chapters',
      '1',
      '-c:a',
      'aac',
      '-b:a',
      BIT_RATE,
      '-f',
      'ipod',
    ]
    const args = [
      '-hide_banner',
      '-loglevel',
      'error',
      '-y',
      ...input,
      '-f',
      'ffmetadata',
      '-i',
      metadata,
      ...output,
      partial,
    ]
    const child = spawn('ffmpeg', args, { stdio: ['pipe', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (piece) => (words += piece))
    child.stdin.on('error', () => {})
    const ended = once(child, 'close')
    for await (const samples of track.samples()) {
      if (child.stdin.destroyed) break
      if (!child.stdin.write(bytesOf(samples))) await Promise.race([once(child.stdin, 'drain'), ended])
    }
    child.stdin.end()
    await finished(child.stdin).catch(() => {})
    const [code] = await ended
    if (code !== 0)
      throw new TtsError(
        'BAD_USAGE',
        path,
        `expected ffmpeg to write it, got: ${words.trim().split('\n').at(-1)}`,
      )
    await rename(partial, path)
  } finally {
    await Promise.all([metadata, partial].map((file) => rm(file, { force: true })))
  }
}

function ffMetadata({ title, author }: BookFacts, chapters: readonly ChapterMark[]): string {
  const safe = (text: string) => text.replaceAll(/[=;#\\\n]/g, '\\$&')
  const ms = (seconds: number) => Math.round(seconds * 1000)
  return [
    ';FFMETADATA1',
    `title=${safe(title)}`,
    `album=${safe(title)}`,
    ...(author === undefined ? [] : [`artist=${safe(author)}`]),
    'genre=Audiobook',
    ...chapters.flatMap((chapter) => [
      '[CHAPTER]',
      'TIMEBASE=1/1000',
      `START=${ms(chapter.start)}`,
      `END=${ms(chapter.end)}`,
      `title=${safe(chapter.title)}`,
    ]),
    '',
  ].join('\n')
}
