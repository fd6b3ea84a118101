/** What routes in the shape of OpenAI's API take where a request does not say. */
import { TtsError } from '../../core/errors.ts'
import { assertModel, type ServerContext } from './server-context.ts'

/** What OpenAI's service answers in. */
export const DEFAULT_RATE = 24_000

/** Clients send names of OpenAI's own models; with one model there is no doubt which is meant. Throws MODEL_NOT_FOUND. */
export function modelOf(context: ServerContext, asked: string): string {
  const { synthesizer, config } = context
  const isOther = asked !== 'default' && !synthesizer.models.includes(asked)
  const model = isOther && synthesizer.models.length === 1 && !config.openai.strictModel ? 'default' : asked
  assertModel(context, model)
  return model
}

/** Of the model's voices. Throws VOICE_NOT_FOUND where none is stored. */
export function firstVoice({ synthesizer }: ServerContext, owner: string | undefined, model: string): string {
  const [first] = synthesizer.listVoices(owner, model)
  if (first !== undefined) return first.id
  throw new TtsError(
    'VOICE_NOT_FOUND',
    'Voice not found',
    'expected a stored voice, got none; see POST /v1/voices',
  )
}
