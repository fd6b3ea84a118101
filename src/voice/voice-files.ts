/** Voice files of users: which are of this model, and what becomes of those that are not. */
import { type FileCalls, isTransient, setAside } from '../core/durable-file.ts'
import { describeError, TtsError } from '../core/errors.ts'
import { readVoice, type Voice } from '../core/voice.ts'

const FRAMES_PER_TOKEN = 2
const EMBEDDING_SIZE = 192

export interface VoiceFileEvents {
  /** A file is not a voice of this model, and has been set aside. */
  readonly onQuarantine: (line: string) => void
  /** How files are read and written; tests put failing calls here. */
  readonly fileCalls?: FileCalls
}

/**
 * A voice of a model with `mels` bins from its file; undefined where it is none, and then it has been moved away. An error
 * where the file says nothing about itself, since it could not be read.
 */
export async function readOrQuarantine(
  path: string,
  mels: number,
  events: VoiceFileEvents,
): Promise<Voice | Error | undefined> {
  try {
    const voice = await readVoice(path, events.fileCalls?.open)
    checkFits(voice, path, mels)
    return voice
  } catch (error) {
    if (isTransient(error)) return error
    const moved = await setAside(path)
    events.onQuarantine(`${path} is not a voice of this model (${describeError(error)}); ${moved}`)
    return undefined
  }
}

/** Throws BAD_BUNDLE for a voice of other dimensions: in the lanes it would end in their failure. */
export function checkFits({ speechTokens, mel, embedding }: Voice, path: string, mels: number): void {
  const frames = FRAMES_PER_TOKEN * speechTokens.length
  const finite = mel.every(Number.isFinite) && embedding.every(Number.isFinite)
  if (mel.length === frames * mels && embedding.length === EMBEDDING_SIZE && finite) return
  const expected = `expected ${frames} × ${mels} finite mel values and ${EMBEDDING_SIZE} of the speaker`
  throw new TtsError(
    'BAD_BUNDLE',
    `voice file ${path}`,
    `${expected}, got ${mel.length} and ${embedding.length}`,
  )
}
