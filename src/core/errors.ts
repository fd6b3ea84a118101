/**
 * Every refusal the product makes, as one class with a stable code.
 *
 * Callers tell refusals apart by `code`, not by words of the message.
 */

/** Stable codes; `error_code` on the wire. Add here, never rename. */
export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'INVALID_PARAMETER'
  | 'MISSING_PARAMETER'
  | 'UNSUPPORTED_AUDIO'
  | 'AUDIO_TOO_LONG'
  | 'AUDIO_TOO_SHORT'
  | 'AUDIO_SILENT'
  | 'FILE_TOO_LARGE'
  | 'TEXT_TOO_LONG'
  | 'NOT_FOUND'
  | 'MODEL_NOT_FOUND'
  | 'VOICE_NOT_FOUND'
  | 'VOICE_EXISTS'
  | 'UNAUTHORIZED'
  | 'RATE_LIMITED'
  | 'OVERLOADED'
  | 'DEADLINE_EXCEEDED'
  | 'MODEL_NOT_READY'
  | 'DRAINING'
  | 'STORAGE_FAILED'
  | 'CANCELLED'
  | 'LANE_FAILED'
  | 'INTERNAL'
  | 'BAD_CHECKPOINT'
  | 'BAD_BUNDLE'
  | 'BAD_CONFIG'
  | 'BAD_USAGE'
  | 'DEVICE_UNAVAILABLE'

/** A refusal with a reason that the caller can act on. `detail` says what was expected and what came. */
export class TtsError extends Error {
  readonly code: ErrorCode
  readonly detail: string
  readonly status: number
  /** Seconds after which trying again can help; undefined where it cannot. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    detail: string,
    options: { status?: number; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TtsError'
    this.code = code
    this.detail = detail
    this.status = options.status ?? STATUS[code]
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** HTTP status for each code where the thrower does not say otherwise. Codes of the offline tools map to 500. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_REQUEST: 400,
  INVALID_PARAMETER: 422,
  MISSING_PARAMETER: 400,
  UNSUPPORTED_AUDIO: 400,
  AUDIO_TOO_LONG: 422,
  AUDIO_TOO_SHORT: 422,
  AUDIO_SILENT: 422,
  FILE_TOO_LARGE: 413,
  TEXT_TOO_LONG: 422,
  NOT_FOUND: 404,
  MODEL_NOT_FOUND: 404,
  VOICE_NOT_FOUND: 404,
  VOICE_EXISTS: 409,
  UNAUTHORIZED: 401,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  DEADLINE_EXCEEDED: 503,
  MODEL_NOT_READY: 503,
  DRAINING: 503,
  STORAGE_FAILED: 507,
  CANCELLED: 499,
  LANE_FAILED: 500,
  INTERNAL: 500,
  BAD_CHECKPOINT: 500,
  BAD_BUNDLE: 500,
  BAD_CONFIG: 500,
  BAD_USAGE: 500,
  DEVICE_UNAVAILABLE: 500,
}

/** What a person running a command sees: one line, no stack. Unknown errors keep their own message. */
export function describeError(error: unknown): string {
  if (error instanceof TtsError) return `${error.message}: ${error.detail}`
  return error instanceof Error ? error.message : String(error)
}

/** Text with nothing that the voice can say. `unsaid`: what was left out of it and why, if anything was. */
export function nothingToSpeak(unsaid: readonly string[] = []): TtsError {
  const detail =
    unsaid.length === 0
      ? 'expected text with letters or digits, got none'
      : `expected text that the voice can say, got none: ${unsaid.join('; ')}`
  return new TtsError('INVALID_PARAMETER', 'Nothing to speak', detail)
}
