/**
 * One utterance on its way through the flow: its memory, the tokens that wait, and how far it is.
 *
 * Knows: the commit rule: a block counts when `commit` is called, not before.
 * Does not know: graphs and runs (see `flow-solve.ts`).
 */
import assert from 'node:assert/strict'
import { TtsError } from '../core/errors.ts'
import type { FlowDims } from './flow-dims.ts'
import { FlowMemory, flowStateBytes } from './flow-memory.ts'
import { NOISE_FRAMES } from './flow-noise.ts'
import { type BlockPlan, blocksReady, nextBlock } from './flow-plan.ts'
import { checkTokens, checkVoice, type FlowVoice } from './flow-voice.ts'

export class FlowState {
  readonly voice: FlowVoice
  readonly memory: FlowMemory
  readonly #dims: FlowDims
  readonly #pending: number[] = []
  #solved = 0
  #finished = false
  #busy = false

  /** Starts with the voice's prompt waiting. `capacity` counts tokens, prompt included. */
  constructor(dims: FlowDims, voice: FlowVoice, capacity: number) {
    checkVoice(dims, voice)
    this.voice = voice
    this.memory = new FlowMemory(dims, capacity)
    this.#dims = dims
    this.#append(voice.speechTokens)
  }

  /** A new utterance that continues from where `prompt` is; `prompt` stays as it is and must not be at work. */
  static fork(prompt: FlowState, capacity: number): FlowState {
    assert(!prompt.#busy, 'a state at work cannot be forked')
    const fork = new FlowState(prompt.#dims, prompt.voice, Math.max(capacity, prompt.#solved))
    fork.#pending.splice(0, fork.#pending.length, ...prompt.#pending)
    fork.#solved = prompt.#solved
    fork.#finished = prompt.#finished
    fork.memory.copyFrom(prompt.memory, prompt.#solved)
    return fork
  }

  /** Tokens solved, prompt included; always whole blocks until the end. */
  get solvedTokens(): number {
    return this.#solved
  }

  /** Tokens that wait, prompt included. */
  get pendingTokens(): number {
    return this.#pending.length
  }

  /** Everything is solved and no more tokens can come. */
  get ended(): boolean {
    return this.#finished && this.#pending.length === 0
  }

  /** Blocks that could be solved now. */
  get blocksReady(): number {
    return blocksReady(this.#pending.length, this.#finished, this.#dims)
  }

  /** Bytes written so far; the reservation is larger, but the rest of it takes no memory. */
  get usedBytes(): number {
    return flowStateBytes(this.#dims, this.#solved)
  }

  /** Adds reply tokens. Throws TEXT_TOO_LONG where the noise table ends, INTERNAL for ids that are no speech tokens. */
  push(tokens: ArrayLike<number>): void {
    assert(!this.#finished, 'tokens after finish')
    this.#append(tokens)
  }

  /** No more tokens will come: the look-ahead of what is left is zero. */
  finish(): void {
    this.#finished = true
  }

  /** The block that can be solved now. A question: nothing changes. */
  planned(): BlockPlan | undefined {
    return nextBlock(this.#solved, this.#pending.length, this.#finished, this.#dims)
  }

  /** Takes the block into work: its tokens (padded to block and look-ahead) and room for them in the memory. */
  begin(plan: BlockPlan): number[] {
    assert(!this.#busy, 'one block of an utterance at a time')
    assert.equal(plan.past, this.#solved, 'the plan is of another state of the utterance')
    const needed = plan.past + plan.fresh
    if (needed > this.memory.capacity) {
      const grown = Math.min(Math.max(needed, Math.ceil(this.memory.capacity * 1.5)), maxTokens(this.#dims))
      this.memory.enlarge(grown, this.#solved)
    }
    this.#busy = true
    const tokens = this.#pending.slice(0, plan.known)
    while (tokens.length < plan.fresh + this.#dims.lookahead) tokens.push(0)
    return tokens
  }

  /** The block under work counts: its tokens are solved. */
  commit(plan: BlockPlan): void {
    assert(this.#busy && plan.past === this.#solved, 'this block is not under work')
    this.#busy = false
    this.memory.turn()
    this.#solved += plan.fresh
    this.#pending.splice(0, plan.fresh)
  }

  /** The block under work does not count; it can be begun again. */
  abandon(): void {
    this.#busy = false
  }

  #append(tokens: ArrayLike<number>): void {
    checkTokens(this.#dims, tokens)
    checkLength(this.#dims, this.#solved + this.#pending.length + tokens.length)
    for (let i = 0; i < tokens.length; i++) this.#pending.push(tokens[i]!)
  }
}

/** Throws TEXT_TOO_LONG for more tokens, prompt included, than the noise table has frames for. */
export function checkLength(dims: FlowDims, tokens: number): void {
  if (tokens <= maxTokens(dims)) return
  const detail = `expected at most ${maxTokens(dims)} speech tokens, prompt included, got ${tokens}`
  throw new TtsError('TEXT_TOO_LONG', 'the speech gets longer than the model can make in one piece', detail)
}

function maxTokens(dims: FlowDims): number {
  return Math.floor(NOISE_FRAMES / dims.stride)
}
