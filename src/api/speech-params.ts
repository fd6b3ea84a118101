/**
 * What a client may ask for, as zod schemas: fields of forms, JSON bodies and WebSocket messages.
 *
 * Names, types, ranges and defaults are those of the API document and its additions. The OpenAPI description comes from
 * the same schemas.
 */
import { z } from 'zod'
import { MAX_INSTRUCTION, SPEECH_MODES } from '../core/speech-style.ts'
import { VOICE_GENDERS } from '../core/voice.ts'
import { canonicalVoiceId, isVoiceId, MAX_VOICE_ID, VOICE_ID_RULE } from '../core/voice-id.ts'
import { dictionary, keptWords } from './dictionary-params.ts'

export const AUDIO_FORMATS = ['wav', 'pcm', 'mp3', 'opus', 'flac', 'aac', 'mulaw'] as const
export type AudioFormat = (typeof AUDIO_FORMATS)[number]

const text = z.string().describe('Text to speak.')
const promptText = z
  .string()
  .describe('What is said in the recording, or a description of the style; see prompt_mode.')
const modelName = z.string().min(1).max(256).describe('`default` or a name that /query_tts_model lists.')
const speed = z.number().min(0.5).max(2).describe('Playback rate with the pitch kept.')
/** As slow as OpenAI’s; the document’s routes keep the document’s bounds. */
const openAiSpeed = z.number().min(0.25).max(2).describe('Playback rate with the pitch kept.')
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .describe('Same seed, text and voice: same samples. Drawn when missing.')
  .meta({ example: 7 })
const format = z.preprocess(
  (value) => (typeof value === 'string' ? value.trim().toLowerCase() : value),
  z.enum(AUDIO_FORMATS),
)
/** Answers that hold the times of words beside audio, or without it. */
export const TIMED_FORMATS = ['json', 'srt', 'vtt'] as const
export type TimedFormat = (typeof TIMED_FORMATS)[number]
const answerFormat = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.trim().toLowerCase() : value),
    z.enum([...AUDIO_FORMATS, ...TIMED_FORMATS]),
  )
  .describe(
    'Audio; json: audio in base64 with the times of its words; srt, vtt: subtitles without audio. json where missing and timestamps are asked for outside of events.',
  )
const timestamps = z
  .enum(['none', 'word', 'sentence'])
  .describe('What is told with the time at which it is said: in events, or in the answers json, srt and vtt.')
const streamFormat = z
  .enum(['audio', 'sse'])
  .describe('sse: events that hold audio in base64, and the times that timestamps asks for.')
const sampleRate = z
  .int()
  .min(8000)
  .max(48_000)
  .describe('Samples per second of the answer.')
  .meta({ example: 24_000 })
const promptMode = z
  .enum(['auto', 'transcript', 'style'])
  .describe(
    'How prompt_text is used: as the transcript of the recording, as a style, or decided by its length.',
  )

const instruction = z
  .string()
  .max(MAX_INSTRUCTION)
  .describe('How to speak: dialect, emotion, speed, role; refused where the model takes no instructions.')
  .meta({ example: '' })
const mode = z
  .enum(SPEECH_MODES)
  .describe(
    'What the model hears of the recording: zero_shot its text and sound, instruct an instruction and its sound, cross_lingual its sound alone; auto: what is there.',
  )
const styleFields = { instruct: instruction.optional(), mode: mode.optional() }

const language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/, 'expected a language tag, such as zh or en-US')
  .describe("Language of digits and signs whose text does not tell it; the voice's where missing.")
  .meta({ example: 'en' })
const textFormat = z
  .enum(['auto', 'plain'])
  .describe('auto: Markdown, HTML and SSML are understood; plain: every sign is text.')

const codeBlocks = z
  .enum(['announce', 'skip'])
  .describe('A fenced block of code is named, or passed over in silence; its lines are never read out.')

/** How a text is read; the same in every request. */
const textFields = {
  language: language.optional(),
  dictionary: dictionary.optional(),
  text_format: textFormat.optional(),
  code_blocks: codeBlocks.optional(),
}

/** The id of a stored voice, or of one that a model brings under the name that its makers chose. */
export const voiceIdSchema = z
  .string()
  .min(1)
  .max(200)
  .describe('Id of a stored voice, such as rms or 中文女; or one of the names of OpenAI’s voices.')

/** A voice that is to be stored: letters and digits of any script. */
const newVoiceIdSchema = z
  .string()
  .transform(canonicalVoiceId)
  .pipe(z.string().refine(isVoiceId, VOICE_ID_RULE))
  .describe(`Id of the voice: up to ${MAX_VOICE_ID} letters or digits of any script, and . _ - between them.`)

/** Text fields of `POST /inference_zero_shot`; the recording `prompt_wav` is a file beside them. */
export const zeroShotSchema = z
  .strictObject({
    tts_text: text,
    prompt_text: promptText.optional(),
    voice: voiceIdSchema.optional(),
    stream: z.boolean().default(false).describe('Send audio while it is being made.'),
    tts_model_name: modelName.default('default'),
    speed: speed.default(1),
    response_format: answerFormat.optional(),
    stream_format: streamFormat.optional(),
    timestamps: timestamps.optional(),
    sample_rate: sampleRate.optional(),
    seed: seed.optional(),
    prompt_mode: promptMode.optional(),
    ...styleFields,
    ...textFields,
  })
  .meta({ id: 'ZeroShotForm' })

