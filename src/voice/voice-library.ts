/**
 * Named voices: those that the model brings, and those that users store; the latter survive a restart.
 *
 * Knows: ids, files, origins. Does not know: how features are made, or who speaks with a voice now.
 * A stored voice is two things on disk: `<id>.voice` (features, see core/voice.ts). Its id is its file's name, so ids
 * are restricted to what is a harmless file name everywhere.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bundle } from '../core/bundle.ts'
import { TtsError } from '../core/errors.ts'
import type { StoredVoice } from '../core/speech-port.ts'
import { readVoice, type Voice, writeVoice } from '../core/voice.ts'

const ID = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/
const EXTENSION = '.voice'

interface Entry {
  readonly path: string
  readonly info: StoredVoice
  readonly key: string
}

export class VoiceLibrary {
  readonly #folder: string | undefined
  readonly #entries = new Map<string, Entry>()

  private constructor(folder: string | undefined) {
    this.#folder = folder
  }

  /** Reads the bundle's voices and those stored in `folder` (made if missing; undefined: nothing can be stored). */
  static async open(bundle: Bundle, folder: string | undefined): Promise<VoiceLibrary> {
    const library = new VoiceLibrary(folder)
    for (const { id, file } of bundle.manifest.voices) await library.#add(id, bundle.path(file), 'bundle')
    if (folder !== undefined) {
      await mkdir(folder, { recursive: true })
      for (const name of (await readdir(folder)).sort()) {
        if (name.endsWith(EXTENSION))
          await library.#add(name.slice(0, -EXTENSION.length), join(folder, name), 'user')
      }
    }
    return library
  }

  list(): readonly StoredVoice[] {
    return [...this.#entries.values()].map(({ info }) => info)
  }

  /** The cache key of a voice. Throws VOICE_NOT_FOUND. */
  async keyOf(id: string): Promise<string> {
    return this.#find(id).key
  }

  /** Features of a voice from its file. Throws VOICE_NOT_FOUND, BAD_BUNDLE. */
  async load(id: string): Promise<Voice> {
    const { path, key } = this.#find(id)
    return { ...(await readVoice(path)), key }
  }

  /** Throws INVALID_PARAMETER where `id` cannot be a new voice's. */
  checkId(id: string): void {
    if (!ID.test(id)) {
      const detail = `expected 1 to 64 letters, digits, '-' or '_', beginning and ending with a letter or digit, got '${id.slice(0, 80)}'`
      throw new TtsError('INVALID_PARAMETER', 'Invalid voice id', detail)
    }
    if (this.#entries.get(id)?.info.origin === 'bundle') {
      throw new TtsError('INVALID_PARAMETER', 'Invalid voice id', `'${id}' is a voice of the model`)
    }
  }

  /** Stores a voice under `id`, replacing an earlier one of a user's. */
  async store(id: string, voice: Voice): Promise<StoredVoice> {
    this.checkId(id)
    if (this.#folder === undefined) {
      throw new TtsError(
        'INVALID_REQUEST',
        'Invalid request',
        'this server keeps no voices: set voices.folder',
      )
    }
    const path = join(this.#folder, id + EXTENSION)
    await writeVoice(path, voice)
    return this.#register(id, path, 'user', voice)
  }

  /** Throws VOICE_NOT_FOUND, INVALID_REQUEST for a voice of the model. Requests that use it now keep it. */
  async delete(id: string): Promise<void> {
    const { path, info } = this.#find(id)
    if (info.origin === 'bundle') {
      throw new TtsError(
        'INVALID_REQUEST',
        'Invalid request',
        `'${id}' is a voice of the model and cannot be deleted`,
      )
    }
    await rm(path, { force: true })
    this.#entries.delete(id)
  }

  async #add(id: string, path: string, origin: StoredVoice['origin']): Promise<void> {
    this.#register(id, path, origin, await readVoice(path))
  }

  #register(id: string, path: string, origin: StoredVoice['origin'], voice: Voice): StoredVoice {
    const { seconds, transcript, language, mode } = voice
    // Prefixed: a stored voice and an upload of the same recording may differ in language or mode.
    const info = { id, language, seconds, transcript, origin }
    this.#entries.set(id, { path, info, key: `stored:${id}:${mode}:${voice.key}` })
    return info
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry !== undefined) return entry
    const known = [...this.#entries.keys()].slice(0, 20).map((each) => `'${each}'`)
    throw new TtsError(
      'VOICE_NOT_FOUND',
      'Voice not found',
      `expected one of ${known.join(', ') || 'no voices'}, got '${id.slice(0, 80)}'`,
    )
  }
}
