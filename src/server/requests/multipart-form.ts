/**
 * Reads a form into text fields and files in memory. The multipart parser goes on after a limit, and skips badly quoted
 * parts in silence. It hands out file streams whose errors end the process unless each has a listener, and accepts
 * other content types.
 */
import type { Readable } from 'node:stream'
import busboy, { type FieldInfo, type FileInfo } from 'busboy'
import type { z } from 'zod'
import { parseForm, parseValues } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { UploadShare } from '../limits/ledger.ts'
import { declaredLength } from '../transport/request-framing.ts'
import { type HttpExchange, headerOf } from '../transport/transport.ts'
import { decodeFile } from './base64-file.ts'
import {
  FILE_FIELDS,
  type FieldEncoding,
  type FileLimits,
  maxFieldBytes,
  receiveFields,
} from './field-body.ts'
import { type BodyLimits, fileTooLarge, receiveBody } from './request-body.ts'
import { MAX_FIELDS } from './urlencoded-form.ts'

export interface Form {
  readonly fields: ReadonlyMap<string, string>
  /** Values of a JSON body, which has no `fields`. */
  readonly values: Readonly<Record<string, unknown>> | undefined
  /** Whole files by field name. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Must be called when the files are no longer needed; the upload budget counts them until then. */
  release(): void
}

export interface FormLimits extends Omit<BodyLimits, 'maxBytes'>, FileLimits {
  /** Called before the first file of a multipart body with the fields that stand before it; throws where it is not wanted. */
  readonly beforeFile?: (fields: ReadonlyMap<string, string>) => void
}

/** What a form may hold beside its file: boundaries, part headers, text fields. */
const OVERHEAD_BYTES = 1024 * 1024
const MAX_FILES = 2
const MAX_PARTS = MAX_FIELDS + MAX_FILES
const MAX_NAME_BYTES = 100
const MAX_FIELD_BYTES = 64 * 1024
/** Base64 text of a recording in a part without a file name: the parser hands a part's text out whole, in one turn. */
const MAX_TEXT_FILE_BYTES = 8 * 1024 * 1024
const MAX_PART_HEADERS = 20
const PLAIN_ENCODINGS: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])

/**
 * Takes `upload` over: it is given back with the form, or here when there is none. Rejects with INVALID_REQUEST (400,
 * or 415 for another content type), FILE_TOO_LARGE. Also OVERLOADED when the upload budget is spent, CANCELLED when the
 * client left.
 */
export async function receiveForm(
  exchange: HttpExchange,
  limits: FormLimits,
  upload: UploadShare,
): Promise<Form> {
  const contentType = headerOf(exchange.head, 'content-type')
  const encoding = encodingOf(contentType)
  refuseEncoded(exchange)
  const maxBytes =
    encoding === 'multipart/form-data'
      ? limits.maxFileBytes + OVERHEAD_BYTES
      : maxFieldBytes(limits.maxFileBytes)
  if ((declaredLength(exchange.head) ?? 0) > maxBytes) throw fileTooLarge(limits.maxFileBytes)
  try {
    const body =
      encoding === 'multipart/form-data'
        ? await receiveParts(exchange, checkBoundary(contentType ?? ''), { ...limits, maxBytes }, upload.take)
        : await receiveFields(exchange, encoding, { ...limits, maxBytes }, upload.take)
    return { ...body, release: upload.release }
  } catch (error) {
    upload.release()
    throw error
  }
}

/** The form's values under a schema, however they came. Throws like `parseForm`. */
export function readForm<S extends z.ZodObject>(
  schema: S,
  form: Form,
  options: { ignoreUnknown?: boolean } = {},
): z.output<S> {
  if (form.values === undefined) return parseForm(schema, form.fields, options)
  return parseValues(options.ignoreUnknown === true ? schema.strip() : schema, form.values) as z.output<S>
}

async function receiveParts(
  exchange: HttpExchange,
  contentType: string,
  limits: BodyLimits & FormLimits,
  take: (bytes: number) => void,
): Promise<Omit<Form, 'release'>> {
  const parser = openParser(contentType, Math.min(MAX_TEXT_FILE_BYTES, maxFieldBytes(limits.maxFileBytes)))
  try {
    const parts = collectParts(parser, limits)
    await receiveBody(exchange, limits, {
      write: (chunk) => {
        // Fields are held as files are, whatever becomes of them.
        take(chunk.length)
        return parser.write(chunk)
      },
      onRoom: (resume) => parser.on('drain', resume),
      failed: parts.failed,
    })
    parser.end()
    await Promise.race([parts.closed, parts.failed])
    if (parts.fault !== undefined) throw parts.fault
    return { values: undefined, fields: parts.fields, files: parts.files }
  } finally {
    parser.destroy()
  }
}

/** An encoded body could be a bomb, and no client of this API sends one. */
export function refuseEncoded(exchange: HttpExchange): void {
  const encoding = headerOf(exchange.head, 'content-encoding')
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return
  throw malformed('expected no Content-Encoding, got one', 415)
}

function encodingOf(contentType: string | undefined): 'multipart/form-data' | FieldEncoding {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (type === 'multipart/form-data' || type === 'application/json') return type
  if (type === 'application/x-www-form-urlencoded') return type
  throw malformed(
    'expected Content-Type multipart/form-data, application/json or application/x-www-form-urlencoded, ' +
      `got ${type === undefined ? 'none' : 'another'}`,
    415,
  )
}

