/**
 * The API keys that are known: those of the settings, and those of a file with name, scopes, rate, quota and end for
 * each. The file is read again whenever it changes.
 *
 * Only hashes are known, never keys. A file that cannot be read at the start ends it; later the keys before it stay.
 */
import { createHash } from 'node:crypto'
import { readFileSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { parseRateLimit } from '../../config/setting-values.ts'
import { describeError, TtsError } from '../../core/errors.ts'

/** `speak`: syntheses. `voices`: storing and deleting voices and words. `admin`: metrics. */
export type Scope = 'speak' | 'voices' | 'admin'

const SCOPES = ['speak', 'voices', 'admin'] as const satisfies readonly Scope[]
/** How often the file is looked at. */
const LOOK_MS = 1000

/** Whose request it is, and what it may do. */
export interface GrantedKey {
  readonly name: string
  /** SHA-256 in hex: what voices and words belong to. */
  readonly owner: string
  readonly scopes: readonly Scope[]
  /** Syntheses, such as `100/minute`; undefined: as an address without a key. */
  readonly rate: string | undefined
  /** Seconds of speech, such as `3600/day`. */
  readonly quota: string | undefined
  /** Unix ms. */
  readonly expiresMs: number | undefined
}

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')
const limit = z
  .string()
  .refine((text) => parseRateLimit(text) !== undefined, 'expected "off" or such as "100/minute"')
const fileSchema = z.strictObject({
  keys: z.array(
    z.strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'expected 1 to 63 letters, digits, ".", "-" or "_"'),
      /** Several while a key is being replaced. */
      sha256: z.union([hash, z.array(hash).min(1)]),
      scopes: z.array(z.enum(SCOPES)).default(['speak', 'voices']),
      rate: limit.optional(),
      quota: limit.optional(),
      expires: z.iso.datetime({ offset: true }).optional(),
      owner: hash.optional(),
    }),
  ),
})

export class KeyRing {
  readonly #file: string
  readonly #fixed: ReadonlyMap<string, GrantedKey>
  readonly #log: (level: 'info' | 'error', line: string) => void
  #fromFile: ReadonlyMap<string, GrantedKey> = new Map()
  #seen = ''
  readonly #timer: NodeJS.Timeout | undefined

  /** `hashes` may do everything; `file` empty: none. Throws BAD_CONFIG where the file is no list of keys. */
  constructor(hashes: readonly string[], file: string, log: (level: 'info' | 'error', line: string) => void) {
    this.#fixed = new Map(hashes.map((digest) => [digest, unnamed(digest)]))
    this.#file = file
    this.#log = log
    if (file === '') return
    this.#fromFile = readKeys(file)
    this.#timer = setInterval(() => void this.look(), LOOK_MS)
    this.#timer.unref()
  }

  /** No keys are in use: every caller may pass. */
  get isOpen(): boolean {
    return this.#fixed.size === 0 && this.#file === ''
  }

  get size(): number {
    return this.#fixed.size + this.#fromFile.size
  }

  /** All that is known, by hash. */
  *entries(): Iterable<readonly [string, GrantedKey]> {
    yield* this.#fixed
    yield* this.#fromFile
  }

  /** Reads the file again where it has changed. */
  async look(): Promise<void> {
    try {
      const mark = markOf(await stat(this.#file))
      if (mark === this.#seen) return
      const keys = readKeys(this.#file)
      if (this.#seen !== '') this.#log('info', `${keys.size} keys read from ${this.#file}`)
      this.#fromFile = keys
      this.#seen = mark
    } catch (error) {
      const line = `${this.#file} is not used, the keys before it stay: ${describeError(error)}`
      if (this.#seen !== line) this.#log('error', line)
      this.#seen = line
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

/** Changes with the content, and with the file that a name leads to. */
function markOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${size} ${ino}`
}

function readKeys(file: string): ReadonlyMap<string, GrantedKey> {
  const bad = (detail: string) => new TtsError('BAD_CONFIG', 'Bad key file', `${file}: ${detail}`)
  let tree: unknown
  try {
    tree = parseYaml(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw bad(`expected a readable YAML or JSON file, got: ${describeError(cause).split('\n')[0]}`)
  }
  const parsed = fileSchema.safeParse(tree)
  if (!parsed.success) throw bad(z.prettifyError(parsed.error).replaceAll('\n', ' '))
  const keys = new Map<string, GrantedKey>()
  const names = new Set<string>()
  for (const { name, sha256, scopes, rate, quota, expires, owner } of parsed.data.keys) {
    if (names.has(name)) throw bad(`expected each name once, got ${name} again`)
    names.add(name)
    const key = {
      name,
      owner: owner ?? createHash('sha256').update(`light-tts key ${name}`).digest('hex'),
      scopes,
      rate,
      quota,
      expiresMs: expires === undefined ? undefined : Date.parse(expires),
    }
    for (const digest of [sha256].flat()) {
      if (keys.has(digest)) throw bad(`expected each hash once, got that of ${name} again`)
      keys.set(digest, key)
    }
  }
  return keys
}

/** A key of the settings: it may do everything, and its voices belong to it. */
function unnamed(digest: string): GrantedKey {
  return {
    name: `key-${digest.slice(0, 8)}`,
    owner: digest,
    scopes: SCOPES,
    rate: undefined,
    quota: undefined,
    expiresMs: undefined,
  }
}
