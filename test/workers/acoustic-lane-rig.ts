/** An acoustic lane as its tests drive it: a real flow, a vocoder that gives mel back, slots in plain arrays, and a clock. */
import assert from 'node:assert/strict'
import { TtsError } from '../../src/core/errors.ts'
import { FlowVocoderModel } from '../../src/engine/acoustic/flow-vocoder-model.ts'
import type { FlowVocoderUtterance } from '../../src/engine/acoustic/flow-vocoder-utterance.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { VocoderStream } from '../../src/engine/vocoder/vocoder-net.ts'
import { AcousticLaneTurns } from '../../workers/acoustic-lane-turns.ts'
import { goldenVoice, solveAll } from '../helpers/tiny-flow.ts'

export const MELS = 80
/** Utterances that may share a run. */
export const TOGETHER = 4

/** What the lane sees of one slot. The vocoder gives a sample for every value of mel. */
export interface RigSlot {
  tokens: number[]
  ended: boolean
  failed: boolean
  samples: number[]
  /** Samples that the listener still takes. */
  room: number
  end: 'complete' | 'failed' | undefined
}

export class AcousticLaneRig {
  slots: RigSlot[] = []
  left: { slot: number; failed: string | undefined }[] = []
  /** Utterances in each run of the vocoder. */
  readonly vocoded: number[] = []
  /** Set to make the vocoder throw; what begins with CUDA, as a lost card does. */
  broken: string | undefined
  /** ms that have gone by beside the one that each look at the clock takes. */
  passedMs = 0
  /** What the lane said before each run: whether it is for its only utterance. */
  aloneInRuns: boolean[] = []
  /** Whose each run was. */
  worked: number[] = []
  model!: FlowVocoderModel
  lane!: AcousticLaneTurns<FlowVocoderUtterance>
  readonly #flow: FlowRunner

  constructor(flow: FlowRunner) {
    this.#flow = flow
    this.open(5e8)
  }

  /** A fresh lane with so many bytes for states. */
  open(stateBytes: number, acousticBatch = TOGETHER): void {
    let clock = 0
    this.model = this.#openModel()
    this.lane = new AcousticLaneTurns({
      model: this.model,
      limits: { maxHopBlocks: 2, hopGrowthMs: 500, batchBoundMs: 2000, acousticBatch },
      stateBytes,
      tokensOf: (slot) => this.#tokensOf(slot),
      audioOf: (slot) => this.#audioOf(slot),
      leave: (slot, _epoch, failed) => this.left.push({ slot, failed }),
      nowMs: () => this.passedMs + clock++,
      onRun: (alone) => this.aloneInRuns.push(alone),
      onWork: (slot) => this.worked.push(slot),
    })
  }

  admit(tokens: readonly number[], ended = true, mode: 'blocks' | 'whole' = 'blocks'): RigSlot {
    const slot: RigSlot = {
      tokens: [...tokens],
      ended,
      failed: false,
      samples: [],
      room: Infinity,
      end: undefined,
    }
    this.slots.push(slot)
    this.lane.apply({ type: 'voice', key: 'anna', ...goldenVoice })
    this.lane.apply({
      type: 'admit',
      slot: this.slots.length - 1,
      epoch: 1,
      priority: 'stream',
      arrivedMs: this.slots.length,
      utterance: {
        voiceKey: 'anna',
        mode,
        speed: 1,
        seed: 1,
        sourceNoise: 'seeded',
        expectedTokens: 100,
      },
    })
    return slot
  }

  /** Turns until nothing is left to do. */
  serve(): void {
    for (let turns = 0; this.lane.turn(); turns++) assert.ok(turns < 5000, 'the lane finds no end')
  }

  /** Mel of the tokens, solved without a lane. */
  readonly alone = async (tokens: ArrayLike<number>): Promise<Float32Array> => {
    const state = this.#flow.open(goldenVoice, 200)
    state.push(tokens)
    state.finish()
    const mel = solveAll(this.#flow, state)
    state.release()
    return mel
  }

  #openModel(): FlowVocoderModel {
    return new FlowVocoderModel({
      flow: this.#flow,
      vocoder: {
        sampleRate: 100 * MELS,
        noise: () => () => {},
        open: () => ({}) as VocoderStream,
        key: ({ mel, ended }) => `${mel.length} ${ended}`,
        pushTogether: (requests) => {
          if (this.broken?.startsWith('CUDA'))
            throw new TtsError('DEVICE_UNAVAILABLE', 'vocoder.onnx', this.broken)
          if (this.broken !== undefined) throw new Error(this.broken)
          this.vocoded.push(requests.length)
          return requests.map(({ mel }) => mel)
        },
      },
      maxHopBlocks: 2,
      announcePrompt: () => {},
      inModel: (_frames, run) => run(),
    })
  }

  #tokensOf(index: number) {
    const slot = () => this.slots[index]!
    return {
      get available() {
        return slot().tokens.length
      },
      get ended() {
        return slot().ended
      },
      get failed() {
        return slot().failed
      },
      take: (count: number) => Int32Array.from(slot().tokens.splice(0, count)),
    }
  }

  #audioOf(index: number) {
    const slot = () => this.slots[index]!
    return {
      push: (samples: Float32Array) => {
        const taken = samples.subarray(0, slot().room)
        slot().room -= taken.length
        slot().samples.push(...taken)
        return taken.length
      },
      end: (failed: boolean) => {
        slot().end = failed ? 'failed' : 'complete'
      },
    }
  }
}
