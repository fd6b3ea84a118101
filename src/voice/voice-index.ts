/** Which voices there are, by id and owner: which a key sees, and which of several with one id is meant. */
import { TtsError } from '../core/errors.ts'
import type { StoredVoice } from '../core/speech-port.ts'
import { canonicalVoiceId } from '../core/voice-id.ts'

export interface VoiceEntry {
  /** The key that stored it; undefined: the model's own, or stored before keys were in use. */
  readonly owner: string | undefined
  readonly path: string
  readonly info: StoredVoice
  /** Of its features in caches. */
  readonly key: string
  /** Of its features. */
  readonly bytes: number
}

/** At most so many ids stand in the answer to an unknown one. */
const NAMED_IDS = 20

export class VoiceIndex {
  /** By id, then by owner. */
  readonly #byId = new Map<string, Map<string | undefined, VoiceEntry>>()
  /** Further names of the model's own → id. */
  readonly #aliases = new Map<string, string>()
  readonly #onGone: (key: string) => void

  /** `onGone` is told of each key that no voice has any more: its own was removed, or has another one now. */
  constructor(onGone: (key: string) => void = () => {}) {
    this.#onGone = onGone
  }

  set(entry: VoiceEntry): void {
    const owners = this.#byId.get(entry.info.id) ?? new Map<string | undefined, VoiceEntry>()
    const before = owners.get(entry.owner)
    this.#byId.set(entry.info.id, owners.set(entry.owner, entry))
    for (const alias of entry.info.aliases ?? []) this.#aliases.set(alias, entry.info.id)
    if (before !== undefined && before.key !== entry.key) this.#onGone(before.key)
  }

  get(id: string, owner: string | undefined): VoiceEntry | undefined {
    return this.#byId.get(id)?.get(owner)
  }

  remove({ info, owner, key }: VoiceEntry): void {
    const owners = this.#byId.get(info.id)
    if (owners?.delete(owner) !== true) return
    if (owners.size === 0) this.#byId.delete(info.id)
    this.#onGone(key)
  }

  /** Those that users stored, of all owners. */
  stored(): VoiceEntry[] {
    return this.#all().filter(({ info }) => info.origin === 'user')
  }

  /** Whether a voice of the model has this id or alias. */
  isModels(id: string): boolean {
    return this.#aliases.has(id) || this.get(id, undefined)?.info.origin === 'bundle'
  }

  /** What `owner` may see, one voice an id: own voices, those without an owner, shared ones; all where it is undefined. */
  visible(owner: string | undefined): VoiceEntry[] {
    const seen = [...this.#byId.keys()].flatMap((id) => this.#seenAs(id, owner) ?? [])
    return seen.sort((a, b) => rank(a, owner) - rank(b, owner))
  }

  has(name: string, owner: string | undefined): boolean {
    return this.#seenAs(canonicalVoiceId(name), owner) !== undefined
  }

  /** The id for which an alias of the model's stands; else the name itself. */
  idOf(name: string): string {
    const id = canonicalVoiceId(name)
    return this.#aliases.get(id) ?? id
  }

  /** Throws VOICE_NOT_FOUND, with the same words for a voice of another owner as for none. */
  find(name: string, owner: string | undefined): VoiceEntry {
    const id = canonicalVoiceId(name)
    const entry = this.#seenAs(id, owner)
    if (entry !== undefined) return entry
    const known = this.visible(owner)
      .slice(0, NAMED_IDS)
      .map(({ info }) => `'${info.id}'`)
    const detail = `expected one of ${known.join(', ') || 'no voices'}, got '${id.slice(0, 80)}'`
    throw new TtsError('VOICE_NOT_FOUND', 'Voice not found', detail)
  }

  #seenAs(id: string, owner: string | undefined): VoiceEntry | undefined {
    return [...(this.#byId.get(this.idOf(id))?.values() ?? [])]
      .filter((entry) => owner === undefined || rank(entry, owner) < 2 || entry.info.shared)
      .sort((a, b) => rank(a, owner) - rank(b, owner))[0]
  }

  #all(): VoiceEntry[] {
    return [...this.#byId.values()].flatMap((owners) => [...owners.values()])
  }
}

/** Own first, then those without an owner, then shared ones. */
function rank(entry: VoiceEntry, owner: string | undefined): number {
  if (entry.owner === owner) return 0
  return entry.owner === undefined ? 1 : 2
}
