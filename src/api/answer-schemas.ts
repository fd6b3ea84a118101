/** What answers of the API hold, as zod schemas for its description. */
import { z } from 'zod'
import { SPEECH_MODES } from '../core/speech-style.ts'
import { VOICE_GENDERS } from '../core/voice.ts'

const timedTextSchema = z.object({
  text: z.string().describe('As it was written.'),
  start: z.number().describe('Seconds from the first sample.'),
  end: z.number(),
  from: z.int().describe('Place in the text that was sent, UTF-16 units.'),
  to: z.int(),
})

/** Answer with `response_format=json`. */
export const timedSpeechSchema = z
  .object({
    audio: z.string().describe('A file of the format, as base64.'),
    format: z.string(),
    sample_rate: z.int(),
    duration: z.number().describe('Seconds.'),
    words: z.array(timedTextSchema).optional(),
    sentences: z.array(timedTextSchema).optional().describe('With timestamps=sentence.'),
  })
  .meta({ id: 'TimedSpeech' })

export const errorSchema = z
  .object({ message: z.string(), detail: z.string(), error_code: z.string() })
  .meta({ id: 'Error', description: 'A refusal; `error_code` is stable.' })

export const messageSchema = z.object({ message: z.string() }).meta({ id: 'Message' })

export const voiceSchema = z
  .object({
    id: z.string(),
    model: z.string().describe('whose voice it is: features belong to a model'),
    language: z.string().nullable(),
    gender: z.enum(VOICE_GENDERS).nullable(),
    description: z.string().nullable(),
    seconds: z.number(),
    transcript: z.string(),
    origin: z.enum(['bundle', 'user']),
    prompt_mode: z
      .enum(['transcript', 'style'])
      .nullable()
      .describe('how the text of the recording is used, as asked or as decided'),
    aliases: z.array(z.string()).describe('further names of a voice of the model'),
    shared: z.boolean().describe('whether other keys may see it and speak with it'),
    warnings: z
      .array(z.enum(['clipped', 'noisy', 'short', 'long-silence', 'level']))
      .optional()
      .describe('what is wrong with the recording, in the answer to storing it'),
  })
  .meta({ id: 'Voice' })

export const namedVoiceSchema = voiceSchema
  .pick({ id: true, language: true, gender: true, description: true })
  .extend({
    name: z.string(),
    alias_of: z
      .string()
      .optional()
      .describe('the stored voice that an alias stands for; OpenAI’s names follow the language of the text'),
  })
  .meta({ id: 'NamedVoice' })
export const modelSchema = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
    family: z.string().optional().describe('these are missing while the model loads'),
    instructions: z.boolean().optional().describe('whether it takes `instruct` and `instructions`'),
    modes: z.array(z.enum(SPEECH_MODES)).optional(),
    marks: z
      .array(z.string())
      .optional()
      .describe('sounds and phones that its texts may hold, as `[breath]`'),
    languages: z.array(z.string()).optional().describe('tags of the languages that it was trained with'),
    voice_conversion: z.boolean().optional(),
  })
  .meta({ id: 'Model' })

export const normalizedSchema = z
  .object({
    text: z.string().describe('what is said, in words'),
    segments: z.array(z.string()).describe('what is said in one go'),
    warnings: z.array(z.string()).describe('what is not said as it is written'),
  })
  .meta({ id: 'NormalizedText' })
export const dictionariesSchema = z
  .object({
    server: z.record(z.string(), z.string()).describe('words of all voices'),
    voices: z.record(z.string(), z.record(z.string(), z.string())).describe('words of single voices'),
  })
  .meta({ id: 'Dictionaries' })

const share = z.number().min(0).max(1)
const ofTotal = z.object({ used: z.number(), total: z.number() })
export const statusSchema = z
  .object({
    version: z.string(),
    state: z.enum(['loading', 'ready', 'draining', 'failed']),
    active: z.int().describe('syntheses that hold a slot'),
    queued: z.int().describe('syntheses that wait for one'),
    capacity: z
      .object({
        audio_seconds_per_second: z.number(),
        listeners: z.int().nullable(),
        load: z.number().nullable(),
        warning: z.string().nullable().describe('what the devices cannot do, such as streams in real time'),
        stages: z
          .object({
            prefill_ms: z.number(),
            decode_ms: z.number(),
            flow_ms: z.number(),
            vocoder_ms: z.number(),
            step_ms: z.number(),
            step_rows: z.number(),
          })
          .nullable(),
      })
      .nullable()
      .meta({
        description:
          'audio made per second at full load as measured now; streams at a time that can be heard without a gap, and those under way as a share of them (null: slots alone decide); ms of a lane for a second of speech in each stage, and of one decoding step of the LLM',
      }),
    devices: z.array(
      z.object({
        name: z.string(),
        healthy: z.boolean(),
        slots: ofTotal.describe('utterances admitted, and taken at once'),
        llm_slots: ofTotal.describe('of these, utterances that the LLM still makes tokens for'),
        flow_state_bytes: ofTotal,
        llm_batch: z.number().describe('mean rows of the last LLM steps'),
        acoustic_batch: z.number().describe('mean utterances of the last flow and vocoder runs'),
        llm_busy: share,
        acoustic_busy: share,
      }),
    ),
    listener_leads: z
      .array(z.number())
      .describe(
        'seconds of audio sent and not heard yet, of each that hears something now; least first, at most 100',
      ),
    recent: z.object({
      bin_seconds: z.int().describe('seconds of one bin'),
      bins: z
        .array(
          z.object({
            speeches: z.int().describe('that began to be heard'),
            first_audio_ms: z.int().nullable().describe('median time to their first audio'),
            slowest_ms: z.int().nullable().describe('longest one'),
            underruns: z.int(),
          }),
        )
        .describe('the last five minutes, oldest first; the last one is under way'),
    }),
  })
  .meta({ id: 'Status' })
