/**
 * The acoustic lane's work: tokens → mel → samples, for many utterances, one model run after another.
 *
 * Knows: how far each utterance is, which of them could share a run. Does not know: threads, rings' memory, how it is
 * woken. The next run, its companions and the size of a hop are decided by `src/scheduler/acoustic-policy.ts`.
 *
 * An utterance's way: its voice's prompt is solved (once, for all its utterances) → its state is forked from that →
 * blocks are solved as their tokens come, one encoder run and ten Euler steps each → the blocks of a hop go through the
 * vocoder together → samples wait here while the audio ring is full → the ring is ended, the slot left.
 * A turn makes one model run, so an urgent newcomer waits for one run and no longer. A run is of one utterance, or
 * where the device gains from that of several whose next blocks, or finished hops, are of the same length.
 */
import assert from 'node:assert/strict'
import { concatFloats } from '../src/core/float-arrays.ts'
import type { FlowRunner } from '../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../src/engine/flow/flow-state.ts'
import type { ToAcousticLane } from '../src/lanes/messages.ts'
import {
  type AcousticLimits,
  companions,
  type HopView,
  hopGoesOn,
  listenerLeadMs,
  nextHop,
} from '../src/scheduler/acoustic-policy.ts'
import type { AudioSink, HopVocoder, TempoStream, TokenSource } from './acoustic-ports.ts'
import type { Speaker } from './acoustic-speaker.ts'
import { SolveGroup } from './solve-group.ts'
import { StateBudget } from './state-budget.ts'
import { type AnnouncePrompt, VoiceStates } from './voice-states.ts'

export interface AcousticLaneParts {
  readonly flow: FlowRunner
  readonly vocoder: HopVocoder
  readonly sampleRate: number
  readonly limits: AcousticLimits
  /** Bytes that flow states may take, those of prompts and of memory kept for later utterances included. */
  readonly stateBytes: number
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

const NOTHING = new Float32Array(0)

export class AcousticLaneTurns {
  readonly #parts: AcousticLaneParts
  readonly #voices: VoiceStates
  readonly #budget: StateBudget
  readonly #speakers = new Map<number, Speaker>()
  /** Since the last look: runs of blocks and hops, and the utterances in them. */
  #runs = 0
  #rows = 0

  constructor(parts: AcousticLaneParts) {
    this.#parts = parts
    this.#voices = new VoiceStates(parts.flow, parts.announcePrompt)
    this.#budget = new StateBudget(parts.flow, this.#voices, this.#speakers, parts.stateBytes)
  }

  get size(): number {
    return this.#speakers.size
  }

  /** Bytes that flow states take, prompts and memory kept for later utterances included. */
  get stateBytes(): number {
    return this.#budget.used
  }

  /**
   * Lets go of memory that no utterance took since the last call, and in `silence` of prompts beyond `promptBytes`;
   * returns the bytes freed.
   */
  expire(silence: boolean, promptBytes: number): number {
    return this.#parts.flow.memory.expire() + (silence ? this.#voices.expire(promptBytes) : 0)
  }

