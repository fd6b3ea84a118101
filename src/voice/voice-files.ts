/** Voice files of users: which are of this model, and what becomes of those that are not. */
import type { Bundle } from '../core/bundle.ts'
import { type FileCalls, isTransient, setAside } from '../core/durable-file.ts'
import { describeError, TtsError } from '../core/errors.ts'
import { readVoice, type Voice } from '../core/voice.ts'
import { voiceIdOf } from '../core/voice-id.ts'

const FRAMES_PER_TOKEN = 2
const EMBEDDING_SIZE = 192

/** What a model asks of a voice. */
export interface VoiceShape {
  /** Bins of a mel frame. */
  readonly mels: number
  /** Ids of speech tokens are below this. A larger one is a word of another table, or beyond all of them. */
  readonly speechTokens: number
}

export function shapeOf({ manifest: { parameters } }: Bundle): VoiceShape {
  return { mels: parameters.features.mel.mels, speechTokens: parameters.llm.speechTokenSize }
}

/** Of log mel and of what the speaker encoder gives; real ones are below 20. Far larger ones overflow. */
const MOST = 1e6

export interface VoiceFileEvents {
  /** A file is not a voice of this model, and has been set aside. */
  readonly onQuarantine: (line: string) => void
  /** How files are read and written; tests put failing calls here. */
  readonly fileCalls?: FileCalls
}

/**
 * A voice of a model of this shape from its file; undefined where it is none, and then it has been moved away. An error
 * where the file says nothing about itself, since it could not be read.
 */
export async function readOrQuarantine(
  path: string,
  shape: VoiceShape,
  events: VoiceFileEvents,
): Promise<Voice | Error | undefined> {
  try {
    const voice = await readVoice(path, events.fileCalls?.open)
    checkFits(voice, path, shape)
    return voice
  } catch (error) {
    if (isTransient(error)) return error
    const moved = await setAside(path)
    events.onQuarantine(`${path} is not a voice of this model (${describeError(error)}); ${moved}`)
    return undefined
  }
}

/** Throws BAD_BUNDLE for a voice of other dimensions or tables: in the lanes it would end in their failure. */
export function checkFits(voice: Voice, path: string, { mels, speechTokens: tokens }: VoiceShape): void {
  const { speechTokens, mel, embedding } = voice
  const frames = FRAMES_PER_TOKEN * speechTokens.length
  const isKnown = speechTokens.every((token) => token >= 0 && token < tokens)
  const isPlain = (values: Float32Array) => values.every((value) => Math.abs(value) <= MOST)
  const hasShape = mel.length === frames * mels && embedding.length === EMBEDDING_SIZE
  if (hasShape && isKnown && isPlain(mel) && isPlain(embedding)) return
  const expected = `expected speech tokens below ${tokens}, ${frames} × ${mels} mel values and ${EMBEDDING_SIZE} of the speaker within ±${MOST}`
  const highest = speechTokens.reduce((most, token) => Math.max(most, token), 0)
  throw new TtsError(
    'BAD_BUNDLE',
    `voice file ${path}`,
    `${expected}, got ${mel.length} and ${embedding.length} values, and tokens up to ${highest}`,
  )
}

/** Prefixed: a stored voice and an upload of the same recording may differ in language or mode. */
export function keyFor(id: string, { owner, mode, key }: Voice): string {
  return `stored:${owner ?? ''}:${id}:${mode}:${key}`
}

/** The id of a file's voice, which its name says, or where that cannot hold it, its inside. */
export function idIn(name: string, voice: Voice): string {
  return voiceIdOf(name) ?? voice.id ?? ''
}
