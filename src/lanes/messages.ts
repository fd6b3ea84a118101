/**
 * Every message between the main thread and a device's lanes, both directions. Both sides import this file.
 *
 * A device serves a fixed number of *slots*. A slot is one utterance: one run of the LLM and the speech that comes of
 * it. It has a token ring (LLM lane → acoustic lane) and an audio ring (acoustic lane → main). They are made once at
 * the device's start and lent to one utterance after another. Messages carry control only, never tokens or samples.
 *
 * A device has one LLM lane and one acoustic lane or more; an utterance stays with the acoustic lane it was given to.
 *
 * A slot's life:
 *
 *   main sends `admit` to its two lanes
 *   → tokens flow → the LLM lane marks the token ring ended and sends `left`
 *   → samples flow → the acoustic lane marks the audio ring ended and sends `left`
 *
 * After `cancel` each lane drops
 * what it has, whatever its state, and sends `left`. Only when both have left may main lend the slot again: until then
 * either may still touch the rings. `epoch` counts a slot's utterances, so that a late message is recognised as late.
 */
import type { AcousticRequest } from '../core/acoustic-request.ts'
import type { CudaFolders } from '../core/cuda-folders.ts'
import type { SharedPrompt } from '../core/shared-prompt.ts'
import type { StageTimes } from '../core/stage-clock.ts'
import type { LaneThreads } from '../core/thread-split.ts'

/** What the LLM is told of an utterance. Ids are the tokenizer's and the speech codebook's own, not graph rows. */
export interface LlmAdmission {
  readonly promptTextIds: Int32Array
  readonly promptSpeechTokens: Int32Array
  /** The whole text, or what is there so far of a live one. */
  readonly textIds: Int32Array
  /** More text may come: the 5:15 interleave of the reference's `inference_bistream`. */
  readonly live: boolean
  readonly seed: number
  readonly sampling: 'ras' | 'greedy'
  /** Where set, these tokens are spoken instead of asking the LLM. */
  readonly givenTokens?: Int32Array
  /** Its stages are to be told with `left`. */
  readonly isTraced?: boolean
  /**
   * Where set, the slot's ring of places is told of each speech token which token of the text it says. The text begins
   * behind so many of `textIds`.
   */
  readonly placesBehind?: number
}

interface SlotMessage {
  readonly slot: number
  readonly epoch: number
}

interface Arrival {
  readonly priority: 'stream' | 'batch'
  /** On the process-wide monotonic clock (`monotonicMs`). */
  readonly arrivedMs: number
}

export type ToLlmLane =
  | (SlotMessage &
      Arrival & {
        readonly type: 'admit'
        readonly utterance: LlmAdmission
        /** Which of the device's acoustic lanes takes the tokens, and is woken for them. */
        readonly acousticLane: number
      })
  | (SlotMessage & { readonly type: 'append'; readonly textIds: Int32Array })
  | (SlotMessage & { readonly type: 'finish' })
  | (SlotMessage & { readonly type: 'cancel' })

export type ToAcousticLane =
  | {
      readonly type: 'voice'
      readonly key: string
      readonly speechTokens: Int32Array
      readonly mel: Float32Array
      readonly embedding: Float32Array
    }
  /** Another lane of the device has solved this voice's prompt: its state, to read only. */
  | { readonly type: 'prompt'; readonly key: string; readonly prompt: SharedPrompt }
  | { readonly type: 'dropVoice'; readonly key: string }
  | (SlotMessage &
      Arrival & {
        readonly type: 'admit'
        readonly utterance: AcousticRequest
        /** When its listener has heard what comes before it, at the earliest; undefined: it waits for this. */
        readonly neededMs?: number
      })
  | (SlotMessage & { readonly type: 'cancel' })

/** How an utterance left a lane. */
export interface LeftHow {
  readonly failed?: string
  /** When it ran, where it is traced. */
  readonly stages?: readonly StageTimes[]
}

