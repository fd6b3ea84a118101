/**
 * Named voices: those that the model brings, and those that users store; the latter survive a restart.
 *
 * A file that is no voice of this model is moved to the folder `quarantine`; the others are served. A stored voice is one
 * file of features (`../core/voice.ts`) whose name follows from its id (`../core/voice-id.ts`).
 */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Bundle } from '../core/bundle.ts'
import { removeDurably, removePartials, writeDurably } from '../core/durable-file.ts'
import { describeError, TtsError } from '../core/errors.ts'
import { OneByOne } from '../core/one-by-one.ts'
import type { LocalFiles, SharedFiles } from '../core/shared-files.ts'
import type { StoredVoice } from '../core/speech-port.ts'
import { encodeVoice, readVoice, type Voice, voiceBytes } from '../core/voice.ts'
import {
  canonicalVoiceId,
  isFileName,
  isVoiceId,
  VOICE_EXTENSION,
  VOICE_ID_RULE,
  voiceFileName,
} from '../core/voice-id.ts'
import { describedVoice } from './known-voices.ts'
import { voiceCopies } from './voice-copies.ts'
import {
  idIn,
  keyFor,
  readOrQuarantine,
  shapeOf,
  type VoiceFileEvents,
  type VoiceShape,
} from './voice-files.ts'
import { type VoiceEntry, VoiceIndex } from './voice-index.ts'

/** How many voices users may store, of all keys together, and bytes of their features. */
export interface VoiceCaps {
  readonly voices: number
  readonly bytes: number
}

