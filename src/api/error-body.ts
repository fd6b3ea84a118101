/** How a refusal looks on the wire: the API document's error shape, and its words where it fixes them. */
import { type ErrorCode, TtsError } from '../core/errors.ts'

/** Body of every refusal; `error_code` is stable, the other two are for people. */
export interface ErrorBody {
  readonly message: string
  readonly detail: string
  readonly error_code: ErrorCode
  /** Seconds; where headers say it no more. */
  readonly retry_after?: number
}

/** What the API document says word for word: the client reads these words, wherever the code comes from. */
const DOCUMENTED: Partial<Record<ErrorCode, { readonly message: string; readonly detail: string }>> = {
  MODEL_NOT_READY: { message: 'Model not ready', detail: 'TTS model is still loading' },
}

/** Codes whose detail is about our insides: clients get a fixed sentence, the log gets the rest. */
const INTERNAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INTERNAL',
  'LANE_FAILED',
  'BAD_CHECKPOINT',
  'BAD_BUNDLE',
  'BAD_CONFIG',
  'BAD_USAGE',
  'DEVICE_UNAVAILABLE',
])

/** Any thrown value as the refusal that a client may see. */
export function toTtsError(error: unknown): TtsError {
  if (error instanceof TtsError) return error
  return new TtsError('INTERNAL', 'Internal error', 'unexpected fault', { cause: error })
}

export function errorBody(error: TtsError): ErrorBody {
  const documented = DOCUMENTED[error.code]
  if (documented !== undefined) return { ...documented, error_code: error.code }
  if (INTERNAL.has(error.code)) {
    return {
      message: 'Internal server error',
      detail: 'The request failed inside the server',
      error_code: error.code,
    }
  }
  return { message: error.message, detail: error.detail, error_code: error.code }
}

/** The same over a socket that is open already, where no header can say when to come back. */
export function socketErrorBody(error: TtsError): ErrorBody {
  const { retryAfterSeconds } = error
  return {
    ...errorBody(error),
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
  }
}

/** The same for `/v1/*`, where OpenAI's clients look for an `error` object. */
export function openAiErrorBody(error: TtsError): ErrorBody & { readonly error: object } {
  const body = errorBody(error)
  const type = error.status >= 500 ? 'server_error' : 'invalid_request_error'
  return {
    ...body,
    error: { message: `${body.message}: ${body.detail}`, type, param: null, code: body.error_code },
  }
}

/** Too much text, in the document's words. */
export function textTooLong(maxCharacters: number): TtsError {
  return new TtsError('TEXT_TOO_LONG', 'Text too long', `Maximum text length is ${maxCharacters} characters`)
}
