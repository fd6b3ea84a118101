/** What a device is told of one utterance: the LLM's input, how its speech is made, and how long it will be. */
import type { SpeechOptions } from '../core/speech-port.ts'
import type { Voice } from '../core/voice.ts'
import type { LlmAdmission } from '../lanes/messages.ts'
import type { NewUtterance } from '../lanes/utterance.ts'
import type { TextPrompt } from '../text/prompt-text.ts'
import type { LeasedVoice } from './leased-voice.ts'
import { expectedTokens, type Part, speedOf } from './spoken-parts.ts'
import type { TracedUtterance } from './traced-utterance.ts'

interface Facts {
  /** Of this utterance. */
  readonly seed: number
  /** When the whole speech was asked for, and when its listener has heard what comes before this, at the earliest. */
  readonly arrivedMs: number
  readonly neededMs: number
  /** Speech tokens a second. */
  readonly tokenRate: number
  readonly traced: TracedUtterance | undefined
}

export function newUtterance(
  part: Part,
  { priority, sampling, speed, voice: leased }: SpeechOptions,
  { seed, arrivedMs, neededMs, tokenRate, traced }: Facts,
  prompt: TextPrompt,
): NewUtterance {
  const { voice } = leased as LeasedVoice
  const expected = expectedTokens(part)
  const isTraced = traced === undefined ? {} : { isTraced: true }
  return {
    voice,
    priority,
    arrivedMs,
    neededMs,
    expectedSeconds: expected / tokenRate,
    ...(traced === undefined ? {} : { onStages: traced.ran }),
    llm: { ...llmInput(part, prompt, voice), seed, sampling, ...isTraced },
    acoustic: {
      voiceKey: voice.key,
      mode: priority === 'batch' ? 'whole' : 'blocks',
      speed: speedOf(part, speed),
      seed,
      sourceNoise: 'seeded',
      expectedTokens: expected,
      ...isTraced,
    },
  }
}

function llmInput(
  part: Part,
  { promptTextIds, frontIds, speech }: TextPrompt,
  voice: Voice,
): Omit<LlmAdmission, 'seed' | 'sampling'> {
  const none = new Int32Array(0)
  if ('givenTokens' in part) {
    const { givenTokens } = part
    return { promptTextIds: none, promptSpeechTokens: none, textIds: none, live: false, givenTokens }
  }
  const behind = part.complete ? frontIds.length : 0
  return {
    ...(part.words === undefined ? {} : { placesBehind: behind }),
    promptTextIds: part.complete ? promptTextIds : joinIds(promptTextIds, frontIds),
    promptSpeechTokens: speech ? voice.speechTokens : none,
    textIds: part.complete ? joinIds(frontIds, part.textIds) : part.textIds,
    live: !part.complete,
  }
}

function joinIds(first: Int32Array, second: Int32Array): Int32Array {
  return first.length === 0 ? second : Int32Array.of(...first, ...second)
}
