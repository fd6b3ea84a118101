/**
 * The acoustic lane's work: tokens → mel → samples, for many utterances, one model run after another.
 *
 * Knows: how far each utterance is. Does not know: threads, rings' memory, how it is woken. Whose run is next and how
 * large a hop is, is decided by `src/scheduler/acoustic-policy.ts`.
 *
 * An utterance's way: its voice's prompt is solved (once, for all who speak with it) → its state is forked from that →
 * blocks are solved as their tokens come, one encoder run and ten Euler steps each → the blocks of a hop go through the
 * vocoder together → samples wait here while the audio ring is full → the ring is ended, the slot left.
 * A turn makes one model run, so an urgent newcomer waits for one run and no longer.
 */
import assert from 'node:assert/strict'
import { concatFloats } from '../src/core/float-arrays.ts'
import type { FlowRunner } from '../src/engine/flow-runner.ts'
import type { FlowState } from '../src/engine/flow-state.ts'
import type { FlowWork } from '../src/engine/flow-work.ts'
import type { AcousticAdmission, ToAcousticLane } from '../src/lanes/messages.ts'
import {
  type AcousticLimits,
  type HopView,
  hopBlocks,
  listenerLeadMs,
  nextHop,
} from '../src/scheduler/acoustic-policy.ts'
import type { AudioSink, TempoStream, TokenSource, VocoderStream } from './acoustic-ports.ts'
import { type AnnouncePrompt, type VoiceEntry, VoiceStates } from './voice-states.ts'

export interface AcousticLaneParts {
  readonly flow: FlowRunner
  readonly samplesPerFrame: number
  readonly sampleRate: number
  readonly limits: AcousticLimits
  /** Bytes that flow states may take, those of prompts and of memory kept for later utterances included. */
  readonly stateBytes: number
  readonly openVocoder: (utterance: AcousticAdmission) => VocoderStream
  readonly openTempo: (speed: number) => TempoStream
  /** Mel of a whole utterance at another tempo. */
  readonly stretchMel: (mel: Float32Array, speed: number) => Float32Array
  readonly tokensOf: (slot: number) => TokenSource
  readonly audioOf: (slot: number) => AudioSink
  readonly leave: (slot: number, epoch: number, failed?: string) => void
  readonly announcePrompt: AnnouncePrompt
  readonly inModel: <T>(frames: number, run: () => T) => T
  readonly nowMs: () => number
}

interface Speaker {
  readonly slot: number
  readonly epoch: number
  readonly priority: 'stream' | 'batch'
  readonly arrivedMs: number
  readonly utterance: AcousticAdmission
  readonly voice: VoiceEntry
  readonly tokens: TokenSource
  readonly audio: AudioSink
  readonly vocoder: VocoderStream
  readonly tempo: TempoStream | undefined
  state: FlowState | undefined
  work: FlowWork | undefined
  /** Blocks of the hop under way that are still to be solved, and the frames of those that are. */
  blocksLeft: number
  frames: Float32Array[]
  /** Samples for which the ring had no room yet. */
  waiting: Float32Array
  solved: boolean
  firstAudioMs: number | undefined
  emittedMs: number
}

const NOTHING = new Float32Array(0)

export class AcousticLaneTurns {
  readonly #parts: AcousticLaneParts
  readonly #voices: VoiceStates
  readonly #speakers = new Map<number, Speaker>()

  constructor(parts: AcousticLaneParts) {
    this.#parts = parts
    this.#voices = new VoiceStates(parts.flow, parts.announcePrompt)
  }

  get size(): number {
    return this.#speakers.size
  }

