/**
 * Subtitles and timed lyrics (SRT, WebVTT, LRC) → their words: numbers of cues and times are no text.
 */

const CLOCK = String.raw`(?:\d{1,2}:)?\d{2}:\d{2}[.,]\d{3}`
/** A cue's number and times, with the settings behind them. */
const CUE = `^(?:\\d{1,5}[ \\t]*\\r?\\n)?[ \\t]*${CLOCK}[ \\t]*-->[ \\t]*${CLOCK}[^\\r\\n]*(?:\\r?\\n|$)`
/** The first line of WebVTT with the lines of its header. */
const HEADER = String.raw`^WEBVTT(?![^\s])[^\r\n]*(?:\r?\n[A-Za-z-]{1,20}:[^\r\n]*){0,8}\r?\n`
/** Times of a lyric's line, right before its words. */
const LYRIC = String.raw`^(?:\[\d{1,3}:\d{2}[.:]\d{2,3}\]){1,8}(?=[^\s[])`
const TIMES = new RegExp(`${CUE}|${HEADER}|${LYRIC}`, 'gm')

/** Whether a text holds any. */
export function hasCues(text: string): boolean {
  return (text.includes('-->') || text.includes(']') || text.startsWith('WEBVTT')) && text.search(TIMES) >= 0
}

/** A text without what only tells when its words are shown; `left` stands in its place. */
export function withoutCues(text: string, left: (times: string) => string = () => ''): string {
  return text.replace(TIMES, left)
}