/** The content type, once it is known to name one boundary. */
function checkBoundary(value: string): string {
  const boundaries = [...value.matchAll(/;\s*boundary\s*=\s*(?:"([^"]*)"|([^;]*))/gi)]
  const boundary = boundaries[0]?.[1] ?? boundaries[0]?.[2]?.trim() ?? ''
  if (boundaries.length !== 1 || boundary.length < 1 || boundary.length > 70) {
    throw malformed('expected one boundary of 1 to 70 characters')
  }
  return value
}

function openParser(contentType: string, maxFieldBytes: number): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': contentType },
      defParamCharset: 'utf8',
      limits: {
        fieldNameSize: MAX_NAME_BYTES,
        fieldSize: maxFieldBytes,
        fields: MAX_FIELDS,
        files: MAX_FILES,
        parts: MAX_PARTS,
        headerPairs: MAX_PART_HEADERS,
      },
    })
  } catch {
    throw malformed('expected a well-formed Content-Type')
  }
}

interface Parts {
  readonly fields: Map<string, string>
  readonly files: Map<string, Uint8Array>
  /** Set as soon as the form is known to be bad. */
  fault: TtsError | undefined
  /** Rejects with the fault; never resolves. */
  readonly failed: Promise<never>
  /** Resolves when the parser is done with all it was given. */
  readonly closed: Promise<void>
}

function collectParts(
  parser: busboy.Busboy,
  { maxFileBytes, fileFields = FILE_FIELDS, beforeFile = () => {} }: FormLimits,
): Parts {
  const fields = new Map<string, string>()
  const files = new Map<string, Uint8Array>()
  let fail: (error: TtsError) => void = () => {}
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  const refuse = (error: TtsError) => {
    parts.fault ??= error
    fail(parts.fault)
  }
  const parts: Parts = {
    fields,
    files,
    fault: undefined,
    failed,
    closed: new Promise<void>((resolve) => parser.once('close', resolve)),
  }
  const isNew = (name: string | undefined): name is string => {
    if (name === undefined || name === '' || name.length > MAX_NAME_BYTES) {
      refuse(malformed('expected every part to have a name of 1 to 100 bytes'))
      return false
    }
    if (!fields.has(name) && !files.has(name)) return true
    refuse(malformed('expected every field once, got one twice'))
    return false
  }
  const isWanted = () => {
    try {
      if (files.size === 0) beforeFile(fields)
      return true
    } catch (error) {
      refuse(error as TtsError)
      return false
    }
  }
  /** A file whose part has no file name arrives as text: base64 is taken, and of other text nothing is left of its bytes. */
  const takeText = (name: string, value: string) => {
    try {
      files.set(name, decodeFile(name, value, maxFileBytes))
    } catch (error) {
      const isText = error instanceof TtsError && error.code === 'INVALID_PARAMETER'
      refuse(
        isText ? malformed(`${name}: expected a file, got text: send it as a file`) : (error as TtsError),
      )
    }
  }
  parser.on('field', (name: string | undefined, value: string, info: FieldInfo) => {
    if (parts.fault !== undefined || !isNew(name)) return
    if (fileFields.includes(name) && !info.nameTruncated) {
      if (info.valueTruncated) refuse(textTooLarge(name, maxFileBytes))
      else if (value !== '') takeText(name, value)
      return
    }
    if (info.nameTruncated || info.valueTruncated || Buffer.byteLength(value) > MAX_FIELD_BYTES) {
      refuse(malformed(`expected fields of at most ${MAX_FIELD_BYTES} bytes, got a longer one`))
    } else if (!PLAIN_ENCODINGS.has(info.encoding)) {
      refuse(malformed('expected no Content-Transfer-Encoding, got one'))
    } else fields.set(name, value)
  })
  parser.on('file', (name: string | undefined, stream: Readable, info: FileInfo) => {
    stream.on('error', () => refuse(malformed('expected a complete file, got a part of one')))
    if (parts.fault !== undefined || !isNew(name) || !PLAIN_ENCODINGS.has(info.encoding) || !isWanted()) {
      if (parts.fault === undefined) refuse(malformed('expected no Content-Transfer-Encoding, got one'))
      stream.resume()
      return
    }
    files.set(name, new Uint8Array(0))
    const chunks: Uint8Array[] = []
    let size = 0
    stream.on('data', (chunk: Uint8Array) => {
      if (parts.fault !== undefined) return
      size += chunk.length
      if (size > maxFileBytes) {
        refuse(fileTooLarge(maxFileBytes))
        return
      }
      chunks.push(chunk)
    })
    // A page's form sends a file field that was left empty, too.
    const isLeftOut = () => size === 0 && (info.filename ?? '') === ''
    stream.on('end', () => (isLeftOut() ? files.delete(name) : files.set(name, Buffer.concat(chunks))))
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => refuse(malformed(`expected at most ${MAX_FIELDS} fields and ${MAX_FILES} files`)))
  }
  parser.on('error', () => refuse(malformed('expected a well-formed multipart body')))
  return parts
}

/** Beyond the largest file, or beyond what text may hold. */
function textTooLarge(name: string, maxFileBytes: number): TtsError {
  if (maxFieldBytes(maxFileBytes) <= MAX_TEXT_FILE_BYTES) return fileTooLarge(maxFileBytes)
  const detail = `${name}: expected at most ${MAX_TEXT_FILE_BYTES} bytes of text, got more: send it as a file`
  return malformed(detail, 413)
}

function malformed(detail: string, status = 400): TtsError {
  return new TtsError('INVALID_REQUEST', 'Malformed request', detail, { status })
}
