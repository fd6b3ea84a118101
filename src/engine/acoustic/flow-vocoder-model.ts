/**
 * Flow and vocoder as one acoustic model: tokens → mel → samples, for many utterances, one model run after another.
 *
 *   its voice's prompt is solved, once for all its utterances → its state is forked from that → blocks are solved as
 *   their tokens come, one encoder run and the solver's steps each → a hop's blocks go through the vocoder together
 *
 * A call makes one run, of one utterance, or of several whose next blocks, or hops, are equally long.
 */
import { TempoStretch } from '../../audio/speed.ts'
import type { AcousticRequest } from '../../core/acoustic-request.ts'
import { faultOf } from '../../core/device-fault.ts'
import { concatFloats } from '../../core/float-arrays.ts'
import type { SharedPrompt } from '../../core/shared-prompt.ts'
import { clocked, type LaneStage } from '../../core/stage-clock.ts'
import type { FlowRunner } from '../flow/flow-runner.ts'
import type { FlowVoice } from '../flow/flow-voice.ts'
import { ZERO_NOISE } from '../vocoder/harmonic-source.ts'
import type { VocoderRunner } from '../vocoder/vocoder-runner.ts'
import type { AcousticModel, AnnouncePrompt, RunChoices, RunResult, TokenSource } from './acoustic-model.ts'
import { FlowVocoderMemory } from './flow-vocoder-memory.ts'
import { FlowVocoderUtterance as Utterance } from './flow-vocoder-utterance.ts'
import { stretchMel } from './mel-tempo.ts'
import { SolveGroup } from './solve-group.ts'
import { VoiceStates } from './voice-states.ts'

export interface FlowVocoderParts {
  readonly flow: FlowRunner
  readonly vocoder: Pick<VocoderRunner, 'sampleRate' | 'open' | 'noise' | 'key' | 'pushTogether'>
  /** Blocks of the largest hop: no vocoder run is longer. */
  readonly maxHopBlocks: number
  readonly announcePrompt: AnnouncePrompt
  /** Puts a run on the lane's clock, with the frames that become samples in it. */
  readonly inModel: <T>(frames: number, run: () => T) => T
}

type Choices = RunChoices<Utterance>
type Result = RunResult<Utterance>

export class FlowVocoderModel implements AcousticModel<Utterance> {
  readonly #parts: FlowVocoderParts
  readonly #voices: VoiceStates
  readonly #utterances = new Set<Utterance>()
  readonly #memory: FlowVocoderMemory
  /** Of the call under way. */
  #results: Result[] = []
  /** Since the last look: runs of blocks and hops, and the utterances in them. */
  #runs = 0
  #rows = 0

  constructor(parts: FlowVocoderParts) {
    this.#parts = parts
    this.#voices = new VoiceStates(parts.flow, parts.announcePrompt)
    this.#memory = new FlowVocoderMemory(parts.flow, this.#voices, this.#utterances)
  }

  get sampleRate(): number {
    return this.#parts.vocoder.sampleRate
  }

  get bytes(): number {
    return this.#memory.bytes
  }

  freeableBytes(stalled: readonly Utterance[]): number {
    return this.#memory.freeableBytes(stalled)
  }

  growth(utterance: Utterance): number {
    return this.#memory.growth(utterance)
  }

  growthOnceFreed(utterance: Utterance): number {
    return this.#memory.growthOnceFreed(utterance)
  }

  free(over: () => number, stalled: readonly Utterance[]): void {
    this.#memory.free(over, stalled)
  }

  expire(silence: boolean, promptBytes: number): number {
    return this.#memory.expire(silence, promptBytes)
  }

  addVoice(key: string, voice: FlowVoice): void {
    this.#voices.add(key, voice)
  }

  adoptPrompt(key: string, prompt: SharedPrompt): void {
    this.#voices.adopt(key, prompt)
  }

  dropVoice(key: string): void {
    this.#voices.drop(key)
  }

  takeMeanBatch(): number {
    const mean = this.#runs === 0 ? 0 : this.#rows / this.#runs
    this.#runs = 0
    this.#rows = 0
    return mean
  }