const UNBOUNDED: VoiceCaps = { voices: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

export interface VoiceLibraryEvents extends VoiceFileEvents {
  /** The folder, or a file in it, cannot be read: users' voices, or one, are not served. */
  readonly onUnreadable: (line: string) => void
  /** How other nodes get stored voices, and this one theirs; undefined: there are none. */
  readonly shared?: SharedFiles | undefined
  /** A voice was deleted or replaced; its key, as `keyOf` gave it. */
  readonly onGone?: (key: string) => void
}

const SILENT: VoiceLibraryEvents = { onQuarantine: () => {}, onUnreadable: () => {} }

export class VoiceLibrary {
  readonly #folder: string | undefined
  readonly #shape: VoiceShape
  readonly #events: VoiceLibraryEvents
  readonly #caps: VoiceCaps
  /** Being written; of two with the same id at once one finds it taken. */
  readonly #arriving = new Set<Pick<VoiceEntry, 'owner' | 'bytes'> & { readonly id: string }>()
  readonly #voices: VoiceIndex
  /** A file and what is known of it change together. */
  readonly #files = new OneByOne()

  private constructor(
    folder: string | undefined,
    shape: VoiceShape,
    events: VoiceLibraryEvents,
    caps: VoiceCaps,
  ) {
    this.#folder = folder
    this.#shape = shape
    this.#events = events
    this.#caps = caps
    this.#voices = new VoiceIndex(events.onGone)
  }

  /**
   * Reads the bundle's voices and those stored in `folder` (made if missing; undefined: nothing can be stored). Throws
   * BAD_BUNDLE for the bundle's own voices; whatever the folder holds, the library opens.
   */
  static async open(
    bundle: Bundle,
    folder: string | undefined,
    events = SILENT,
    caps = UNBOUNDED,
  ): Promise<VoiceLibrary> {
    const library = new VoiceLibrary(folder, shapeOf(bundle), events, caps)
    for (const { id, file, aliases } of bundle.manifest.voices) {
      const path = bundle.path(file)
      library.#register(canonicalVoiceId(id), path, 'bundle', await readVoice(path), aliases)
    }
    if (folder !== undefined) {
      try {
        await mkdir(folder, { recursive: true })
        await removePartials(folder)
        for (const name of (await readdir(folder)).sort())
          if (name.endsWith(VOICE_EXTENSION)) await library.#addStored(folder, name)
        await events.shared?.follow(library.#copiesIn(folder))
      } catch (error) {
        events.onUnreadable(`voices of users in ${folder} are not available: ${describeError(error)}`)
      }
    }
    return library
  }

  /** What `owner` may see: own voices, those without an owner, shared ones; all where no keys are in use. */
  list(owner?: string): readonly StoredVoice[] {
    return this.#voices.visible(owner).map(({ info }) => info)
  }

  /** Facts of a voice. Throws VOICE_NOT_FOUND. */
  infoOf(id: string, owner?: string): StoredVoice {
    return this.#voices.find(id, owner).info
  }

  /** The id for which an alias of the model's stands; else the name itself. */
  idOf(name: string): string {
    return this.#voices.idOf(name)
  }

  /** The cache key of a voice. Throws VOICE_NOT_FOUND. */
  async keyOf(id: string, owner?: string): Promise<string> {
    await this.#meet(id, owner)
    return this.#voices.find(id, owner).key
  }

  /** Features of a voice from its file. Throws VOICE_NOT_FOUND, also where a user's file was damaged meanwhile. */
  async load(id: string, owner?: string): Promise<Voice> {
    const { path, key, info } = this.#voices.find(id, owner)
    if (info.origin === 'bundle') return { ...(await readVoice(path)), key }
    return this.#files.run(basename(path), () => this.#loadStored(id, owner))
  }

  async #loadStored(id: string, owner: string | undefined): Promise<Voice> {
    const entry = this.#voices.find(id, owner)
    const voice = await readOrQuarantine(entry.path, this.#shape, this.#events)
    if (voice instanceof Error) {
      throw new TtsError('STORAGE_FAILED', 'Voice not readable', `the file of '${id}' cannot be read now`, {
        status: 503,
        retryAfterSeconds: 5,
        cause: voice,
      })
    }
    if (voice !== undefined) return { ...voice, key: entry.key }
    this.#voices.remove(entry)
    const detail = `the file of '${id}' was damaged and is set aside`
    throw new TtsError('VOICE_NOT_FOUND', 'Voice not found', detail)
  }

  /**
   * Throws INVALID_PARAMETER where `id` cannot be a new voice's. VOICE_EXISTS where `owner` has it and it shall not be
   * replaced. STORAGE_FAILED where so many bytes more are not kept.
   */
  checkRoom(name: string, owner: string | undefined, replace: boolean, bytes = 0): void {
    const id = canonicalVoiceId(name)
    if (!isVoiceId(id)) {
      const detail = `${VOICE_ID_RULE}, got '${id.slice(0, 80)}'`
      throw new TtsError('INVALID_PARAMETER', 'Invalid voice id', detail)
    }
    if (this.#voices.isModels(id)) {
      throw new TtsError('INVALID_PARAMETER', 'Invalid voice id', `'${id}' is a voice of the model`)
    }
    const before = this.#voices.get(id, owner)
    const arriving = [...this.#arriving].filter((each) => each.id !== id || each.owner !== owner)
    if ((before !== undefined || arriving.length < this.#arriving.size) && !replace) {
      const detail = `'${id}' is stored already: expected another id, or replace=true`
      throw new TtsError('VOICE_EXISTS', 'Voice exists', detail)
    }
    const kept = [...this.#voices.stored().filter((entry) => entry !== before), ...arriving]
    const total = kept.reduce((sum, entry) => sum + entry.bytes, bytes)
    if (kept.length < this.#caps.voices && total <= this.#caps.bytes) return
    const { voices, bytes: most } = this.#caps
    const detail = `expected at most ${voices} stored voices of together ${most} bytes, got one more; delete some`
    throw new TtsError('STORAGE_FAILED', 'Too many voices', detail)
  }

  /** Stores a voice under `id`. Throws like `checkRoom`, and STORAGE_FAILED from the disk; then nothing has changed. */
  async store(name: string, voice: Voice, replace = false): Promise<StoredVoice> {
    const id = canonicalVoiceId(name)
    await this.#meet(id, voice.owner)
    this.checkRoom(id, voice.owner, replace, voiceBytes(voice))
    if (this.#folder === undefined) {
      throw new TtsError('INVALID_REQUEST', 'Invalid request', 'this server keeps no voices: set voicesDir')
    }
    const file = voiceFileName(id, voice.owner)
    const kept = isFileName(id) ? voice : { ...voice, id }
    const arriving = { id, owner: voice.owner, bytes: voiceBytes(voice) }
    this.#arriving.add(arriving)
    try {
      return await this.#files.run(file, () => this.#share(this.#folder!, file, kept))
    } finally {
      this.#arriving.delete(arriving)
    }
  }

  async #share(folder: string, file: string, voice: Voice): Promise<StoredVoice> {
    const { shared } = this.#events
    const bytes = encodeVoice(voice)
    if (shared === undefined) return await this.#keep(folder, file, bytes, voice)
    const earlier = await readFile(join(folder, file)).catch(() => undefined)
    await shared.put(file, bytes)
    try {
      return await this.#keep(folder, file, bytes, voice)
    } catch (error) {
      // Refused here, so it must not speak elsewhere, and what it was to replace stays.
      await (earlier === undefined ? shared.remove(file) : shared.put(file, earlier)).catch(() => {})
      throw error
    }
  }

  /** Before a voice is looked for: one that another node has stored is fetched. */
  async #meet(id: string, owner: string | undefined): Promise<void> {
    if (this.#events.shared !== undefined && !this.has(id, owner)) await this.#events.shared.pull()
  }

  /** Whether `owner` may speak with a voice of this name. */
  has(name: string, owner: string | undefined): boolean {
    return this.#voices.has(name, owner)
  }

  /**
   * Throws VOICE_NOT_FOUND, INVALID_REQUEST for a voice of the model. UNAUTHORIZED for one that another key stored, or
   * that was stored before keys were in use. Requests that use it now keep it.
   */
  async delete(id: string, owner?: string): Promise<void> {
    await this.#meet(id, owner)
    const { path } = this.#voices.find(id, owner)
    await this.#files.run(basename(path), () => this.#delete(id, owner))
  }

  async #delete(id: string, owner: string | undefined): Promise<void> {
    const entry = this.#voices.find(id, owner)
    const { path, info, owner: storedBy } = entry
    if (info.origin === 'bundle') {
      const detail = `'${id}' is a voice of the model and cannot be deleted`
      throw new TtsError('INVALID_REQUEST', 'Invalid request', detail)
    }
    if (owner !== undefined && storedBy !== owner) {
      const detail =
        storedBy === undefined
          ? `'${id}' was stored without a key: only a server without keys deletes it`
          : `'${id}' is shared by another key, which alone may delete it`
      throw new TtsError('UNAUTHORIZED', 'Forbidden', detail, { status: 403 })
    }
    await this.#events.shared?.remove(basename(path))
    await removeDurably(path, this.#events.fileCalls)
    this.#voices.remove(entry)
  }

  #copiesIn(folder: string): LocalFiles {
    return voiceCopies(folder, {
      ...{ voices: this.#voices, files: this.#files, shape: this.#shape, calls: this.#events.fileCalls },
      keep: (name, bytes, voice) => this.#keep(folder, name, bytes, voice),
    })
  }

  async #keep(folder: string, name: string, bytes: Uint8Array, voice: Voice): Promise<StoredVoice> {
    const path = join(folder, name)
    await writeDurably(path, bytes, this.#events.fileCalls)
    return this.#register(idIn(name, voice), path, 'user', voice)
  }

  async #addStored(folder: string, name: string): Promise<void> {
    const path = join(folder, name)
    const voice = await readOrQuarantine(path, this.#shape, this.#events)
    if (voice === undefined) return
    const leaveOut = (why: string) => this.#events.onUnreadable(`${path} is left out: ${why}`)
    if (voice instanceof Error) return leaveOut(describeError(voice))
    const id = idIn(name, voice)
    const why = this.#whyLeftOut(name, id, voice.owner)
    if (why === undefined) this.#register(id, path, 'user', voice)
    else leaveOut(why)
  }

  /** Of a whole voice that no request can have: a file that was renamed, or has the name of the model's own. */
  #whyLeftOut(name: string, id: string, owner: string | undefined): string | undefined {
    const expected = voiceFileName(id, owner)
    if (!isVoiceId(id)) return `its name is no voice's id: ${VOICE_ID_RULE}`
    if (name !== expected) return `the file of this voice is expected to be ${expected}`
    return this.#voices.isModels(id) ? `'${id}' is a voice of the model` : undefined
  }

  #register(
    id: string,
    path: string,
    origin: StoredVoice['origin'],
    voice: Voice,
    aliases: readonly string[] = [],
  ): StoredVoice {
    const info = { ...describedVoice(id, origin, voice), aliases }
    this.#voices.set({ path, info, key: keyFor(id, voice), owner: voice.owner, bytes: voiceBytes(voice) })
    return info
  }
}