  /** Bytes that flow states take, prompts and memory kept for later utterances included. */
  get stateBytes(): number {
    let bytes = this.#voices.bytes + this.#parts.flow.memory.bytes
    for (const { state } of this.#speakers.values()) bytes += state?.memory.bytes ?? 0
    return bytes
  }

  /** Takes a message in. A cancel for an utterance that has left already is late and without effect. */
  apply(message: ToAcousticLane): void {
    switch (message.type) {
      case 'voice':
        return this.#voices.add(message.key, message)
      case 'prompt':
        return this.#voices.adopt(message.key, message.prompt)
      case 'dropVoice':
        return this.#voices.drop(message.key)
      case 'admit':
        return this.#admit(message)
      case 'cancel': {
        const speaker = this.#speakers.get(message.slot)
        if (speaker?.epoch === message.epoch) this.#leave(speaker)
        return
      }
      default:
        message satisfies never
    }
  }

  /** One turn; false when there was nothing to do. */
  turn(): boolean {
    for (const speaker of this.#speakers.values()) this.#deliver(speaker)
    const speakers = [...this.#speakers.values()]
    const views = speakers.map((speaker) => this.#view(speaker))
    const next = nextHop(views, this.#parts.limits)
    if (next < 0) return false
    const speaker = speakers[next]!
    try {
      this.#run(speaker, views[next]!)
    } catch (error) {
      this.#leave(speaker, (error as Error).message)
    }
    return true
  }

  #admit({ slot, epoch, priority, arrivedMs, utterance }: Extract<ToAcousticLane, { type: 'admit' }>): void {
    const { tokensOf, audioOf, openVocoder, openTempo } = this.#parts
    assert(!this.#speakers.has(slot), `slot ${slot} is lent twice`)
    this.#speakers.set(slot, {
      slot,
      epoch,
      priority,
      arrivedMs,
      utterance,
      voice: this.#voices.use(utterance.voiceKey),
      tokens: tokensOf(slot),
      audio: audioOf(slot),
      vocoder: openVocoder(utterance),
      // A whole utterance changes its tempo on the mel, as the reference does.
      tempo: utterance.mode === 'blocks' && utterance.speed !== 1 ? openTempo(utterance.speed) : undefined,
      state: undefined,
      work: undefined,
      blocksLeft: 0,
      frames: [],
      waiting: NOTHING,
      solved: false,
      firstAudioMs: undefined,
      emittedMs: 0,
    })
  }

  #view(speaker: Speaker): HopView {
    const { slot, priority, arrivedMs, firstAudioMs, emittedMs } = speaker
    return { id: slot, priority, arrivedMs, firstAudioMs, emittedMs, runnable: this.#runnable(speaker) }
  }

  /** Whether a run for this utterance can be made now. */
  #runnable(speaker: Speaker): boolean {
    if (speaker.solved || speaker.waiting.length > 0) return false
    if (speaker.work !== undefined) return true
    if (speaker.utterance.mode === 'whole') return speaker.tokens.ended
    // The prompt can be solved while the LLM still makes the first tokens.
    if (speaker.state === undefined && speaker.voice.prompt === undefined) return true
    return this.#blockIsThere(speaker) && this.#mayGrow(speaker)
  }

  /** Tokens for the next block are there: with their look-ahead, or up to the end of speech. */
  #blockIsThere({ tokens, state, voice }: Speaker): boolean {
    const { ended } = tokens
    return ended || tokens.available >= this.#blockNeeds(state ?? voice.prompt!)
  }

  #blockNeeds(state: Pick<FlowState, 'pendingTokens'>): number {
    const { blockTokens, lookahead } = this.#parts.flow.dims
    return Math.max(0, blockTokens + lookahead - state.pendingTokens)
  }

  /**
   * Whether there is memory for this utterance's next block. The oldest of those under way may always go on: so
   * someone finishes and frees memory, whatever the budget, and new ones wait instead of failing.
   */
  #mayGrow(speaker: Speaker): boolean {
    const { flow, stateBytes } = this.#parts
    const expendable = flow.memory.bytes + this.#voices.idleBytes
    if (this.stateBytes + this.#growth(speaker) - expendable <= stateBytes) return true
    const holders = [...this.#speakers.values()].filter(({ state }) => state !== undefined)
    const oldest = holders.length === 0 ? this.#oldest([...this.#speakers.values()]) : this.#oldest(holders)
    return oldest === speaker
  }

  /** Bytes that this utterance's next block adds to what all states take. */
  #growth(speaker: Speaker): number {
    const { flow } = this.#parts
    const { state, voice } = speaker
    const solved = (state ?? voice.prompt!).solvedTokens
    const has = state?.memory.bytes ?? flow.memory.bytesOfNext(this.#capacity(speaker))
    return Math.max(0, flow.stateBytes(solved + flow.dims.blockTokens) - has)
  }

  /** Lets go of what nobody uses, as far as this utterance's next block needs it. */
  #makeRoom(speaker: Speaker): void {
    const { flow, stateBytes } = this.#parts
    const over = () => this.stateBytes + this.#growth(speaker) - stateBytes
    if (over() > 0) flow.memory.trim(over())
    if (over() > 0) this.#voices.free(over())
  }

