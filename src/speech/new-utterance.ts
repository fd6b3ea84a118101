/** What a device is told of one utterance: the LLM's input, how its speech is made, and how long it will be. */
import type { SpeechOptions } from '../core/speech-port.ts'
import type { NewUtterance } from '../lanes/utterance.ts'
import { type PromptRules, textPrompt } from '../text/prompt-text.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import type { LeasedVoice } from './leased-voice.ts'
import { expectedTokens, type Part } from './spoken-parts.ts'

/** Speeds that the vocoder's stretching takes, whatever request and text ask for together. */
const MIN_SPEED = 0.5
const MAX_SPEED = 2

/** `seed`: of this utterance; `arrivedMs`: when the whole speech was asked for; `tokenRate`: speech tokens a second. */
export function newUtterance(
  part: Part,
  { priority, sampling, speed, voice: leased }: SpeechOptions,
  { seed, arrivedMs, tokenRate }: { seed: number; arrivedMs: number; tokenRate: number },
  { tokenizer, promptRules }: { tokenizer: TextTokenizer; promptRules: PromptRules },
): NewUtterance {
  const { voice } = leased as LeasedVoice
  const prompt = textPrompt(tokenizer, promptRules, {
    mode: 'auto',
    instruction: '',
    transcript: voice.mode === 'transcript' ? voice.transcript : undefined,
  })
  const expected = expectedTokens(part)
  return {
    voice,
    priority,
    arrivedMs,
    expectedSeconds: expected / tokenRate,
    llm: {
      promptTextIds: part.complete ? prompt.promptTextIds : joinIds(prompt.promptTextIds, prompt.frontIds),
      promptSpeechTokens: prompt.speech ? voice.speechTokens : new Int32Array(0),
      textIds: part.complete ? joinIds(prompt.frontIds, part.textIds) : part.textIds,
      live: !part.complete,
      seed,
      sampling,
    },
    acoustic: {
      voiceKey: voice.key,
      mode: priority === 'batch' ? 'whole' : 'blocks',
      speed: Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed * ('rate' in part ? part.rate : 1))),
      seed,
      sourceNoise: 'seeded',
      expectedTokens: expected,
    },
  }
}

function joinIds(first: Int32Array, second: Int32Array): Int32Array {
  return first.length === 0 ? second : Int32Array.of(...first, ...second)
}
