/**
 * Voices in memory: extracted once per content, however many callers ask at once, and kept while in use.
 *
 * A one-off is a recording that came once, or a voice that was deleted: after some idle time it leaves, with its state
 * in the lanes. Stored voices, and recordings that come again, stay as long as there is room.
 *
 * States of a voice:
 *
 *   extracting  one promise, shared by all callers
 *   held        a count of leases; never evicted
 *   idle        in the LRU, from the release of the last lease; then held again, or evicted when bytes run out
 */
import assert from 'node:assert/strict'
import { LRUCache } from 'lru-cache'
import { TtsError } from '../core/errors.ts'
import { type Voice, voiceBytes } from '../core/voice.ts'

/** Keys that are remembered after their voice has left, to know a recording that comes again. */
const REMEMBERED_KEYS = 2000

export type VoiceOrigin = 'stored' | 'recording'

export interface VoiceLease {
  readonly voice: Voice
  /** Whether it was there, or already being extracted, when it was asked for. */
  readonly cached: boolean
  /** Idempotent. */
  release(): void
}

export interface VoiceCacheStats {
  /** Voices with at least one lease, and bytes of all voices that are here. */
  readonly held: number
  readonly bytes: number
}

/** An extraction that several callers may wait for; called off when the last of them has left. */
interface Extraction {
  readonly voice: Promise<Voice>
  readonly calledOff: AbortController
  waiting: number
}

export class VoiceCache {
  readonly #idle: LRUCache<string, Voice>
  readonly #held = new Map<string, { readonly voice: Voice; leases: number }>()
  readonly #extracting = new Map<string, Extraction>()
  readonly #onEvict: (key: string) => void
  /** Recordings that were asked for: true once they came again. Stored voices that are deleted: false. */
  readonly #recordings = new LRUCache<string, boolean>({ max: REMEMBERED_KEYS })
  /** One-offs that were idle at the last `expire`, and have been since. */
  #unused = new Set<string>()

  /** `onEvict` is told of every voice that leaves memory, so that lanes can drop the state they made for it. */
  constructor(maxIdleBytes: number, onEvict: (key: string) => void = () => {}) {
    this.#onEvict = onEvict
    this.#idle = new LRUCache({
      maxSize: maxIdleBytes,
      sizeCalculation: voiceBytes,
      dispose: (_voice, key, reason) => {
        // Taking a voice out of the idle ones to hold it is a 'delete'; only pressure is an eviction.
        if (reason === 'evict') this.#onEvict(key)
      },
    })
  }

  /**
   * A lease on the voice under `key`, extracted by `extract` where it is not here. Simultaneous callers share one
   * extraction; when that fails, each of them gets its error and the next caller tries anew. A caller whose `signal`
   * is aborted gets CANCELLED; the extraction's own signal is aborted with its last caller's.
   */
  async acquire(
    key: string,
    extract: (signal: AbortSignal) => Promise<Voice>,
    signal = new AbortController().signal,
    origin: VoiceOrigin = 'stored',
  ): Promise<VoiceLease> {
    if (origin === 'recording') this.#recordings.set(key, this.#recordings.has(key))
    const cached = this.#held.has(key) || this.#idle.has(key) || this.#extracting.has(key)
    const voice = this.#find(key) ?? (await this.#join(key, this.#extractOnce(key, extract), signal))
    return this.#lease(key, voice, cached)
  }

  /** Drops an idle voice; a held one stays until its last lease is released, and is then idle as any other. */
  forget(key: string): void {
    if (this.#idle.delete(key)) this.#onEvict(key)
  }

  /** A stored voice was deleted or replaced: it is a one-off from now on. */
  retire(key: string): void {
    this.#recordings.set(key, false)
  }

  /** Drops the one-offs without a lease since the last call; bytes freed. */
  expire(): number {
    const before = this.#idle.calculatedSize
    for (const key of this.#unused) this.forget(key)
    const freed = before - this.#idle.calculatedSize
    this.#unused = new Set([...this.#idle.keys()].filter((key) => this.#recordings.get(key) === false))
    return freed
  }

  stats(): VoiceCacheStats {
    let bytes = this.#idle.calculatedSize
    for (const { voice } of this.#held.values()) bytes += voiceBytes(voice)
    return {
      held: this.#held.size,
      bytes,
    }
  }

  #find(key: string): Voice | undefined {
    return this.#held.get(key)?.voice ?? this.#idle.get(key)
  }

  #extractOnce(key: string, extract: (signal: AbortSignal) => Promise<Voice>): Extraction {
    const running = this.#extracting.get(key)
    if (running !== undefined) return running
    const calledOff = new AbortController()
    const voice = extract(calledOff.signal).finally(() => this.#forgetExtraction(key, extraction))
    const extraction: Extraction = { voice, calledOff, waiting: 0 }
    this.#extracting.set(key, extraction)
    return extraction
  }

  #join(key: string, extraction: Extraction, signal: AbortSignal): Promise<Voice> {
    extraction.waiting++
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(new TtsError('CANCELLED', 'Cancelled', 'the client left'))
        if (--extraction.waiting > 0) return
        // The next caller starts anew instead of joining what is being called off.
        this.#forgetExtraction(key, extraction)
        extraction.calledOff.abort()
      }
      void extraction.voice.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
    })
  }

  #forgetExtraction(key: string, extraction: Extraction): void {
    if (this.#extracting.get(key) === extraction) this.#extracting.delete(key)
  }

  #lease(key: string, voice: Voice, cached: boolean): VoiceLease {
    const entry = this.#held.get(key) ?? { voice, leases: 0 }
    entry.leases++
    this.#held.set(key, entry)
    this.#idle.delete(key)
    this.#unused.delete(key)
    let released = false
    const release = () => {
      if (released) return
      released = true
      this.#giveBack(key)
    }
    return { voice: entry.voice, cached, release }
  }

  #giveBack(key: string): void {
    const entry = this.#held.get(key)
    assert(
      entry !== undefined && entry.leases > 0,
      `voice ${key} is released more often than it was acquired`,
    )
    entry.leases--
    if (entry.leases > 0) return
    this.#held.delete(key)
    // A voice larger than the whole budget is refused by the LRU without a word: it is gone, so say so.
    this.#idle.set(key, entry.voice)
    if (!this.#idle.has(key)) this.#onEvict(key)
  }
}
