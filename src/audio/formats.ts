/** What the first bytes of an upload say it is: a format that is taken, or the name of one that is not. */

/** One decoder each. */
export type TakenFormat = 'wav' | 'aiff' | 'mp3' | 'flac' | 'opus' | 'vorbis' | 'webm' | 'mp4'

/** For refusals: what may be sent instead. */
export const TAKEN_FORMATS =
  'WAV, AIFF, mp3, FLAC, Ogg Opus, Ogg Vorbis, or WebM or MP4 with Opus (browsers’ recordings)'

export type Sniffed =
  | { readonly taken: TakenFormat }
  /** Known by name, decoded by nothing here. */
  | { readonly other: string }

/** Beginning of a file, as Latin-1 → the name of a format that is not taken. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['ADIF', 'AAC'],
  ['#!AMR', 'AMR'],
  ['#!SILK', 'SILK'],
  ['\u0002#!SILK', 'SILK'],
  ['\u0030\u0026\u00b2\u0075', 'Windows Media'],
  ['caff', 'Apple Core Audio'],
  ['.snd', 'Sun audio'],
  ['wvpk', 'WavPack'],
  ['MAC ', 'Monkey’s Audio'],
  ['MP+', 'Musepack'],
  ['MPCK', 'Musepack'],
  ['\u000b\u0077', 'AC-3'],
  ['MThd', 'MIDI'],
  ['FLV', 'Flash video'],
  ['OggS', 'Ogg with another codec than Opus and Vorbis'],
  ['RIFF', 'RIFF with something else than WAVE'],
  ['RIFX', 'RIFF with the byte order of other machines'],
  ['FORM', 'IFF with something else than AIFF'],
]

const MATROSKA = '\u001a\u0045\u00df\u00a3'
/** Types of the first box of an MP4 or QuickTime file, behind its length. */
const MP4_BOXES: readonly string[] = ['ftyp', 'moov', 'mdat', 'wide', 'free']
const HEAD_BYTES = 256

/** Undefined where the bytes look like nothing known. */
export function sniff(bytes: Uint8Array): Sniffed | undefined {
  const taken = takenFormat(bytes)
  if (taken !== undefined) return { taken }
  const other = otherMpegAudio(bytes) ?? OTHERS.find(([start]) => headOf(bytes).startsWith(start))?.[1]
  return other === undefined ? undefined : { other }
}

function takenFormat(bytes: Uint8Array): TakenFormat | undefined {
  const head = headOf(bytes)
  const outer = head.slice(0, 4)
  const inner = head.slice(8, 12)
  if (['RIFF', 'RF64', 'BW64'].includes(outer) && inner === 'WAVE') return 'wav'
  if (outer === 'FORM' && (inner === 'AIFF' || inner === 'AIFC')) return 'aiff'
  if (outer === 'fLaC') return 'flac'
  if (outer === MATROSKA) return 'webm'
  if (outer === 'OggS' && head.includes('OpusHead')) return 'opus'
  if (outer === 'OggS' && head.includes('\u0001vorbis')) return 'vorbis'
  if (MP4_BOXES.includes(head.slice(4, 8))) return 'mp4'
  return outer.startsWith('ID3') || mpegLayer(bytes) === 3 ? 'mp3' : undefined
}

function headOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, HEAD_BYTES))
}

function otherMpegAudio(bytes: Uint8Array): string | undefined {
  const layer = mpegLayer(bytes)
  return layer === 'none' ? 'AAC' : layer === 2 ? 'MPEG audio layer II' : undefined
}

/** By the sync word of MPEG audio; a frame without a layer is AAC's. Undefined where there is no such word. */
function mpegLayer([first = 0, second = 0]: Uint8Array): 2 | 3 | 'none' | undefined {
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined
  if ((second & 0xf6) === 0xf0) return 'none'
  const layer = (second >> 1) & 3
  return layer === 1 ? 3 : layer === 2 ? 2 : undefined
}
