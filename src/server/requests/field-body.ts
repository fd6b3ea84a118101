/**
 * Reads a form that came as JSON or urlencoded text: the same fields as multipart, with the recording as base64 or a
 * data URI. Every piece is worked through as it arrives: no turn of the event loop costs more than a piece.
 */
import type { HttpExchange } from '../transport/transport.ts'
import { JsonForm } from './json-form.ts'
import { type BodyLimits, receiveBody } from './request-body.ts'
import { UrlencodedForm } from './urlencoded-form.ts'

export type FieldEncoding = 'application/json' | 'application/x-www-form-urlencoded'

/** Fields whose text is a file where a route names no others; empty or null, it was left out. */
export const FILE_FIELDS: readonly string[] = ['prompt_wav']
/** Text beside the file: the longest fields that multipart takes, with every character escaped. */
const OVERHEAD_BYTES = 1024 * 1024

export interface FileLimits {
  readonly maxFileBytes: number
  /** Fields whose text is a file. */
  readonly fileFields?: readonly string[]
}

export interface FieldBody {
  /** Values of a JSON body; undefined where all values are text. */
  readonly values: Readonly<Record<string, unknown>> | undefined
  readonly fields: ReadonlyMap<string, string>
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Bytes that a body may have whose files have at most `maxFileBytes`: base64, and every `+` and `/` percent-encoded at worst. */
export function maxFieldBytes(maxFileBytes: number): number {
  return Math.ceil((maxFileBytes * 4) / 3) + OVERHEAD_BYTES
}

/** `take` counts bytes as they arrive. Rejects like `receiveBody`, and with INVALID_REQUEST or INVALID_PARAMETER. */
export async function receiveFields(
  exchange: HttpExchange,
  encoding: FieldEncoding,
  limits: BodyLimits & FileLimits,
  take: (bytes: number) => void,
): Promise<FieldBody> {
  const { maxFileBytes, fileFields = FILE_FIELDS } = limits
  if (encoding === 'application/json') {
    const form = await receiveInto(new JsonForm(fileFields, maxFileBytes), exchange, limits, take)
    return { ...form.end(), fields: new Map() }
  }
  const form = await receiveInto(new UrlencodedForm(fileFields, maxFileBytes), exchange, limits, take)
  return { ...form.end(), values: undefined }
}

/** The form with the whole body in it. A fault is said at the body's end: a client that is busy sending would miss it. */
async function receiveInto<Form extends { write(chunk: Uint8Array): void }>(
  empty: Form,
  exchange: HttpExchange,
  limits: BodyLimits,
  take: (bytes: number) => void,
): Promise<Form> {
  let form: Form | undefined = empty
  let fault: unknown
  await receiveBody(exchange, limits, {
    write: (chunk) => {
      take(chunk.length)
      try {
        form?.write(chunk)
      } catch (error) {
        fault = error
        form = undefined
      }
      return true
    },
    onRoom: () => {},
  })
  if (form === undefined) throw fault
  return form
}
