/** Words with times → subtitles in SubRip or WebVTT. Pure. */
import { endsSentence } from './sentence-end.ts'
import type { TimedText } from './timed-text.ts'

export type SubtitleFormat = 'srt' | 'vtt'

/** Characters of one line, and of a cue, which has two; wide characters count twice. */
const LINE = 42
const CUE = 2 * LINE
const MAX_SECONDS = 7
/** Silence that ends a cue, seconds. */
const PAUSE = 1
const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]/gu

interface Cue {
  text: string
  /** Its last word. */
  last: string
  readonly start: number
  end: number
  /** Where its last word ends in the text. */
  to: number
}

/** A cue for each sentence, long ones in several; or for each word. */
export function subtitles(
  words: readonly TimedText[],
  format: SubtitleFormat,
  unit: 'sentence' | 'word',
): string {
  const cues: Cue[] = []
  for (const { text, start, end, from, to } of words) {
    const last = cues.at(-1)
    const said = text.replace(/\s+/g, ' ')
    if (unit === 'word' || last === undefined || !goesOn(last, said, { start, end }))
      cues.push({ text: said, last: said, start, end, to })
    else {
      last.text += from > last.to ? ` ${said}` : said
      last.last = said
      last.end = end
      last.to = to
    }
  }
  const clock = (seconds: number) => clockOf(seconds, format === 'srt' ? ',' : '.')
  const blocks = cues.map(({ text, start, end }, i) => {
    const lines = inLines(format === 'vtt' ? escaped(text) : text)
    return `${i + 1}\n${clock(start)} --> ${clock(end)}\n${lines}\n`
  })
  return format === 'vtt' ? ['WEBVTT\n', ...blocks].join('\n') : blocks.join('\n')
}

function goesOn(cue: Cue, said: string, { start, end }: Pick<TimedText, 'start' | 'end'>): boolean {
  if (endsSentence(cue.last) || start - cue.end >= PAUSE) return false
  return width(cue.text) + 1 + width(said) <= CUE && end - cue.start <= MAX_SECONDS
}

const width = (text: string) => text.length + (text.match(WIDE)?.length ?? 0)

/** Two lines of about equal length where one would be too long. */
function inLines(text: string): string {
  if (width(text) <= LINE) return text
  const places = [...text.matchAll(/ |(?<=[，。、；：！？])/gu)].map(({ index }) => index)
  const middle = text.length / 2
  const at = places.reduce<number | undefined>(
    (best, place) =>
      place > 0 &&
      place < text.length &&
      (best === undefined || Math.abs(place - middle) < Math.abs(best - middle))
        ? place
        : best,
    undefined,
  )
  return at === undefined ? text : `${text.slice(0, at).trimEnd()}\n${text.slice(at).trimStart()}`
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function clockOf(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000)
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const [hours, minutes] = [ms / 3_600_000, (ms / 60_000) % 60]
  return `${two(hours)}:${two(minutes)}:${two((ms / 1000) % 60)}${point}${String(ms % 1000).padStart(3, '0')}`
}
