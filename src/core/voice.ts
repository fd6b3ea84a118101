/** A voice as the models take it, and the file that keeps one: features once extracted, never the recording. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type FileCalls, readBounded } from './durable-file.ts'
import { TtsError } from './errors.ts'

/** The reference clips a prompt at 30 s; at 25 tokens a second that is the most a voice can have. */
const MAX_SPEECH_TOKENS = 30 * 25
const MAX_HEADER_BYTES = 1 << 20
/** More than any voice takes; a larger file is none. */
const MAX_FILE_BYTES = 32 << 20

export const VOICE_GENDERS = ['female', 'male', 'neutral'] as const
export type VoiceGender = (typeof VOICE_GENDERS)[number]

export interface Voice {
  /** Content key: see `voiceKey` in src/voice/voice-key.ts; for stored voices the key they were stored under. */
  readonly key: string
  /** What the recording says, as given. Empty where only the sound is used. */
  readonly transcript: string
  /** `transcript`: its text and tokens start the LLM's context. `style`: the recording conditions only the sound. */
  readonly mode: 'transcript' | 'style'
  readonly seconds: number
  readonly language: string | undefined
  /** Of a stored voice: SHA-256 of the API key that stored it, where keys are in use. */
  readonly owner?: string | undefined
  /** Whether other keys may see it and speak with it. */
  readonly shared?: boolean | undefined
  /** Of a stored voice whose id is not its file's name. */
  readonly id?: string | undefined
  readonly gender?: VoiceGender | undefined
  /** A line for people. */
  readonly description?: string | undefined
  /** [tokens], at 25 Hz. */
  readonly speechTokens: Int32Array
  /** [frames, mel], log mel of the recording at 24 kHz; frames = 2 × tokens. */
  readonly mel: Float32Array
  /** [192], not normalised. */
  readonly embedding: Float32Array
}

export function voiceBytes(voice: Voice): number {
  return voice.speechTokens.byteLength + voice.mel.byteLength + voice.embedding.byteLength
}

const tensorSchema = z.object({
  dtype: z.enum(['I32', 'F32']),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
})
const headerSchema = z.object({
  __metadata__: z.object({
    // 1: files of earlier versions, without a checksum.
    format: z.enum(['light-tts-voice-1', 'light-tts-voice-2']),
    /** Over the header without this field, and the arrays. */
    sha256: z.string().optional(),
    key: z.string().min(1),
    transcript: z.string(),
    mode: z.enum(['transcript', 'style']),
    seconds: z.coerce.number().min(0),
    language: z.string().optional(),
    owner: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    shared: z.literal('true').optional(),
    id: z.string().min(1).optional(),
    gender: z.enum(VOICE_GENDERS).optional(),
    description: z.string().optional(),
  }),
  speech_tokens: tensorSchema,
  mel: tensorSchema,
  embedding: tensorSchema,
})

