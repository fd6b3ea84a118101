/**
 * The same requests for the simulator and for the real lanes: sentences, how much speech each becomes, when they come.
 *
 * A sentence said with a fixed seed is the same speech every time, so its length can be found beforehand.
 */
import { join } from 'node:path'
import type { Bundle } from '../../src/core/bundle.ts'
import type { Synthesizer } from '../../src/core/speech-port.ts'
import { readVoice } from '../../src/core/voice.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { speakOnce } from './listener.ts'
import { type SimulatedRequest, seededRandom } from './workload.ts'

/** One segment each: longer texts would become several utterances. */
const SENTENCES = [
  'The morning train left four minutes late.',
  'Please call the office before you come.',
  'She read the letter twice, folded it, and put it back into the drawer without a word.',
  'Rain is expected along the coast until late in the evening.',
  'Yes, of course.',
  'The old bridge was closed for repairs, so we walked along the river to the next one.',
  'Turn left at the second crossing.',
  'Nobody in the village remembered when the clock had last been right.',
]
const SEED = 7

export interface KnownSentence {
  readonly text: string
  readonly prefillTokens: number
  readonly promptTokens: number
  readonly speechTokens: number
}

export interface PlannedRequest {
  readonly simulated: SimulatedRequest
  readonly text: string
  readonly seed: number
}

/** Says every sentence once, alone. */
export async function knownSentences(
  bundle: Bundle,
  synthesizer: Synthesizer,
  voiceId: string,
): Promise<KnownSentence[]> {
  const tokenizer = await TextTokenizer.load(join(bundle.folder, 'tokenizer'), bundle.manifest.text)
  const entry = bundle.manifest.voices.find(({ id }) => id === voiceId)!
  const voice = await readVoice(bundle.path(entry.file))
  const promptText = voice.mode === 'transcript' ? tokenizer.encodeUser(voice.transcript).length : 0
  const promptSpeech = voice.mode === 'transcript' ? voice.speechTokens.length : 0
  const known: KnownSentence[] = []
  for (const text of SENTENCES) {
    const { chunks } = await speakOnce(synthesizer, voiceId, text, SEED)
    known.push({
      text,
      prefillTokens: 2 + promptText + promptSpeech + tokenizer.encodeUser(text).length,
      promptTokens: voice.speechTokens.length,
      speechTokens: Math.round(chunks.reduce((sum, { audioMs }) => sum + audioMs, 0) / 40),
    })
  }
  return known
}

/** `count` requests with exponential gaps, `secondsPerSecond` of speech asked for in a second. */
export function plannedRequests(
  known: readonly KnownSentence[],
  count: number,
  secondsPerSecond: number,
  seed: number,
): PlannedRequest[] {
  const random = seededRandom(seed)
  const meanSeconds = known.reduce((sum, { speechTokens }) => sum + speechTokens / 25, 0) / known.length
  let at = 0
  return Array.from({ length: count }, (_, id) => {
    at += -Math.log(1 - random()) * (meanSeconds / secondsPerSecond) * 1000
    const { text, ...shape } = known[Math.floor(random() * known.length)]!
    return {
      text,
      seed: SEED,
      simulated: { id, arrivedMs: at, priority: 'stream' as const, voiceKey: 'voice', ...shape },
    }
  })
}
