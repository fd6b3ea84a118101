/** The folder of stored arrays and cases that a bundle is compared with. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { z } from 'zod'
import { decodeNpy } from '../audio/npy.ts'
import type { Recording } from '../audio/recording.ts'
import { decodeWav } from '../audio/wav-reader.ts'
import { TtsError } from '../core/errors.ts'

export interface StoredArray<T> {
  readonly shape: readonly number[]
  readonly data: T
}

/** The reference cuts prompts there. */
const LONGEST_RECORDING = 30

export class ExpectedFolder {
  readonly path: string
  /** All arrays, as `section/name`. */
  readonly #arrays: ReadonlySet<string>
  readonly #sections: ReadonlySet<string>
  readonly #read = new Set<string>()

  private constructor(path: string, sections: ReadonlySet<string>, arrays: ReadonlySet<string>) {
    this.path = path
    this.#sections = sections
    this.#arrays = arrays
  }

  /** Throws BAD_USAGE where there is no folder, or none of `sections` in it. */
  static async open(path: string, sections: readonly string[]): Promise<ExpectedFolder> {
    const folder = resolve(path)
    const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
      throw new TtsError('BAD_USAGE', folder, `expected a folder of stored arrays, got ${cause.code}`)
    })
    const present = sections.filter((section) => names.includes(section))
    if (present.length === 0) {
      const wanted = `expected one of the folders ${sections.join(', ')} in it, got none`
      throw new TtsError('BAD_USAGE', folder, wanted)
    }
    const arrays = new Set<string>()
    for (const section of present) {
      const files = await readdir(join(folder, section)).catch(() => [])
      for (const file of files)
        if (file.endsWith('.npy')) arrays.add(`${section}/${file.slice(0, -'.npy'.length)}`)
    }
    return new ExpectedFolder(folder, new Set(present), arrays)
  }

  hasSection(section: string): boolean {
    return this.#sections.has(section)
  }

  has(name: string): boolean {
    return this.#arrays.has(name)
  }

  /** Parts of the names `section/…` that a pattern with groups finds, in order of name. */
  matching(section: string, pattern: RegExp): RegExpExecArray[] {
    return [...this.#arrays]
      .filter((name) => name.startsWith(`${section}/`))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => pattern.exec(name.slice(section.length + 1)))
      .filter((found) => found !== null)
  }

  /** Throws BAD_USAGE naming the file. */
  async floats(name: string): Promise<StoredArray<Float32Array>> {
    const { shape, data } = await this.#array(name)
    if (data instanceof Float32Array) return { shape, data }
    throw new TtsError('BAD_USAGE', `${name}.npy`, 'expected float32 values, got integers')
  }

  /** Throws BAD_USAGE naming the file. */
  async ints(name: string): Promise<StoredArray<Int32Array>> {
    const { shape, data } = await this.#array(name)
    if (data instanceof Int32Array) return { shape, data }
    throw new TtsError('BAD_USAGE', `${name}.npy`, 'expected int32 values, got another type')
  }

  /** `section/name.json`, checked; undefined where there is none. Throws BAD_USAGE naming the file. */
  async json<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const path = join(this.path, `${name}.json`)
    if (!(await isFile(path))) return undefined
    let json: unknown
    try {
      json = JSON.parse(await readFile(path, 'utf8'))
    } catch (cause) {
      throw new TtsError('BAD_USAGE', `${name}.json`, `expected JSON, got ${(cause as Error).message}`)
    }
    const parsed = schema.safeParse(json)
    if (parsed.success) return parsed.data
    const { path: at, message } = parsed.error.issues[0]!
    throw new TtsError(
      'BAD_USAGE',
      `${name}.json`,
      `expected the stored cases, got at '${at.join('.')}': ${message}`,
    )
  }

  /** The recording `inputs/…`; undefined where there is none. Throws UNSUPPORTED_AUDIO, AUDIO_TOO_LONG. */
  async recording(name: string): Promise<Recording | undefined> {
    for (const folder of [dirname(this.path), this.path]) {
      const path = join(folder, name)
      if (await isFile(path)) return decodeWav(await readFile(path), { maxSeconds: LONGEST_RECORDING })
    }
    return undefined
  }

  /** Names of all recordings. */
  async recordings(): Promise<string[]> {
    const found = await Promise.all(
      [dirname(this.path), this.path].map((folder) => readdir(join(folder, 'inputs')).catch(() => [])),
    )
    const names = new Set(found.flat().filter((name) => name.endsWith('.wav')))
    return [...names].sort().map((name) => `inputs/${name}`)
  }

  /** Arrays that no stage has asked for. */
  unread(): string[] {
    return [...this.#arrays].filter((name) => !this.#read.has(name)).sort()
  }

  async #array(name: string): Promise<ReturnType<typeof decodeNpy>> {
    this.#read.add(name)
    const bytes = await readFile(join(this.path, `${name}.npy`)).catch((cause: NodeJS.ErrnoException) => {
      throw new TtsError('BAD_USAGE', `${name}.npy`, `expected a stored array, got ${cause.code}`)
    })
    return decodeNpy(bytes, `${name}.npy`)
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}
