/** What the forms and frames that carry a prompt have in common: their limits, their file, their defaults. */
import { textTooLong } from '../../api/error-body.ts'
import type { ZeroShotParams } from '../../api/speech-params.ts'
import { checkEncoding, countCharacters, missingParameter } from '../../api/validate.ts'
import { checkOutputRate } from '../../audio/encoders/audio-encoder.ts'
import type { Config } from '../../config/schema.ts'
import { TtsError } from '../../core/errors.ts'
import type { PromptMode } from '../../core/speech-port.ts'
import type { OutputFormat } from './audio-output.ts'
import type { Form } from './multipart-form.ts'

/** What the configuration allows an uploaded form. */
export function formLimits({ limits, server }: Config) {
  return {
    maxFileBytes: limits.max_file_size,
    stallMs: server.bodyStallMs,
    minBytesPerSecond: server.minUploadBytesPerSecond,
  }
}

/** Format and rate of an answer; where the request does not say, the document's or LightTTS's. Throws INVALID_PARAMETER. */
export function outputOf(
  params: Pick<ZeroShotParams, 'response_format' | 'sample_rate'>,
  config: Config,
): OutputFormat {
  const isCompat = config.server.compat === 'lighttts'
  const format = params.response_format ?? (isCompat ? 'pcm' : 'wav')
  const sampleRate = params.sample_rate ?? (isCompat ? 24_000 : 16_000)
  checkOutputRate(format, sampleRate)
  return { format, sampleRate }
}

/** LightTTS reads `prompt_text` as the recording's transcript, always. */
export function promptModeOf(asked: PromptMode | undefined, config: Config): PromptMode {
  return asked ?? (config.server.compat === 'lighttts' ? 'transcript' : 'auto')
}

/** The only file a synthesis form may hold. Throws INVALID_REQUEST for any other, MISSING_PARAMETER for none. */
export function requirePromptFile(form: Form): Uint8Array {
  for (const name of form.files.keys()) {
    if (name !== 'prompt_wav') {
      throw new TtsError(
        'INVALID_REQUEST',
        'Unknown file',
        'expected no file but prompt_wav, got another field as a file',
      )
    }
  }
  const file = form.files.get('prompt_wav')
  if (file === undefined) throw missingParameter(['prompt_wav'])
  return file
}

/** Throws TEXT_TOO_LONG for a prompt text that no recording could hold, INVALID_REQUEST for one that was not UTF-8. */
export function checkPromptText(text: string, config: Config): void {
  checkEncoding('prompt_text', text)
  const max = config.limits.max_text_length
  if (countCharacters(text) > max) throw textTooLong(max)
}