  open(request: AcousticRequest, tokens: TokenSource): Utterance {
    const { flow, vocoder } = this.#parts
    const { mode, speed, seed, sourceNoise } = request
    const utterance = new Utterance({
      request,
      voice: this.#voices.use(request.voiceKey),
      tokens,
      vocoder: vocoder.open(sourceNoise === 'zero' ? ZERO_NOISE : vocoder.noise(seed)),
      // A whole utterance changes its tempo on the mel, as the reference does.
      tempo: mode === 'blocks' && speed !== 1 ? new TempoStretch(speed, this.sampleRate) : undefined,
      grid: flow.dims,
    })
    this.#utterances.add(utterance)
    return utterance
  }

  close(utterance: Utterance): void {
    if (!this.#utterances.delete(utterance)) return
    utterance.group?.leave(utterance)
    utterance.releaseState()
    this.#voices.leave(utterance.voice)
  }

  run(utterance: Utterance, choices: Choices): readonly Result[] {
    this.#results = []
    if (utterance.hops.length > 0) this.#vocode(utterance, choices)
    else if (utterance.group !== undefined) this.#step(utterance.group, choices)
    else this.#begin(utterance, choices)
    return this.#results
  }

  /** The first run of what an utterance does next: its voice's prompt, its next block, or all of it. */
  #begin(utterance: Utterance, choices: Choices): void {
    this.#attempt([utterance], () => {
      if (utterance.tokens.failed) throw new Error('the speech tokens ended early')
      choices.makeRoom(utterance)
      if (utterance.request.mode === 'whole') return this.#beginWhole(utterance, choices)
      if (utterance.needsPrompt) {
        this.#inModel('flow-prompt', [utterance], 0, () => this.#voices.solve(utterance.voice))
        return
      }
      if (!this.#prepare(utterance)) return
      const others = choices.join((other) => this.#sharesBlock(utterance, other, choices))
      const members = [utterance, ...others]
      const work = this.#parts.flow.beginTogether(members.map(({ state }) => state!))
      this.#step(new SolveGroup(work, members), choices)
    })
  }