  /** Mean utterances per run since this was last asked; 0 where there was none. */
  takeMeanBatch(): number {
    const mean = this.#runs === 0 ? 0 : this.#rows / this.#runs
    this.#runs = 0
    this.#rows = 0
    return mean
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
    const next = nextHop(views, this.#parts.limits, this.#parts.nowMs())
    if (next < 0) return false
    const speaker = speakers[next]!
    const join = (fits: (other: Speaker) => boolean) =>
      companions(views, next, this.#parts.limits, (i) => fits(speakers[i]!)).map((i) => speakers[i]!)
    if (speaker.hops.length > 0)
      this.#vocode(speaker, () => join((other) => this.#sharesVocoder(speaker, other)))
    else if (speaker.group !== undefined) this.#step(speaker.group)
    else this.#begin(speaker, () => join((other) => this.#sharesBlock(speaker, other)))
    return true
  }

  #admit({ slot, epoch, priority, arrivedMs, utterance }: Extract<ToAcousticLane, { type: 'admit' }>): void {
    const { tokensOf, audioOf, vocoder, openTempo } = this.#parts
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
      vocoder: vocoder.open(utterance),
      // A whole utterance changes its tempo on the mel, as the reference does.
      tempo: utterance.mode === 'blocks' && utterance.speed !== 1 ? openTempo(utterance.speed) : undefined,
      state: undefined,
      group: undefined,
      frames: [],
      hops: [],
      waiting: NOTHING,
      done: false,
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
    if (speaker.done || speaker.waiting.length > 0) return false
    if (speaker.hops.length > 0 || speaker.group !== undefined) return true
    if (speaker.utterance.mode === 'whole') return speaker.tokens.ended
    // The prompt can be solved while the LLM still makes the first tokens.
    if (speaker.state === undefined && speaker.voice.prompt === undefined) return true
    return this.#blockIsThere(speaker) && this.#budget.mayGrow(speaker)
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

  /** The first run of what an utterance does next: its voice's prompt, its next block, or all of it. */
  #begin(speaker: Speaker, join: () => Speaker[]): void {
    this.#attempt([speaker], () => {
      const { inModel, flow } = this.#parts
      if (speaker.tokens.failed) throw new Error('the speech tokens ended early')
      if (speaker.utterance.mode === 'whole') return this.#beginWhole(speaker)
      if (speaker.state === undefined && speaker.voice.prompt === undefined) {
        this.#budget.makeRoomForPrompt(speaker)
        inModel(0, () => this.#voices.solve(speaker.voice))
        return
      }
      if (!this.#prepare(speaker)) return
      const members = [speaker, ...join()]
      this.#step(new SolveGroup(flow.beginTogether(members.map(({ state }) => state!)), members))
    })
  }

  #beginWhole(speaker: Speaker): void {
    const { tokens, voice } = speaker
    const all = tokens.take(tokens.available)
    if (all.length === 0) this.#endHop(speaker, true)
    else this.#step(new SolveGroup(this.#parts.flow.whole(voice.voice, all), [speaker]))
  }

  /** Moves the next block's tokens into the state and makes room for them; false where speech turned out to have ended. */
  #prepare(speaker: Speaker): boolean {
    const { flow } = this.#parts
    const { tokens } = speaker
    this.#budget.makeRoom(speaker)
    speaker.state ??= flow.fork(speaker.voice.prompt!, this.#budget.capacityOf(speaker))
    const { state } = speaker
    const { ended } = tokens
    const taken = tokens.take(this.#blockNeeds(state))
    // The last blocks of a speech that has ended need nothing more.
    if (taken.length > 0) state.push(taken)
    if (ended && tokens.available === 0) state.finish()
    if (state.ended) {
      this.#endHop(speaker, true)
      return false
    }
    state.makeRoom()
    return true
  }

  /** Whether another utterance's next block can be solved by the runs that solve this one's; it is prepared then. */
  #sharesBlock({ state }: Speaker, other: Speaker): boolean {
    const { flow } = this.#parts
    if (other.group !== undefined || other.hops.length > 0 || other.utterance.mode === 'whole') return false
    if (other.state === undefined && other.voice.prompt === undefined) return false
    const memory = other.state?.memory ?? flow.memory.next(this.#budget.capacityOf(other))
    // Others have grown since it was found runnable.
    if (other.tokens.failed || memory?.bank !== state!.memory.bank || !this.#budget.mayGrow(other))
      return false
    let inStep = false
    this.#attempt([other], () => {
      inStep = this.#prepare(other) && flow.areInStep(state!, other.state!)
    })
    return inStep
  }

  #sharesVocoder({ vocoder, hops: [hop] }: Speaker, other: Speaker): boolean {
    const { key } = this.#parts.vocoder
    const [theirs] = other.hops
    return theirs !== undefined && key(vocoder, hop!) === key(other.vocoder, theirs)
  }

