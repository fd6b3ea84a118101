/** Bytes of flow and vocoder: what utterances, prompts and kept memory take, and what a next run adds. */
import type { FlowRunner } from '../flow/flow-runner.ts'
import type { FlowVocoderUtterance as Utterance } from './flow-vocoder-utterance.ts'
import type { SolveGroup } from './solve-group.ts'
import type { VoiceStates } from './voice-states.ts'

export class FlowVocoderMemory {
  readonly #flow: FlowRunner
  readonly #voices: VoiceStates
  readonly #utterances: ReadonlySet<Utterance>

  constructor(flow: FlowRunner, voices: VoiceStates, utterances: ReadonlySet<Utterance>) {
    this.#flow = flow
    this.#voices = voices
    this.#utterances = utterances
  }

  get bytes(): number {
    let bytes = this.#voices.bytes + this.#flow.memory.bytes
    const groups = new Set<SolveGroup<Utterance>>()
    for (const utterance of this.#utterances) {
      bytes += utterance.bytes
      if (utterance.group !== undefined && utterance.group.bytesLeft > 0) groups.add(utterance.group)
    }
    for (const { bytesLeft } of groups) bytes += bytesLeft
    return bytes
  }

  freeableBytes(stalled: readonly Utterance[]): number {
    const given = stalled.filter(({ isEvictable }) => isEvictable).map(({ state }) => state!.memory)
    return this.#flow.memory.freeableBytes(given) + this.#voices.idleBytes
  }

  growth(utterance: Utterance): number {
    switch (utterance.next) {
      case 'prompt':
        // While it is solved, and once it is shared.
        return 2 * this.#flow.stateBytes(utterance.voice.voice.speechTokens.length)
      case 'whole':
        return this.wholeBytes(utterance)
      case 'block': {
        const needed = this.#needs(utterance)
        const { memory } = this.#flow
        const has = this.#stays(utterance) ? utterance.state!.memory : memory.next(needed.capacity)
        if (has === undefined) return Math.max(needed.bytes, memory.reservation(needed.capacity))
        return Math.max(0, needed.bytes - has.bytes)
      }
      default:
        return 0
    }
  }

  /** An utterance that outgrows its memory needs all of it anew. */
  growthOnceFreed(utterance: Utterance): number {
    if (utterance.next !== 'block' || this.#stays(utterance)) return this.growth(utterance)
    const { bytes, capacity } = this.#needs(utterance)
    return this.#flow.device.reservesInFull ? this.#flow.memory.bankBytes(capacity) : bytes
  }

  /** Bytes that solving the whole of an utterance takes; its tokens have ended. */
  wholeBytes({ tokens, voice }: Utterance): number {
    return this.#flow.wholeBytes(voice.voice.speechTokens.length + tokens.available)
  }

  free(over: () => number, stalled: readonly Utterance[]): void {
    if (over() > 0) this.#flow.memory.trim(over())
    if (over() > 0) this.#voices.free(over())
    for (const { state, voice } of stalled.filter(({ isEvictable }) => isEvictable)) {
      if (over() <= 0) return
      state!.evict(voice.prompt!)
      this.#flow.memory.trim(over())
    }
  }

  expire(silence: boolean, promptBytes: number): number {
    return this.#flow.memory.expire() + (silence ? this.#voices.expire(promptBytes) : 0)
  }

  /** The next block fits where the utterance is. */
  #stays({ state, hasMemory }: Utterance): boolean {
    return hasMemory && state!.solvedTokens + this.#flow.dims.blockTokens <= state!.memory.capacity
  }

  #needs({ state, voice, expectedTokens }: Utterance): { bytes: number; capacity: number } {
    const tokens = (state ?? voice.prompt!).solvedTokens + this.#flow.dims.blockTokens
    return { bytes: this.#flow.stateBytes(tokens), capacity: Math.max(tokens, expectedTokens) }
  }
}