export type LaneRole = 'llm' | 'acoustic'

export type FromLane =
  /** Models are loaded and warm; `stepMs` of one decoding step, from an LLM lane. */
  | { readonly type: 'ready'; readonly stepMs?: number }
  /** The lane will not touch this slot's rings again; `failed` where its utterance ended early, with the reason. */
  | (SlotMessage & LeftHow & { readonly type: 'left' })
  /** The acoustic lane holds this voice's solved prompt, its own work or another lane's … */
  | { readonly type: 'promptHeld'; readonly key: string; readonly prompt: SharedPrompt }
  /** … or had to let it go. */
  | { readonly type: 'promptGone'; readonly key: string }
  /** What the lane holds, and how full its last runs were: what the status page shows. */
  | { readonly type: 'stats'; readonly stats: LaneStats }
  /** The lane cannot go on; its thread ends after this. `deviceLost`: nor can any other of its device in this process. */
  | { readonly type: 'died'; readonly message: string; readonly deviceLost?: boolean }

export interface LaneStats {
  /** Rows in use and in all (LLM), bytes of flow state in use and in all (acoustic). */
  readonly used: number
  readonly total: number
  /** Mean rows per step (LLM), utterances per run (acoustic) since the last such message; 0 where there were none. */
  readonly meanBatch: number
  readonly waiting: number
  /** Share of the time since the last such message that a model ran. */
  readonly busy: number
}

/** What a lane's thread is started with. */
export interface LaneStart {
  readonly role: LaneRole
  readonly bundleDir: string
  readonly device: LaneDevice
  /** The lane's own control block, the LLM lane's, and those of the lanes that tokens are handed to. */
  readonly control: SharedArrayBuffer
  readonly llmControl: SharedArrayBuffer
  readonly acousticControls: readonly SharedArrayBuffer[]
  /** Those of all lanes of the device but this one. */
  readonly otherControls: readonly SharedArrayBuffer[]
  /** Addresses of the model sessions that the lane has open, for the one that takes its place should it die. */
  readonly sessions: SharedArrayBuffer
  /** The same of blocks of a card's memory. */
  readonly blocks: SharedArrayBuffer
  readonly tokenRings: readonly SharedArrayBuffer[]
  readonly audioRings: readonly SharedArrayBuffer[]
  /** LLM lane → main: of each speech token the text token that it says. */
  readonly placeRings: readonly SharedArrayBuffer[]
  /** Lanes → main: what was done for each slot (`work-marks.ts`). */
  readonly workMarks: SharedArrayBuffer
  readonly tuning: LaneTuning
  /** Runs may be captured: nothing else of the device runs until this lane is ready. */
  readonly quiet: boolean
  /** Of the bundle's solvers; its first where not given. */
  readonly flowSolver?: string
  /** Which ids may not come while speech may not end: the bundle's, or that which the reference bars. */
  readonly compat?: 'own' | 'reference'
}

/** Where a lane computes. The same fields whatever the device: the engine turns them into session options. */
export interface LaneDevice extends LaneThreads, CardOptions {
  readonly kind: 'cpu' | 'cuda'
  /** The GPU's number; 0 for a CPU share. */
  readonly index: number
}

/** Of a GPU. */
export interface CardOptions {
  readonly libraries?: CudaFolders
  /** Decoding steps and evaluations of the flow are captured at the start; not where not given. */
  readonly captures?: boolean
}

/** Parameters that a device's profile sets and the tuner searches; see src/config for units and ranges. */
export interface LaneTuning {
  readonly llmSlots: number
  readonly llmMaxBatch: number
  readonly kvCapacity: number
  readonly prefillChunk: number
  readonly prefillChunkIdle: number
  readonly minLeadTokens: number
  readonly maxLeadTokens: number
  readonly acousticBatch: number
  readonly maxHopBlocks: number
  readonly hopGrowthMs: number
  readonly batchBoundMs: number
  readonly flowStateBytes: number
}
