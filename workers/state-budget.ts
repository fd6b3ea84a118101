/**
 * The memory that flow states of a lane may take, and who may have more of it.
 *
 * Knows: what is in use, what nobody would miss. Does not know: runs, rings.
 */
import type { FlowRunner } from '../src/engine/flow-runner.ts'
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
    const groups = new Set<SolveGroup>()
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
    const expendable = this.#flow.memory.bytes + this.#voices.idleBytes
    if (this.used + this.#growth(speaker) - expendable <= this.#bytes) return true
    const all = [...this.#speakers.values()]
    const holders = all.filter(({ state }) => state !== undefined)
    return oldest(holders.length === 0 ? all : holders) === speaker
  }

  /** Lets go of what nobody uses, as far as this utterance's next block needs it. */
  makeRoom(speaker: Speaker): void {
    const over = () => this.used + this.#growth(speaker) - this.#bytes
    if (over() > 0) this.#flow.memory.trim(over())
    if (over() > 0) this.#voices.free(over())
  }

  /** Bytes that this utterance's next block adds to what is used. */
  #growth(speaker: Speaker): number {
    const { state, voice } = speaker
    const solved = (state ?? voice.prompt!).solvedTokens
    const has = state?.memory.bytes ?? this.#flow.memory.bytesOfNext(this.capacityOf(speaker))
    return Math.max(0, this.#flow.stateBytes(solved + this.#flow.dims.blockTokens) - has)
  }
}

function oldest(speakers: readonly Speaker[]): Speaker | undefined {
  return speakers.reduce<Speaker | undefined>(
    (old, each) => (old !== undefined && old.arrivedMs <= each.arrivedMs ? old : each),
    undefined,
  )
}
