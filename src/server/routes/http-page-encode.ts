/** `POST /page/encode`: what was heard on the page (16-bit little-endian mono) as a file in a format that needs an encoder. */
import { checkOutput } from '../../audio/encoders/audio-encoder.ts'
import { openEncoder } from '../../audio/encoders/open-encoder.ts'
import { TtsError } from '../../core/errors.ts'
import { textTurn } from '../limits/text-turns.ts'
import { rateKey } from '../requests/client-address.ts'
import { refuseEncoded } from '../requests/multipart-form.ts'
import { receiveBytes } from '../requests/request-body.ts'
import type { Call, Route } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { admitComing } from '../requests/synthesis.ts'
import { respond } from '../transport/respond.ts'

const FORMATS = ['mp3', 'opus', 'flac', 'aac'] as const
type Format = (typeof FORMATS)[number]
/** Of one take. */
const MAX_SECONDS = 1200
/** Of audio that is encoded in one turn of the event loop: others' audio is encoded between two. */
const SLICE_SECONDS = 0.2

export function pageEncodeRoute(context: ServerContext): Route {
  return {
    method: 'POST',
    pattern: '/page/encode',
    policy: 'speak',
    handle: (call) => encode(context, call),
  }
}

async function encode(context: ServerContext, call: Call): Promise<void> {
  const { exchange, client } = call
  refuseEncoded(exchange)
  const { format, rate } = askedFor(exchange.head.query)
  const { bodyStallMs: stallMs, minUploadBytesPerSecond: minBytesPerSecond } = context.config.server
  const maxBytes = Math.min(context.config.limits.max_file_size, 2 * rate * MAX_SECONDS)
  const place = await admitComing(context, call)
  const upload = context.ledger.openUpload(rateKey(client))
  try {
    const { lost } = place
    const pcm = await receiveBytes(exchange, { maxBytes, stallMs, minBytesPerSecond, lost }, upload.take)
    place.keep()
    const file = await encoded(pcm, format, rate, () => exchange.closed)
    if (!exchange.closed) respond(exchange, 200, [['Content-Type', 'application/octet-stream']], file)
  } finally {
    upload.release()
    place.release()
  }
}

/** What is done for a client that left is for nothing: it ends early. */
async function encoded(pcm: Buffer, format: Format, rate: number, hasLeft: () => boolean): Promise<Buffer> {
  const totalSamples = pcm.length >> 1
  const encoder = await openEncoder({ format, sampleRate: rate, inputRate: rate, totalSamples })
  const slice = Math.ceil(rate * SLICE_SECONDS)
  try {
    const pieces = [encoder.start()]
    for (let at = 0; at < totalSamples && !hasLeft(); at += slice) {
      await textTurn()
      const length = Math.min(slice, totalSamples - at)
      const samples = Float32Array.from({ length }, (_, i) => pcm.readInt16LE(2 * (at + i)) / 32768)
      pieces.push(await encoder.encode(samples))
    }
    pieces.push(await encoder.finish())
    return Buffer.concat(pieces)
  } finally {
    encoder.close()
  }
}

/** Throws INVALID_PARAMETER. */
function askedFor(query: string): { format: Format; rate: number } {
  const fields = new URLSearchParams(query)
  const format = FORMATS.find((name) => name === fields.get('format'))
  if (format === undefined) {
    const got = JSON.stringify(fields.get('format')).slice(0, 32)
    const detail = `format: expected one of ${FORMATS.join(', ')}, got ${got}`
    throw new TtsError('INVALID_PARAMETER', 'Invalid parameter', detail)
  }
  const digits = /^[1-9]\d{3,4}$/.exec(fields.get('rate') ?? '')?.[0]
  const rate = Number(digits ?? Number.NaN)
  checkOutput(format, rate)
  return { format, rate }
}