/** Body of `POST /v1/audio/speech`; the recording `ref_audio` is base64 text beside them. Other vendors' fields are ignored. */
export const speechBodySchema = z
  .object({
    input: text,
    model: modelName.default('default').describe('A served model; any other name where only one is served.'),
    voice: z
      .union([voiceIdSchema, z.object({ id: voiceIdSchema }).transform(({ id }) => id)], {
        error: 'expected the name of a voice, or an object with its id',
      })
      .optional()
      .describe('A stored voice, an alias or one of OpenAI’s names; the first of /v1/voices where missing.'),
    response_format: answerFormat.optional(),
    speed: openAiSpeed.default(1),
    timestamps: timestamps.optional(),
    stream_format: streamFormat
      .optional()
      .describe('`audio` where missing, but WAV is then sent whole, with its length in its header.'),
    stream: z.boolean().optional().describe('false: sent whole, in every format; true: as it is made.'),
    ref_text: promptText.optional().describe('What is said in ref_audio; without it only its sound is used.'),
    x_vector_only_mode: z.boolean().optional().describe('Use the sound of ref_audio only.'),
    prompt_mode: promptMode.optional(),
    sample_rate: sampleRate.optional(),
    seed: seed.optional(),
    instructions: instruction.optional(),
    mode: mode.optional(),
    ...textFields,
  })
  .meta({ id: 'SpeechBody' })

/** Text fields of `POST /v1/audio/convert`; the recording `source_wav` is a file beside them, and `prompt_wav` may be. */
export const convertSchema = z
  .strictObject({
    voice: voiceIdSchema.optional(),
    model: modelName.default('default'),
    response_format: format.optional(),
    speed: speed.default(1),
    stream: z
      .boolean()
      .optional()
      .describe('Send audio while it is being made; where missing, unless the answer is a WAV.'),
    stream_format: streamFormat.optional(),
    sample_rate: sampleRate.optional(),
    seed: seed.optional(),
  })
  .meta({ id: 'ConvertForm' })

/** First message of a WebSocket. */
export const wsInitSchema = z
  .strictObject({
    prompt_text: promptText.optional(),
    tts_model_name: modelName.default('default'),
    voice: voiceIdSchema.optional(),
    speed: speed.default(1),
    seed: seed.optional(),
    prompt_mode: promptMode.optional(),
    response_format: format.default('pcm'),
    sample_rate: sampleRate.optional(),
    ...styleFields,
    ...textFields,
    timestamps: timestamps.optional(),
    events: z.boolean().default(false).describe('Also send JSON events as text frames.'),
    contexts: z
      .boolean()
      .default(false)
      .describe('Several speeches at a time, told apart by context_id; their audio comes in text frames.'),
  })
  .meta({ id: 'WsInit' })

export const MAX_CONTEXT_ID = 64

/** Every later text message of a WebSocket. */
export const wsCommandSchema = z
  .strictObject({
    context_id: z
      .string()
      .min(1)
      .max(MAX_CONTEXT_ID)
      .optional()
      .describe('The speech that this is about, where the first message asked for contexts.'),
    tts_text: z.string().optional(),
    finish: z.boolean().default(false).describe('No more text will come; close after the last audio.'),
    flush: z.boolean().default(false).describe('Speak what is there without waiting for more.'),
    cancel: z.boolean().default(false).describe('Drop what is not spoken; the socket stays open.'),
  })
  .meta({ id: 'WsCommand' })

/** Text fields of `POST /v1/voices`; the recording `prompt_wav` is a file beside them. */
export const voiceFormSchema = z
  .strictObject({
    id: newVoiceIdSchema,
    prompt_text: promptText,
    prompt_mode: promptMode.optional(),
    language: language
      .optional()
      .describe('Language tag, such as zh or en-US; found in prompt_text where missing.'),
    shared: z
      .boolean()
      .default(false)
      .describe('Whether other API keys may see this voice and speak with it.'),
    model: modelName.optional().describe('Model that speaks with it; the default one where missing.'),
    gender: z.enum(VOICE_GENDERS).optional(),
    description: z.string().max(200).optional().describe('A line for people who choose a voice.'),
    replace: z
      .boolean()
      .default(false)
      .describe('Take the place of the voice of this id; otherwise an id that is taken is 409.'),
  })
  .meta({ id: 'VoiceForm' })

/** Body of `POST /v1/text/normalize`. */
export const normalizeBodySchema = z
  .strictObject({ input: text, voice: voiceIdSchema.optional(), model: modelName.optional(), ...textFields })
  .meta({ id: 'NormalizeBody' })

/** Body of `PUT /v1/dictionaries`. */
export const dictionaryBodySchema = z
  .strictObject({
    voice: voiceIdSchema.optional().describe('Stored voice that the words are for; all where missing.'),
    dictionary: keptWords.describe('Replaces what was there; empty: nothing is left.'),
  })
  .meta({ id: 'DictionaryBody' })

/** What requests say of how their text is read. */
export function textOptionsOf(fields: {
  readonly language?: string | undefined
  readonly dictionary?: Readonly<Record<string, string>> | undefined
  readonly text_format?: 'auto' | 'plain' | undefined
  readonly code_blocks?: 'announce' | 'skip' | undefined
}) {
  const { language, dictionary, text_format: textFormat, code_blocks: codeBlocks } = fields
  return { language, dictionary, textFormat, codeBlocks }
}

export type SpeechBody = z.output<typeof speechBodySchema>
export type ZeroShotParams = z.output<typeof zeroShotSchema>
export type WsInit = z.output<typeof wsInitSchema>
export type WsCommand = z.output<typeof wsCommandSchema>