  #oldest(speakers: readonly Speaker[]): Speaker | undefined {
    return speakers.reduce<Speaker | undefined>(
      (old, each) => (old && old.arrivedMs <= each.arrivedMs ? old : each),
      undefined,
    )
  }

  /** The next model run of an utterance, and what follows from it. */
  #run(speaker: Speaker, view: HopView): void {
    const { inModel, flow } = this.#parts
    if (speaker.work === undefined) {
      if (speaker.tokens.failed) throw new Error('the speech tokens ended early')
      if (speaker.utterance.mode === 'whole') return this.#beginWhole(speaker)
      if (speaker.state === undefined && speaker.voice.prompt === undefined) {
        inModel(0, () => this.#voices.solve(speaker.voice))
        return
      }
      this.#makeRoom(speaker)
      speaker.state ??= flow.fork(speaker.voice.prompt!, this.#capacity(speaker))
      if (!this.#beginBlock(speaker, view)) return
    }
    const work = speaker.work!
    inModel(0, () => work.step())
    if (work.runsLeft > 0) return
    speaker.work = undefined
    speaker.frames.push(work.finish())
    if (speaker.utterance.mode === 'whole') return this.#vocode(speaker, true)
    speaker.blocksLeft--
    const last = speaker.state!.ended
    if (speaker.blocksLeft <= 0 || last) this.#vocode(speaker, last)
  }

  #capacity({ voice, utterance }: Speaker): number {
    return voice.voice.speechTokens.length + utterance.expectedTokens
  }

  #beginWhole(speaker: Speaker): void {
    const { tokens, voice } = speaker
    const all = tokens.take(tokens.available)
    if (all.length === 0) return this.#vocode(speaker, true)
    speaker.work = this.#parts.flow.whole(voice.voice, all)
  }

  /** Moves the next block's tokens into the state and begins it; false where speech turned out to have ended. */
  #beginBlock(speaker: Speaker, view: HopView): boolean {
    const { flow, nowMs, limits } = this.#parts
    const { tokens } = speaker
    const state = speaker.state!
    const { ended } = tokens
    const taken = tokens.take(this.#blockNeeds(state))
    // The last blocks of a speech that has ended need nothing more.
    if (taken.length > 0) state.push(taken)
    if (ended && tokens.available === 0) state.finish()
    if (state.ended) {
      this.#vocode(speaker, true)
      return false
    }
    speaker.work = flow.begin(state)
    assert(speaker.work !== undefined, 'a block was there and cannot be begun')
    if (speaker.blocksLeft <= 0) {
      const { blockTokens } = flow.dims
      const ready = 1 + Math.floor(Math.max(0, tokens.available) / blockTokens)
      speaker.blocksLeft = hopBlocks(listenerLeadMs(view, nowMs()), ready, limits)
    }
    return true
  }

  /** Sends the hop's frames through the vocoder; after the `last` nothing is left to solve. */
  #vocode(speaker: Speaker, last: boolean): void {
    const { inModel, stretchMel } = this.#parts
    let mel = concatFloats(speaker.frames)
    speaker.frames = []
    speaker.blocksLeft = 0
    const { mode, speed } = speaker.utterance
    if (mode === 'whole' && speed !== 1) mel = stretchMel(mel, speed)
    const frames = mel.length / this.#parts.flow.dims.mels
    const made = inModel(frames, () => speaker.vocoder.push(mel, last))
    speaker.waiting = speaker.tempo === undefined ? made : speaker.tempo.push(made, last)
    if (last) {
      speaker.solved = true
      this.#releaseState(speaker)
    }
    this.#deliver(speaker)
  }

  /** Puts waiting samples into the ring as far as there is room; ends the ring after the last. */
  #deliver(speaker: Speaker): void {
    const { nowMs, sampleRate } = this.#parts
    if (speaker.waiting.length > 0) {
      const moved = speaker.audio.push(speaker.waiting)
      if (moved > 0) {
        speaker.waiting = speaker.waiting.subarray(moved)
        speaker.firstAudioMs ??= nowMs()
        speaker.emittedMs += (moved / sampleRate) * 1000
      }
    }
    if (speaker.solved && speaker.waiting.length === 0) this.#leave(speaker)
  }

  /** Ends the utterance here: what it holds, its ring, and main's knowledge of it. */
  #leave(speaker: Speaker, failed?: string): void {
    if (this.#speakers.get(speaker.slot) !== speaker) return
    this.#speakers.delete(speaker.slot)
    speaker.work?.close()
    this.#releaseState(speaker)
    this.#voices.leave(speaker.voice)
    const complete = speaker.solved && speaker.waiting.length === 0 && failed === undefined
    speaker.audio.end(!complete)
    this.#parts.leave(speaker.slot, speaker.epoch, failed)
  }

  #releaseState(speaker: Speaker): void {
    speaker.state?.release()
    speaker.state = undefined
  }
}
