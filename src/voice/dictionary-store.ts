/** Pronunciation dictionaries that users keep: one file a key, with words for all voices and for single ones. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type FileCalls, writeDurably } from '../core/durable-file.ts'
import { TtsError } from '../core/errors.ts'
import type { Dictionaries, Dictionary } from '../core/speech-port.ts'

const FOLDER = 'dictionaries'
/** The file of requests without a key. */
const NO_OWNER = 'all'
/** Bytes of one key's dictionaries together. */
const MAX_BYTES = 1024 * 1024
const EMPTY: Dictionaries = { server: {}, voices: {} }

const words = z.record(z.string(), z.string())
const fileSchema = z.object({ server: words, voices: z.record(z.string(), words) })

export class DictionaryStore {
  readonly #folder: string | undefined
  readonly #calls: FileCalls | undefined
  readonly #kept = new Map<string, Dictionaries>()

  private constructor(folder: string | undefined, calls: FileCalls | undefined) {
    this.#folder = folder
    this.#calls = calls
  }

  /**
   * Reads what is kept beside the voices in `folder`; undefined: nothing can be kept. A file that is no dictionary is told
   * to `onBad` and left out.
   */
  static async open(
    folder: string | undefined,
    onBad: (line: string) => void,
    calls?: FileCalls,
  ): Promise<DictionaryStore> {
    const store = new DictionaryStore(folder, calls)
    if (folder === undefined) return store
    const names = await readdir(join(folder, FOLDER)).catch(() => [])
    for (const name of names.filter((each) => each.endsWith('.json'))) {
      try {
        const kept = fileSchema.parse(JSON.parse(await readFile(join(folder, FOLDER, name), 'utf8')))
        store.#kept.set(name.slice(0, -'.json'.length), kept)
      } catch {
        onBad(`${join(folder, FOLDER, name)} is no dictionary and is not used`)
      }
    }
    return store
  }

  of(owner: string | undefined): Dictionaries {
    return this.#kept.get(owner ?? NO_OWNER) ?? EMPTY
  }

  /** Words for one voice over those for all. */
  wordsFor(owner: string | undefined, voice: string | undefined): Dictionary {
    const { server, voices } = this.of(owner)
    const own = voice === undefined || !Object.hasOwn(voices, voice) ? {} : voices[voice]
    return { ...server, ...own }
  }

  /** Takes away the words for a voice from all who cannot speak with one of this name any more. */
  async forget(voice: string, hasOne: (owner: string | undefined) => boolean): Promise<void> {
    for (const [name, { voices }] of [...this.#kept]) {
      const owner = name === NO_OWNER ? undefined : name
      if (Object.hasOwn(voices, voice) && !hasOne(owner)) await this.put(owner, voice, {})
    }
  }

  /** Replaces the words for `voice`, or for all voices where undefined; no words take the entry away. */
  async put(
    owner: string | undefined,
    voice: string | undefined,
    replaced: Dictionary,
  ): Promise<Dictionaries> {
    if (this.#folder === undefined) {
      throw new TtsError(
        'INVALID_REQUEST',
        'Invalid request',
        'this server keeps no dictionaries: set voicesDir',
      )
    }
    const before = this.of(owner)
    const after =
      voice === undefined
        ? { ...before, server: replaced }
        : { ...before, voices: { ...before.voices, [voice]: replaced } }
    const voices = Object.fromEntries(
      Object.entries(after.voices).filter(([, own]) => Object.keys(own).length > 0),
    )
    const kept = { server: after.server, voices }
    const bytes = Buffer.from(JSON.stringify(kept))
    if (bytes.length > MAX_BYTES) {
      const detail = `expected dictionaries of at most ${MAX_BYTES} bytes together, got ${bytes.length}`
      throw new TtsError('INVALID_PARAMETER', 'Dictionary too large', detail)
    }
    await mkdir(join(this.#folder, FOLDER), { recursive: true })
    await writeDurably(join(this.#folder, FOLDER, `${owner ?? NO_OWNER}.json`), bytes, this.#calls)
    this.#kept.set(owner ?? NO_OWNER, kept)
    return kept
  }
}
