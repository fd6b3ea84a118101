/** Kept audio as an answer that can be resumed: its length, its hash as ETag, and the part that was asked for. */
import { formatFacts } from '../../audio/encoders/audio-encoder.ts'
import { TtsError } from '../../core/errors.ts'
import type { JobAudio } from '../../core/job-port.ts'
import { respond, sendError } from '../transport/respond.ts'
import type { HeaderList, HttpExchange } from '../transport/transport.ts'
import { audioHeaders } from './audio-output.ts'
import { wantedPart } from './byte-range.ts'
import { PeerWait } from './stalled-peer.ts'

const READ_BYTES = 64 * 1024
const NOTHING = new Uint8Array(0)

/** Throws what opening the audio does; once bytes were sent a failure cuts the connection. */
export async function sendFile(exchange: HttpExchange, audio: JobAudio, stallMs: number): Promise<void> {
  const etag = `"${audio.sha256}"`
  const wanted = wantedPart(exchange.head, { bytes: audio.bytes, etag, modifiedMs: audio.finishedMs })
  const common: HeaderList = [
    ['ETag', etag],
    ['Accept-Ranges', 'bytes'],
    ['Last-Modified', new Date(audio.finishedMs).toUTCString()],
    ['Cache-Control', 'private, no-cache'],
  ]
  if (wanted.kind === 'unchanged') return respond(exchange, 304, common, '')
  if (wanted.kind === 'changed') throw changed()
  if (wanted.kind === 'outside') {
    sendError(exchange, outside(audio.bytes), [...common, ['Content-Range', `bytes */${audio.bytes}`]])
    return
  }
  const { contentType, extension } = formatFacts(audio.format, audio.sampleRate)
  const headers: HeaderList = [
    ...common,
    ['Content-Type', contentType],
    ['Content-Disposition', disposition(`${audio.title === '' ? 'speech' : audio.title}.${extension}`)],
    ...audioHeaders(audio),
  ]
  const [first, last] = wanted.kind === 'part' ? [wanted.first, wanted.last] : [0, audio.bytes - 1]
  if (wanted.kind === 'all') await send(exchange, audio, { status: 200, headers, first, last }, stallMs)
  else {
    const range = ['Content-Range', `bytes ${first}-${last}/${audio.bytes}`] as const
    await send(exchange, audio, { status: 206, headers: [...headers, range], first, last }, stallMs)
  }
}

interface Answer {
  readonly status: number
  readonly headers: HeaderList
  readonly first: number
  readonly last: number
}

async function send(
  exchange: HttpExchange,
  audio: JobAudio,
  { status, headers, first, last }: Answer,
  stallMs: number,
): Promise<void> {
  const kept = await audio.open()
  try {
    const peer = new PeerWait(stallMs)
    exchange.onAbort(() => peer.wake())
    const read = (at: number) => kept.read(at, Math.min(READ_BYTES, last - at + 1))
    // Before the head: what cannot be read at all is an ordinary refusal.
    let piece = first > last || exchange.head.method === 'HEAD' ? NOTHING : await read(first)
    exchange.beginStream(status, headers, last - first + 1)
    exchange.onWritable(() => peer.wake())
    for (let at = first; at <= last && !exchange.closed; ) {
      if (piece.length === 0) return exchange.destroy()
      at += piece.length
      if (!exchange.write(piece)) await peer.room(() => exchange.destroy())
      if (at <= last && !exchange.closed) piece = await read(at)
    }
    exchange.endStream()
  } finally {
    await kept.close()
  }
}

function outside(bytes: number): TtsError {
  const detail = `expected a range within the ${bytes} bytes of the audio, got one behind them`
  return new TtsError('INVALID_REQUEST', 'Range not satisfiable', detail, { status: 416 })
}

function changed(): TtsError {
  const detail = 'expected audio as If-Match or If-Unmodified-Since says, got another'
  return new TtsError('INVALID_REQUEST', 'Precondition failed', detail, { status: 412 })
}

/** A name of a file in any script (RFC 6266). */
function disposition(name: string): string {
  const plain = name.replaceAll(/[^\w. -]/g, '_')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they have no place in a name.
  const clean = name.replaceAll(/[\u0000-\u001f/\\]/g, '_')
  const coded = encodeURIComponent(clean).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${coded}`
}
