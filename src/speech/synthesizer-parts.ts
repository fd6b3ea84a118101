/** What a synthesizer is made of. */
import type { Bundle } from '../core/bundle.ts'
import type { Device } from '../lanes/device.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { StageCosts } from '../scheduler/stage-meter.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import type { DictionaryStore } from '../voice/dictionary-store.ts'
import type { VoiceCache } from '../voice/voice-cache.ts'
import type { VoiceLibrary } from '../voice/voice-library.ts'
import type { VoiceMaker } from '../voice/voice-maker.ts'
import type { Admission } from './admission.ts'
import type { PromptRoom } from './prompt-room.ts'

export interface SynthesizerParts {
  readonly bundle: Bundle
  readonly models: readonly string[]
  readonly tokenizer: TextTokenizer
  readonly devices: readonly Device[]
  readonly scheduler: Scheduler
  readonly voices: VoiceCache
  readonly library: VoiceLibrary
  readonly dictionaries: DictionaryStore
  readonly maker: VoiceMaker
  readonly maxTextLength: number
  readonly promptRoom: PromptRoom
  /** Of one text, pauses included; Infinity: as long as it comes to. */
  readonly maxSpeechSeconds: number
  /** Undefined: a free slot is enough to begin. */
  readonly admission?: Admission | undefined
  /** Seconds of audio that the devices make per second. */
  readonly rate: () => number
  /** What a second of speech costs in each stage. */
  readonly costs: () => StageCosts | undefined
  /** ms that an utterance waited for its slot. */
  readonly onQueueWait: (ms: number) => void
}
