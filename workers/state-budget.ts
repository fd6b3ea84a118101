/**
 * The memory that flow states of a lane may take, and which utterance may have more of it.
 *
 * Knows: what is in use, what can be evicted. Does not know: runs, rings.
 */
import type { FlowRunner } from '../src/engine/flow/flow-runner.ts'
import type { Speaker } from './acoustic-speaker.ts'
import type { SolveGroup } from './solve-group.ts'
import type { VoiceStates } from './voice-states.ts'

export class StateBudget {
  readonly #flow: FlowRunner
  readonly #voices: VoiceStates
  readonly #speakers: ReadonlyMap<number, Speaker>
  readonly #bytes: number

  /** `bytes` are those of states, of prompts, and of memory kept for later utterances. */
  constructor(flow: FlowRunner, voices: VoiceStates, speakers: ReadonlyMap<number, Speaker>, bytes: number) {
    this.#flow = flow
    this.#voices = voices
    this.#speakers = speakers
    this.#bytes = bytes
  }

  /** Bytes in use, kept ones included. */
  get used(): number {
    let bytes = this.#voices.bytes + this.#flow.memory.bytes
    const groups = new Set<SolveGroup<Speaker>>()
    for (const { state, group } of this.#speakers.values()) {
      bytes += state?.memory.bytes ?? 0
      if (group !== undefined && group.bytesLeft > 0) groups.add(group)
    }
    for (const { bytesLeft } of groups) bytes += bytesLeft
    return bytes
  }

  /** Tokens that an utterance is expected to have, prompt included. */
  capacityOf({ voice, utterance }: Speaker): number {
    return voice.voice.speechTokens.length + utterance.expectedTokens
  }

  /**
   * Whether there is memory for this utterance's next block. The oldest of those under way may always go on: so
   * someone finishes and frees memory, whatever the budget, and new ones wait instead of failing.
   */
  mayGrow(speaker: Speaker): boolean {
    const { used } = this
    if (used + this.#growth(speaker) <= this.#bytes) return true
    const least = used - this.#flow.memory.freeableBytes - this.#voices.idleBytes
    if (least + this.#growthAfterTrim(speaker) <= this.#bytes) return true
    const all = [...this.#speakers.values()]
    const holders = all.filter(({ state }) => state !== undefined)
    return oldest(holders.length === 0 ? all : holders) === speaker
  }

  /** Evicts what is not in use, as far as this utterance's next block needs it. */
  makeRoom(speaker: Speaker): void {
    this.#free(() => this.used + this.#growth(speaker) - this.#bytes)
  }

  /** The same for a voice's prompt: while it is solved, and once it is shared. */
  makeRoomForPrompt({ voice }: Speaker): void {
    const bytes = 2 * this.#flow.stateBytes(voice.voice.speechTokens.length)
    this.#free(() => this.used + bytes - this.#bytes)
  }

  /** `over` says how much is too much, anew after each attempt. */
  #free(over: () => number): void {
    if (over() > 0) this.#flow.memory.trim(over())
    if (over() > 0) this.#voices.free(over())
  }

  /** Bytes that this utterance's next block adds to what is used. */
  #growth(speaker: Speaker): number {
    const needed = this.#needs(speaker)
    const has = this.#stays(speaker) ? speaker.state!.memory : this.#flow.memory.next(needed.capacity)
    return Math.max(0, needed.bytes - (has?.bytes ?? 0))
  }

  /** The same once nothing is kept: an utterance that outgrows its memory needs all of it anew. */
  #growthAfterTrim(speaker: Speaker): number {
    return this.#stays(speaker) ? this.#growth(speaker) : this.#needs(speaker).bytes
  }

  /** The next block fits where the utterance is. */
  #stays({ state }: Speaker): boolean {
    return state !== undefined && state.solvedTokens + this.#flow.dims.blockTokens <= state.memory.capacity
  }

  #needs(speaker: Speaker): { bytes: number; capacity: number } {
    const { state, voice } = speaker
    const tokens = (state ?? voice.prompt!).solvedTokens + this.#flow.dims.blockTokens
    return { bytes: this.#flow.stateBytes(tokens), capacity: Math.max(tokens, this.capacityOf(speaker)) }
  }
}

function oldest(speakers: readonly Speaker[]): Speaker | undefined {
  return speakers.reduce<Speaker | undefined>(
    (old, each) => (old !== undefined && old.arrivedMs <= each.arrivedMs ? old : each),
    undefined,
  )
}