/** The file's bytes. Arrays follow in header order without gaps. */
export function encodeVoice(voice: Voice): Uint8Array {
  const arrays = { speech_tokens: voice.speechTokens, mel: voice.mel, embedding: voice.embedding }
  let end = 0
  const tensors = Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => {
      const start = end
      end += data.byteLength
      const dtype = data instanceof Int32Array ? 'I32' : 'F32'
      return [name, { dtype, shape: [data.length], data_offsets: [start, end] }]
    }),
  )
  const metadata = {
    format: 'light-tts-voice-2',
    key: voice.key,
    transcript: voice.transcript,
    mode: voice.mode,
    seconds: String(voice.seconds),
    ...(voice.language === undefined ? {} : { language: voice.language }),
    ...(voice.owner === undefined ? {} : { owner: voice.owner }),
    ...(voice.shared === true ? { shared: 'true' } : {}),
    ...(voice.id === undefined ? {} : { id: voice.id }),
    ...(voice.gender === undefined ? {} : { gender: voice.gender }),
    ...(voice.description === undefined ? {} : { description: voice.description }),
  }
  const sha256 = checksumOf({ __metadata__: metadata, ...tensors }, Object.values(arrays))
  const json = new TextEncoder().encode(JSON.stringify({ __metadata__: { ...metadata, sha256 }, ...tensors }))
  // Spaces after the JSON bring the arrays to a multiple of 64.
  const header = new Uint8Array(Math.ceil((8 + json.length) / 64) * 64 - 8).fill(0x20)
  header.set(json)
  const bytes = new Uint8Array(8 + header.length + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(header, 8)
  let at = 8 + header.length
  for (const data of Object.values(arrays)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

/** Reads a file's bytes; every length is checked before it is trusted. Throws BAD_BUNDLE naming `origin`. */
export function decodeVoice(bytes: Uint8Array, origin: string): Voice {
  const bad = (expected: string, got: string) =>
    new TtsError('BAD_BUNDLE', `voice file ${origin}`, `expected ${expected}, got ${got}`)
  if (bytes.length < 8) throw bad('a header', `${bytes.length} bytes`)
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (headerLength > MAX_HEADER_BYTES || 8 + headerLength > bytes.length) {
    throw bad(`a header within the file and ${MAX_HEADER_BYTES} bytes`, `${headerLength} bytes`)
  }
  const header = parseJson(bytes.subarray(8, 8 + headerLength))
  const parsed = headerSchema.safeParse(header)
  if (!parsed.success) throw bad('a voice header', z.prettifyError(parsed.error))
  const data = bytes.subarray(8 + headerLength)
  const { format, sha256 } = parsed.data.__metadata__
  const isChecked = format !== 'light-tts-voice-1' || sha256 !== undefined
  if (isChecked && sha256 !== checksumOf(header as Header, [data]))
    throw bad('the bytes that were written', 'others: the file is damaged or incomplete')
  const read = (name: 'speech_tokens' | 'mel' | 'embedding', dtype: 'I32' | 'F32') => {
    const {
      data_offsets: [start, end],
      shape,
      dtype: got,
    } = parsed.data[name]
    const count = shape.reduce((product, dim) => product * dim, 1)
    if (got !== dtype) throw bad(`${name} of type ${dtype}`, got)
    if (end > data.length || end - start !== count * 4)
      throw bad(`${name} of ${count} elements`, `bytes ${start}–${end} of ${data.length}`)
    // A Buffer's own `slice` would share the file's memory.
    return new Uint8Array(data.subarray(start, end)).buffer
  }
  const metadata = parsed.data.__metadata__
  const { id, gender, description } = metadata
  const speechTokens = new Int32Array(read('speech_tokens', 'I32'))
  if (speechTokens.length > MAX_SPEECH_TOKENS)
    throw bad(`at most ${MAX_SPEECH_TOKENS} speech tokens`, String(speechTokens.length))
  return {
    key: metadata.key,
    transcript: metadata.transcript,
    mode: metadata.mode,
    seconds: metadata.seconds,
    language: metadata.language,
    owner: metadata.owner,
    shared: metadata.shared === 'true',
    speechTokens,
    mel: new Float32Array(read('mel', 'F32')),
    embedding: new Float32Array(read('embedding', 'F32')),
    ...(id === undefined ? {} : { id }),
    ...(gender === undefined ? {} : { gender }),
    ...(description === undefined ? {} : { description }),
  }
}

/** Throws BAD_BUNDLE where `path` is no voice file; errors of the file system pass as they are. */
export async function readVoice(path: string, openFile?: FileCalls['open']): Promise<Voice> {
  return decodeVoice(await readBounded(path, MAX_FILE_BYTES, openFile), path)
}

type Header = { readonly __metadata__: Readonly<Record<string, unknown>> }

/** Of a header without its checksum, and of what follows it. */
function checksumOf({ __metadata__, ...tensors }: Header, arrays: readonly NodeJS.TypedArray[]): string {
  const { sha256: _, ...metadata } = __metadata__
  const hash = createHash('sha256').update(JSON.stringify({ __metadata__: metadata, ...tensors }))
  for (const array of arrays) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  return hash.digest('hex')
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
