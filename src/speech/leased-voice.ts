/** A prepared voice, what its text needs to know of it, and the lease that keeps it. */
import type { Dictionary, PromptWarning, VoiceHandle } from '../core/speech-port.ts'
import type { Voice } from '../core/voice.ts'
import { languageOf } from '../core/voice-language.ts'
import type { VoiceLease } from '../voice/voice-cache.ts'

export class LeasedVoice implements VoiceHandle {
  readonly voice: Voice
  readonly cached: boolean
  readonly warnings: readonly PromptWarning[]
  readonly #lease: VoiceLease
  /** Language of the voice, by its recording where it was stored without one; and the words that are kept for it. */
  readonly language: string | undefined
  readonly words: Dictionary
  /** That stood before the text of this request's recording; empty where none did. */
  readonly instruction: string

  constructor(
    lease: VoiceLease,
    words: Dictionary,
    {
      warnings = [],
      instruction = '',
    }: Pick<VoiceHandle, 'warnings'> & { readonly instruction?: string } = {},
  ) {
    this.instruction = instruction
    this.language = lease.voice.language ?? languageOf(lease.voice.transcript)
    this.words = words
    this.voice = lease.voice
    this.cached = lease.cached
    this.warnings = warnings
    this.#lease = lease
  }
  get key(): string {
    return this.voice.key
  }
  get seconds(): number {
    return this.voice.seconds
  }
  release(): void {
    this.#lease.release()
  }
}
