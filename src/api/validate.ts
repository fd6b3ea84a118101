/**
 * Checks what a client sent: anything → typed parameters, or one refusal that lists the faults.
 *
 * Each fault says what was expected and what came. A refusal never repeats user text; other values it cuts short and
 * escapes.
 */
import { z } from 'zod'
import { countCharacters } from '../core/characters.ts'
import { TtsError } from '../core/errors.ts'
import { textTooLong } from './error-body.ts'
import { hasFewValues } from './json-size.ts'

/** Fields whose value must not appear in a message or a log. */
const PRIVATE_FIELDS: ReadonlySet<string> = new Set([
  'tts_text',
  'prompt_text',
  'input',
  'instruct',
  'instructions',
  'ref_text',
  'webhook.secret',
])
const MAX_SHOWN = 64
/** Faults told at once; a client that makes more learns of the rest when it has mended these. */
const MAX_FAULTS = 8
/** Twice what the largest body has: 2,000 chapters, or 5,000 words. */
const MAX_JSON_SIGNS = 20_000

/**
 * Values of a form, all text, under a schema whose fields are text, numbers and booleans.
 * Throws MISSING_PARAMETER (400), INVALID_REQUEST (400) for unknown fields, INVALID_PARAMETER (422).
 */
export function parseForm<S extends z.ZodObject>(
  schema: S,
  fields: ReadonlyMap<string, string>,
  options: { ignoreUnknown?: boolean } = {},
): z.output<S> {
  const values: Record<string, unknown> = Object.create(null)
  for (const [name, value] of fields) {
    const known = Object.hasOwn(schema.shape, name)
    if (!known && options.ignoreUnknown === true) continue
    if (known && value === '' && isLeftEmpty(schema.shape[name] as z.ZodType)) continue
    values[name] = known ? convert(schema.shape[name] as z.ZodType, value) : value
  }
  return parseValues(schema, values)
}

/** The same for values that already have types, such as a JSON body; with `mayBeText` numbers and booleans come as text, too. */
export function parseValues<S extends z.ZodType>(
  schema: S,
  values: unknown,
  { mayBeText = false }: { readonly mayBeText?: boolean } = {},
): z.output<S> {
  const parsed = schema.safeParse(asMeant(schema, values, mayBeText), { reportInput: true })
  if (parsed.success) return parsed.data
  const missing: string[] = []
  const unknown: string[] = []
  const wrong: string[] = []
  for (const issue of parsed.error.issues) {
    // Each costs microseconds to tell, and a body may hold thousands.
    if (missing.length + unknown.length + wrong.length >= MAX_FAULTS) break
    const path = issue.path.map(String).join('.')
    // In a form a record is text, so its values are found in the issue alone.
    const got = valueAt(values, issue.path) ?? issue.input
    if (issue.code === 'unrecognized_keys')
      unknown.push(...issue.keys.slice(0, MAX_FAULTS).map((key) => show(key)))
    else if (issue.code === 'invalid_type' && got === undefined) missing.push(path || 'body')
    else if (issue.code === 'invalid_key') wrong.push(wordKey(issue))
    else wrong.push(`${path || 'body'}: ${wordIssue(issue)}, got ${showValue(path, got)}`)
  }
  if (missing.length > 0) throw missingParameter(missing)
  if (unknown.length > 0) {
    const expected = schema instanceof z.ZodObject ? Object.keys(schema.shape).join(', ') : 'known fields'
    throw new TtsError(
      'INVALID_REQUEST',
      'Unknown field',
      `expected only ${expected}, got ${unknown.slice(0, MAX_FAULTS).join(', ')}`,
    )
  }
  throw new TtsError('INVALID_PARAMETER', 'Invalid parameter', wrong.slice(0, MAX_FAULTS).join('; '))
}

/** Many clients send null or an empty text for what they leave out; where a field may be missing, that is what it says. */
function asMeant(schema: z.ZodType, values: unknown, mayBeText: boolean): unknown {
  if (!(schema instanceof z.ZodObject) || typeof values !== 'object' || values === null) return values
  let isOther = false
  const entries = Object.entries(values).flatMap((entry): [string, unknown][] => {
    const [name, value] = entry
    if (!Object.hasOwn(schema.shape, name)) return [entry]
    const field = schema.shape[name] as z.ZodType
    const isLeftOut = value === null ? field.safeParse(undefined).success : value === '' && isLeftEmpty(field)
    const meant = mayBeText && typeof value === 'string' ? convert(field, value) : value
    isOther ||= isLeftOut || meant !== value
    return isLeftOut ? [] : [[name, meant]]
  })
  return isOther ? Object.fromEntries(entries) : values
}