  /** The next run of blocks under way, and what follows from it. */
  #step(group: SolveGroup<Speaker>): void {
    this.#attempt(group.members, () => {
      this.#count(group.members)
      this.#parts.inModel(0, () => group.step())
      if (group.runsLeft > 0) return
      for (const { speaker, frames } of group.finish())
        this.#attempt([speaker], () => this.#solved(speaker, frames))
    })
  }

  #solved(speaker: Speaker, frames: Float32Array): void {
    speaker.frames.push(frames)
    const last = speaker.utterance.mode === 'whole' || speaker.state!.ended
    if (last || !this.#hopGoesOn(speaker)) this.#endHop(speaker, last)
  }

  /** Whether the hop under way takes in the next block: it is there, and the listener can wait for it. */
  #hopGoesOn(speaker: Speaker): boolean {
    const { nowMs, limits } = this.#parts
    if (!hopGoesOn(listenerLeadMs(speaker, nowMs()), speaker.frames.length, limits)) return false
    return this.#blockIsThere(speaker) && this.#budget.mayGrow(speaker)
  }

  /**
   * What is solved of the hop waits for the vocoder; after the `last` nothing is left to solve. A whole utterance goes
   * through in several runs, none longer than a stream's largest hop, so a newcomer waits for no more than that.
   */
  #endHop(speaker: Speaker, last: boolean): void {
    const { flow, limits, stretchMel } = this.#parts
    const { dims } = flow
    const { mode, speed } = speaker.utterance
    const solved = concatFloats(speaker.frames)
    const stretched = mode === 'whole' && speed !== 1 && solved.length > 0
    const mel = stretched ? stretchMel(solved, speed) : solved
    speaker.frames = []
    const size = limits.maxHopBlocks * dims.blockTokens * dims.stride * dims.mels
    const pieces = Math.max(1, Math.ceil(mel.length / size))
    for (let i = 0; i < pieces; i++)
      speaker.hops.push({ mel: mel.subarray(i * size, (i + 1) * size), last: last && i === pieces - 1 })
    if (last) this.#releaseState(speaker)
  }

  /** Sends a hop through the vocoder, and in the same run those that join. */
  #vocode(speaker: Speaker, join: () => Speaker[]): void {
    this.#attempt([speaker], () => this.#vocodeTogether([speaker, ...join()]))
  }

  #vocodeTogether(speakers: readonly Speaker[]): void {
    this.#attempt(speakers, () => {
      const { inModel, vocoder, flow } = this.#parts
      this.#count(speakers)
      const hops = speakers.map((speaker) => ({ stream: speaker.vocoder, ...speaker.hops[0]! }))
      const frames = hops.reduce((sum, { mel }) => sum + mel.length / flow.dims.mels, 0)
      const made = inModel(frames, () => vocoder.run(hops))
      for (const [i, speaker] of speakers.entries())
        this.#attempt([speaker], () => this.#voiced(speaker, made[i]!))
    })
  }

  #voiced(speaker: Speaker, samples: Float32Array): void {
    const { last } = speaker.hops.shift()!
    speaker.waiting = speaker.tempo === undefined ? samples : speaker.tempo.push(samples, last)
    speaker.done = last
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
    if (speaker.done && speaker.waiting.length === 0) this.#leave(speaker)
  }

  /** A fault ends the utterances it happened for, and no others. */
  #attempt(speakers: readonly Speaker[], act: () => void): void {
    try {
      act()
    } catch (error) {
      for (const speaker of speakers) this.#leave(speaker, (error as Error).message)
    }
  }

  /** Ends the utterance here: what it holds, its ring, and main's knowledge of it. */
  #leave(speaker: Speaker, failed?: string): void {
    if (this.#speakers.get(speaker.slot) !== speaker) return
    this.#speakers.delete(speaker.slot)
    speaker.group?.leave(speaker)
    this.#releaseState(speaker)
    this.#voices.leave(speaker.voice)
    const complete = speaker.done && speaker.waiting.length === 0 && failed === undefined
    speaker.audio.end(!complete)
    this.#parts.leave(speaker.slot, speaker.epoch, failed)
  }

  #releaseState(speaker: Speaker): void {
    speaker.state?.release()
    speaker.state = undefined
  }

  #count(speakers: readonly Speaker[]): void {
    this.#runs++
    this.#rows += speakers.length
  }
}
