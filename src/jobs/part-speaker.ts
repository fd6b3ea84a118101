/** One part of a job → samples, as batch work: it fills what streams leave. */
import { toInt16 } from '../audio/pcm.ts'
import type { SpokenAudio } from '../books/part-folder.ts'
import { TtsError } from '../core/errors.ts'
import type { SpeechStream, Synthesizer } from '../core/speech-port.ts'
import { partSeed } from './job-folders.ts'
import type { JobRecord, PartRecord } from './job-record.ts'

/** Slots are shared between clients: all jobs together are one. */
const CLIENT = 'jobs'
/** A part waits for its turn as long as streams keep the devices busy. */
const PATIENCE_MS = 3_600_000
/** Of one part; its text is short, but says what it says. */
const MAX_PART_SECONDS = 3600

/** Resolves with all samples; without any where a part has no words to say. Throws what `speak` does, CANCELLED on `signal`. */
export async function speakPart(
  synthesizer: Synthesizer,
  { owner, wish }: JobRecord,
  { index, text }: PartRecord,
  signal: AbortSignal,
): Promise<SpokenAudio> {
  const work = { client: CLIENT, signal, timeoutMs: PATIENCE_MS }
  const request = { kind: 'stored', id: wish.voice, owner: owner === '' ? undefined : owner } as const
  const voice = await synthesizer.prepareVoice(request, wish.model, work)
  let speech: SpeechStream | undefined
  const cancel = () => speech?.cancel()
  signal.addEventListener('abort', cancel)
  try {
    signal.throwIfAborted()
    speech = synthesizer.speak(text, {
      voice,
      client: CLIENT,
      model: wish.model,
      text: wish.text,
      mode: wish.mode,
      instruct: wish.instruct,
      speed: wish.speed,
      seed: partSeed(wish.seed, index),
      priority: 'batch',
      sampling: 'ras',
      timeoutMs: PATIENCE_MS,
      limits: { characters: text.length, seconds: MAX_PART_SECONDS },
    })
    return { sampleRate: speech.sampleRate, samples: await allOf(speech) }
  } catch (error) {
    if (isSilent(synthesizer, error, wish, text)) return { sampleRate: 0, samples: new Int16Array(0) }
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    speech?.cancel()
    voice.release()
  }
}

async function allOf(speech: SpeechStream): Promise<Int16Array> {
  const pieces: Int16Array[] = []
  let total = 0
  for (let samples = await speech.next(); samples !== undefined; samples = await speech.next()) {
    pieces.push(toInt16(samples))
    total += samples.length
  }
  const all = new Int16Array(total)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Signs alone are nothing to say, and no fault in the middle of a book. */
function isSilent(
  synthesizer: Synthesizer,
  error: unknown,
  { model, text: options }: JobRecord['wish'],
  text: string,
) {
  if (!(error instanceof TtsError) || error.code !== 'INVALID_PARAMETER') return false
  try {
    return synthesizer.normalizeText(text, options, undefined, model).segments.length === 0
  } catch {
    return false
  }
}