/** A JSON text as a value. Throws INVALID_REQUEST, also for more values than any body has; the text is not repeated. */
export function parseJson(text: string): unknown {
  if (!hasFewValues(text, MAX_JSON_SIGNS)) {
    const detail = `expected JSON with at most ${MAX_JSON_SIGNS} commas, colons and brackets, got more`
    throw new TtsError('INVALID_REQUEST', 'Malformed JSON', detail)
  }
  try {
    // A byte order mark is no part of the text.
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    throw new TtsError(
      'INVALID_REQUEST',
      'Malformed JSON',
      'expected a JSON object, got text that is not JSON',
    )
  }
}

/** Refuses text without anything to speak (400) and text beyond the limit (422), in the document's words. */
export function checkText(name: string, text: string, maxCharacters: number): void {
  if (text.trim() === '') {
    throw new TtsError('MISSING_PARAMETER', 'Missing parameter', `${name}: expected some text, got none`)
  }
  checkLength(name, text, maxCharacters)
}

/** The same for text that may be empty. */
export function checkLength(name: string, text: string, maxCharacters: number): void {
  checkEncoding(name, text)
  if (countCharacters(text) > maxCharacters) throw textTooLong(maxCharacters)
}

/** Refuses text that was not UTF-8 before it came, or that holds half of a surrogate pair: it would be noise. */
export function checkEncoding(name: string, text: string): void {
  const broken = /[\ufffd\p{Cs}]/u.exec(text)?.[0]
  if (broken === undefined) return
  const got = broken === '\ufffd' ? 'bytes of another encoding' : 'half of a surrogate pair'
  throw new TtsError('INVALID_REQUEST', 'Invalid encoding', `${name}: expected text in UTF-8, got ${got}`)
}

/** The same for a piece of a text: a pair of surrogates may be cut between two pieces, so only halves inside are refused. */
export function checkPieceEncoding(name: string, text: string): void {
  checkEncoding(name, text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, ''))
}

export function missingParameter(names: readonly string[]): TtsError {
  return new TtsError(
    'MISSING_PARAMETER',
    'Missing parameter',
    names.map((name) => `${name}: expected a value, got none`).join('; '),
  )
}

/** A form's text as the type that its field wants; text that does not fit stays text and is refused by the schema. */
function convert(schema: z.ZodType, value: string): unknown {
  let inner: z.ZodType = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    inner = inner.unwrap() as z.ZodType
  }
  if (inner instanceof z.ZodNumber) {
    const trimmed = value.trim()
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : value
  }
  if (inner instanceof z.ZodBoolean) return booleanOf(value) ?? value
  return value
}

/** What a form's text says to a field that is true or false; undefined where it says neither. */
export function booleanOf(value: string): boolean | undefined {
  return BOOLEANS[value.trim().toLowerCase()]
}

/** A page's form sends every field: one that may be missing, and cannot be empty, was not filled in. */
function isLeftEmpty(schema: z.ZodType): boolean {
  return schema.safeParse(undefined).success && !schema.safeParse('').success
}

const BOOLEANS: Readonly<Record<string, boolean>> = Object.assign(Object.create(null), {
  true: true,
  false: false,
  1: true,
  0: false,
  yes: true,
  no: false,
  on: true,
  off: false,
})

/** A key of a record that may not be one. */
function wordKey({ path, issues }: z.core.$ZodIssueInvalidKey): string {
  const record = path.slice(0, -1).map(String).join('.')
  return `${record || 'body'}: ${wordIssue(issues[0]!)} in a key, got ${show(path.at(-1))}`
}

function wordIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${nameOfType(issue.expected)}`
    case 'too_small':
      return issue.origin === 'string'
        ? `expected at least ${issue.minimum} characters`
        : `expected at least ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'string'
        ? `expected at most ${issue.maximum} characters`
        : `expected at most ${issue.maximum}`
    case 'invalid_value':
      return `expected one of ${issue.values.join(', ')}`
    default:
      return issue.message.startsWith('expected') ? issue.message : 'expected a valid value'
  }
}

/** With its article. */
function nameOfType(type: string): string {
  const name = type === 'int' ? 'integer' : type === 'record' ? 'object' : type
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  let at = values
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<PropertyKey, unknown>)[key]
  }
  return at
}

function showValue(path: string, value: unknown): string {
  if (PRIVATE_FIELDS.has(path) && value !== null)
    return typeof value === 'string' ? 'text' : nameOfType(Array.isArray(value) ? 'array' : typeof value)
  return show(value)
}

function show(value: unknown): string {
  let text: string
  try {
    // JSON has no infinite numbers.
    text = (typeof value === 'number' ? undefined : JSON.stringify(value)) ?? String(value)
  } catch {
    text = typeof value
  }
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