  #beginWhole(utterance: Utterance, choices: Choices): void {
    const { flow } = this.#parts
    const { tokens, voice } = utterance
    utterance.wholeBytes = this.#memory.wholeBytes(utterance)
    const all = tokens.take(tokens.available)
    if (all.length === 0) this.#endHop(utterance, true)
    else this.#step(new SolveGroup(flow.whole(voice.voice, all), [utterance]), choices)
  }

  /** Moves the next block's tokens into the state; false where speech turned out to have ended. */
  #prepare(utterance: Utterance): boolean {
    const { flow } = this.#parts
    const { tokens, voice, expectedTokens } = utterance
    utterance.state ??= flow.fork(voice.prompt!, expectedTokens)
    const { state } = utterance
    if (!state.isResident) state.revive(voice.prompt!, expectedTokens)
    const { ended } = tokens
    const taken = tokens.take(utterance.blockNeeds)
    // The last blocks of a speech that has ended need nothing more.
    if (taken.length > 0) state.push(taken)
    if (ended && tokens.available === 0) state.finish()
    if (state.ended) {
      this.#endHop(utterance, true)
      return false
    }
    state.makeRoom()
    return true
  }

  /** Whether another utterance's next block can be solved by the runs that solve this one's; it is prepared then. */
  #sharesBlock({ state }: Utterance, other: Utterance, choices: Choices): boolean {
    const { flow } = this.#parts
    if (other.next !== 'block' || other.tokens.failed) return false
    const memory = other.hasMemory ? other.state!.memory : flow.memory.next(other.expectedTokens)
    // Others have grown since it was found that it may.
    if (memory?.bank !== state!.memory.bank || !choices.mayGrow(other)) return false
    let inStep = false
    this.#attempt([other], () => {
      choices.makeRoom(other)
      inStep = this.#prepare(other) && flow.areInStep(state!, other.state!)
    })
    return inStep
  }

  /** The next run of blocks under way, and what follows from it. */
  #step(group: SolveGroup<Utterance>, choices: Choices): void {
    this.#attempt(group.members, () => {
      this.#count(group.members)
      this.#inModel('flow', group.members, 0, () => group.step())
      if (group.runsLeft > 0) return
      for (const { utterance, frames } of group.commit())
        this.#attempt([utterance], () => this.#solved(utterance, frames, choices))
    })
  }

  #solved(utterance: Utterance, frames: Float32Array, choices: Choices): void {
    if (utterance.state?.isAgain === true) return
    utterance.frames.push(frames)
    const last = utterance.request.mode === 'whole' || utterance.state!.ended
    const goesOn =
      !last &&
      choices.hopGoesOn(utterance, utterance.frames.length) &&
      utterance.blockIsThere &&
      choices.mayGrow(utterance)
    if (!goesOn) this.#endHop(utterance, last)
  }

  /**
   * What is solved of the hop waits for the vocoder; after the `last` nothing is left to solve. A whole utterance goes
   * through in several runs, none longer than a stream's largest hop. So a newcomer waits for no more than that.
   */
  #endHop(utterance: Utterance, last: boolean): void {
    const { flow, maxHopBlocks } = this.#parts
    const { blockTokens, stride, mels } = flow.dims
    const { mode, speed } = utterance.request
    const solved = concatFloats(utterance.frames)
    const stretched = mode === 'whole' && speed !== 1 && solved.length > 0
    const mel = stretched ? stretchMel(solved, mels, speed) : solved
    utterance.frames = []
    const size = maxHopBlocks * blockTokens * stride * mels
    const pieces = Math.max(1, Math.ceil(mel.length / size))
    for (let i = 0; i < pieces; i++)
      utterance.hops.push({ mel: mel.subarray(i * size, (i + 1) * size), last: last && i === pieces - 1 })
    if (last) utterance.releaseState()
  }

  /** Sends a hop through the vocoder, and in the same run those that join. */
  #vocode(utterance: Utterance, choices: Choices): void {
    this.#attempt([utterance], () => {
      const key = this.#hopKey(utterance)
      const others = choices.join((other) => other.hops.length > 0 && this.#hopKey(other) === key)
      this.#vocodeTogether([utterance, ...others])
    })
  }

  #vocodeTogether(utterances: readonly Utterance[]): void {
    this.#attempt(utterances, () => {
      const { vocoder, flow } = this.#parts
      this.#count(utterances)
      const requests = utterances.map(hopRequest)
      const frames = requests.reduce((sum, { mel }) => sum + mel.length / flow.dims.mels, 0)
      const made = this.#inModel('vocoder', utterances, frames, () => vocoder.pushTogether(requests))
      for (const [i, utterance] of utterances.entries())
        this.#attempt([utterance], () => this.#voiced(utterance, made[i]!))
    })
  }

  #voiced(utterance: Utterance, made: Float32Array): void {
    const { tempo } = utterance
    const { last } = utterance.hops.shift()!
    const samples = tempo === undefined ? made : tempo.push(made, last)
    utterance.done = last
    this.#results.push({ utterance, samples, last })
  }

  /** Puts a run on the lane's clock, and on those of its utterances that are traced. */
  #inModel<T>(stage: LaneStage, of: readonly Utterance[], frames: number, run: () => T): T {
    return clocked(stage, of, () => this.#parts.inModel(frames, run))
  }

  #hopKey(utterance: Utterance): string {
    return this.#parts.vocoder.key(hopRequest(utterance))
  }

  /** A fault ends the utterances it happened for, and no others; the device's own ends the lane. */
  #attempt(utterances: readonly Utterance[], act: () => void): void {
    try {
      act()
    } catch (error) {
      for (const utterance of utterances) this.#fail(utterance, faultOf(error))
    }
  }

  #fail(utterance: Utterance, failed: string): void {
    if (!this.#utterances.has(utterance)) return
    this.close(utterance)
    this.#results.push({ utterance, failed })
  }

  #count(utterances: readonly Utterance[]): void {
    this.#runs++
    this.#rows += utterances.length
  }
}

/** An utterance's first hop as the vocoder takes it. */
function hopRequest({ vocoder, hops: [hop] }: Utterance) {
  return { stream: vocoder, mel: hop!.mel, ended: hop!.last }
}
