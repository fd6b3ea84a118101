/** What the forms and frames that carry a prompt have in common: their limits, their file, their defaults. */
import type { AudioFormat } from '../../api/speech-params.ts'
import { checkEncoding, checkLength, missingParameter } from '../../api/validate.ts'
import { checkOutput } from '../../audio/encoders/audio-encoder.ts'
import type { Config } from '../../config/schema.ts'
import { TtsError } from '../../core/errors.ts'
import type { PromptMode, SpeechOptions } from '../../core/speech-port.ts'
import { checkStyle, type SpeechMode } from '../../core/speech-style.ts'
import type { OutputFormat } from './audio-output.ts'
import type { Form } from './multipart-form.ts'
import type { ServerContext } from './server-context.ts'

/** What the configuration allows an uploaded form, until its place is lost. */
export function formLimits({ limits, server }: Config, lost: AbortSignal) {
  return {
    lost,
    maxFileBytes: limits.max_file_size,
    stallMs: server.bodyStallMs,
    minBytesPerSecond: server.minUploadBytesPerSecond,
  }
}

/** Format and rate of an answer; where the request does not say, the document's or LightTTS's. Throws INVALID_PARAMETER. */
export function outputOf(
  params: { readonly response_format?: AudioFormat | undefined; readonly sample_rate?: number | undefined },
  config: Config,
): OutputFormat {
  const isCompat = config.server.compat === 'lighttts'
  const format = params.response_format ?? usualFormat(config)
  const sampleRate = params.sample_rate ?? (isCompat ? 24_000 : 16_000)
  checkOutput(format, sampleRate)
  return { format, sampleRate }
}

export function usualFormat({ server }: Config): AudioFormat {
  return server.compat === 'lighttts' ? 'pcm' : 'wav'
}

/** A mode says what the prompt's text is for; LightTTS reads it as the recording's transcript. */
export function promptModeOf(
  asked: PromptMode | undefined,
  config: Config,
  mode: SpeechMode = 'auto',
): PromptMode {
  if (asked !== undefined) return asked
  if (mode === 'instruct' || mode === 'cross_lingual') return 'style'
  return mode === 'zero_shot' || config.server.compat === 'lighttts' ? 'transcript' : 'auto'
}

/** Whether a recording can be used without a text. */
export function needsPromptText(mode: SpeechMode | undefined): boolean {
  return mode !== 'instruct' && mode !== 'cross_lingual'
}

interface StyleFields {
  readonly instruct?: string | undefined
  readonly mode?: SpeechMode | undefined
  readonly prompt_text?: string | undefined
  readonly prompt_mode?: PromptMode | undefined
}

/** What a request says of how to speak. A text that it calls a style is an instruction. Throws INVALID_PARAMETER (422). */
export function styleOf(
  { synthesizer }: ServerContext,
  model: string,
  { instruct, mode, prompt_text: promptText, prompt_mode: promptMode }: StyleFields,
  field = 'instruct',
): Pick<SpeechOptions, 'instruct' | 'mode' | 'promptInstruction'> {
  if (instruct !== undefined) checkEncoding(field, instruct)
  const abilities = synthesizer.abilities(model)
  if (abilities !== undefined) checkStyle({ instruct, mode }, abilities, field)
  return { instruct, mode, promptInstruction: promptMode === 'style' ? promptText : undefined }
}

/** The only file a synthesis form may hold. Throws INVALID_REQUEST for any other, MISSING_PARAMETER for none. */
export function requirePromptFile(form: Form): Uint8Array {
  refuseOtherFiles(form, ['prompt_wav'])
  const file = form.files.get('prompt_wav')
  if (file === undefined) throw missingParameter(['prompt_wav'])
  return file
}

/** Throws INVALID_REQUEST for a file under any other name. */
export function refuseOtherFiles(form: Form, names: readonly string[]): void {
  if ([...form.files.keys()].every((name) => names.includes(name))) return
  throw new TtsError(
    'INVALID_REQUEST',
    'Unknown file',
    `expected no file but ${names.join(' and ')}, got another field as a file`,
  )
}

/** Throws TEXT_TOO_LONG for a prompt text that no recording could hold, INVALID_REQUEST for one that was not UTF-8. */
export function checkPromptText(text: string, config: Config): void {
  checkLength('prompt_text', text, config.limits.max_text_length)
}
