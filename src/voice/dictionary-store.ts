/** Pronunciation dictionaries that users keep: one file a key, with words for all voices and for single ones. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  type FileCalls,
  isTransient,
  readBounded,
  removeDurably,
  removePartials,
  setAside,
  writeDurably,
} from '../core/durable-file.ts'
import { describeError, TtsError } from '../core/errors.ts'
import { OneByOne } from '../core/one-by-one.ts'
import type { LocalFiles, SharedFiles } from '../core/shared-files.ts'
import type { Dictionaries, Dictionary } from '../core/speech-port.ts'
import { canonicalVoiceId } from '../core/voice-id.ts'

const FOLDER = 'dictionaries'
const EXTENSION = '.json'
/** The file of requests without a key. */
const NO_OWNER = 'all'
/** Bytes of one key's dictionaries together. */
const MAX_BYTES = 1024 * 1024
const EMPTY: Dictionaries = { server: {}, voices: {} }

const words = z.record(z.string(), z.string())
const fileSchema = z.object({ server: words, voices: z.record(z.string(), words) })

/** Names that come from another node and become paths here. */
const FILE = /^(all|[0-9a-f]{64})\.json$/

export class DictionaryStore {
  readonly #folder: string | undefined
  readonly #calls: FileCalls | undefined
  readonly #shared: SharedFiles | undefined
  readonly #kept = new Map<string, Dictionaries>()
  /** Files that could not be read: what they hold must not be replaced. */
  readonly #unread = new Set<string>()
  /** Words are added to those that are there: each change begins with what the one before it left. */
  readonly #files = new OneByOne()

  private constructor(
    folder: string | undefined,
    calls: FileCalls | undefined,
    shared: SharedFiles | undefined,
  ) {
    this.#folder = folder
    this.#calls = calls
    this.#shared = shared
  }

  /**
   * Reads what is kept beside the voices in `folder`; undefined: nothing can be kept. A file that is no dictionary is moved to
   * the folder `quarantine`, and told to `onBad`; one that cannot be read now is told too, and stays.
   */
  static async open(
    folder: string | undefined,
    onBad: (line: string) => void,
    calls?: FileCalls,
    shared?: SharedFiles,
  ): Promise<DictionaryStore> {
    const store = new DictionaryStore(folder, calls, shared)
    if (folder === undefined) return store
    await removePartials(join(folder, FOLDER)).catch(() => {})
    const names = await readdir(join(folder, FOLDER)).catch(() => [])
    for (const name of names.filter((each) => each.endsWith(EXTENSION))) {
      const failure = await store.#read(name)
      if (failure !== undefined) onBad(failure)
    }
    await shared?.follow(store.#copiesIn(join(folder, FOLDER)))
    return store
  }

  /** Takes a file in, or says why not. */
  async #read(name: string): Promise<string | undefined> {
    const path = join(this.#folder!, FOLDER, name)
    this.#unread.delete(name)
    try {
      this.#kept.set(ownerOf(name), parseFile(await readBounded(path, MAX_BYTES, this.#calls?.open)))
      return undefined
    } catch (error) {
      if (!isTransient(error)) return `${path} is no dictionary and is not used; ${await setAside(path)}`
      this.#unread.add(name)
      return `${path} is left out: ${describeError(error)}`
    }
  }

  of(owner: string | undefined): Dictionaries {
    return this.#kept.get(owner ?? NO_OWNER) ?? EMPTY
  }

  /**
   * Words for one voice over those for all, and a key's own over those of no key. The latter hold for every key, as voices
   * without an owner do: both were put before keys were in use. Of several names of the voice, words for the last win.
   */
  wordsFor(owner: string | undefined, ...names: readonly (string | undefined)[]): Dictionary {
    const ids = names.map((name) => canonicalVoiceId(name ?? ''))
    const owners = owner === undefined ? [undefined] : [undefined, owner]
    const parts = owners.flatMap((each) => {
      const { server, voices } = this.of(each)
      return [server, ...ids.map((id) => (Object.hasOwn(voices, id) ? voices[id]! : {}))]
    })
    return Object.assign({}, ...parts) as Dictionary
  }

  /** Takes away the words for a voice from all keys that cannot speak with one of this name any more. */
  async forget(name: string, hasOne: (owner: string | undefined) => boolean): Promise<void> {
    const voice = canonicalVoiceId(name)
    for (const [kept, { voices }] of [...this.#kept]) {
      const owner = kept === NO_OWNER ? undefined : kept
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
    // Words that another node got meanwhile stay.
    await this.#shared?.pull()
    const name = `${owner ?? NO_OWNER}${EXTENSION}`
    return await this.#files.run(name, () => this.#replace(this.#folder!, name, voice, replaced))
  }

  async #replace(
    folder: string,
    name: string,
    voice: string | undefined,
    replaced: Dictionary,
  ): Promise<Dictionaries> {
    if (this.#unread.has(name)) await this.#read(name)
    if (this.#unread.has(name)) {
      const detail = 'the words that are kept already cannot be read now'
      throw new TtsError('STORAGE_FAILED', 'Dictionary not readable', detail, {
        status: 503,
        retryAfterSeconds: 5,
      })
    }
    const before = this.#kept.get(ownerOf(name)) ?? EMPTY
    const after =
      voice === undefined
        ? { ...before, server: replaced }
        : { ...before, voices: { ...before.voices, [canonicalVoiceId(voice)]: replaced } }
    const voices = Object.fromEntries(
      Object.entries(after.voices).filter(([, own]) => Object.keys(own).length > 0),
    )
    const kept = { server: after.server, voices }
    const bytes = Buffer.from(JSON.stringify(kept))
    if (bytes.length > MAX_BYTES) {
      const detail = `expected dictionaries of at most ${MAX_BYTES} bytes together, got ${bytes.length}`
      throw new TtsError('INVALID_PARAMETER', 'Dictionary too large', detail)
    }
    await this.#shared?.put(name, bytes)
    await this.#write(join(folder, FOLDER), name, bytes)
    this.#kept.set(ownerOf(name), kept)
    return kept
  }

  /** This node's copies of what all nodes share. */
  #copiesIn(folder: string): LocalFiles {
    return {
      names: () => [...this.#kept.keys()].map((owner) => `${owner}${EXTENSION}`),
      read: (name) => readBounded(join(folder, name), MAX_BYTES, this.#calls?.open),
      take: async (name, bytes) => {
        const kept = parseFile(bytes)
        if (!FILE.test(name)) throw new Error('its name is no owner')
        await this.#files.run(name, async () => {
          await this.#write(folder, name, bytes)
          this.#kept.set(ownerOf(name), kept)
        })
      },
      drop: async (name) => {
        if (this.#kept.delete(ownerOf(name))) await removeDurably(join(folder, name), this.#calls)
      },
    }
  }

  async #write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(folder, { recursive: true })
    await writeDurably(join(folder, name), bytes, this.#calls)
  }
}

function ownerOf(name: string): string {
  return name.slice(0, -EXTENSION.length)
}

function parseFile(bytes: Uint8Array): Dictionaries {
  return fileSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}
