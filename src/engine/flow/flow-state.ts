/** One utterance on its way through the flow: its memory, the tokens that wait, and how far it is. */
import assert from 'node:assert/strict'
import { type BlockPlan, nextBlock } from '../../core/block-grid.ts'
import { TtsError } from '../../core/errors.ts'
import type { FlowDims } from './flow-dims.ts'
import type { FlowMemory } from './flow-memory.ts'
import type { FlowMemoryPool } from './flow-memory-pool.ts'
import { NOISE_FRAMES } from './flow-noise.ts'
import { FlowPrompt } from './flow-prompt.ts'
import { checkTokens, checkVoice, type FlowVoice } from './flow-voice.ts'

export class FlowState {
  readonly voice: FlowVoice
  readonly #dims: FlowDims
  readonly #pool: FlowMemoryPool
  readonly #pending: number[] = []
  #memory: FlowMemory | undefined
  #solved = 0
  /** Solved when the memory was evicted: blocks up to there are solved once more, and were heard. */
  #solvedBefore = 0
  /** Every token of the reply, for the time after an eviction. */
  readonly #reply: number[] = []
  #finished = false
  #busy = false

  private constructor(dims: FlowDims, voice: FlowVoice, pool: FlowMemoryPool, memory: FlowMemory) {
    this.voice = voice
    this.#dims = dims
    this.#pool = pool
    this.#memory = memory
  }

  /** Starts with the voice's prompt waiting. `capacity` counts tokens, prompt included. */
  static open(dims: FlowDims, pool: FlowMemoryPool, voice: FlowVoice, capacity: number): FlowState {
    checkVoice(dims, voice)
    checkLength(dims, voice.speechTokens.length)
    const state = new FlowState(dims, voice, pool, pool.take(capacity))
    state.#append(voice.speechTokens)
    return state
  }

  /** A new utterance that continues from where `prompt` is. */
  static fork(dims: FlowDims, pool: FlowMemoryPool, prompt: FlowPrompt, capacity: number): FlowState {
    const { voice, solvedTokens, memory } = prompt
    const state = new FlowState(dims, voice, pool, pool.take(Math.max(capacity, solvedTokens)))
    state.memory.copyFrom(memory, solvedTokens)
    state.#solved = solvedTokens
    state.#append(voice.speechTokens.subarray(solvedTokens))
    return state
  }

  get memory(): FlowMemory {
    assert(this.#memory !== undefined, 'a state is used after its release')
    return this.#memory
  }

  /** False once evicted, until `revive`. */
  get isResident(): boolean {
    return this.#memory !== undefined
  }

  /** The block solved last had been solved before the memory was evicted. */
  get isAgain(): boolean {
    return this.#solved <= this.#solvedBefore
  }

  /** Tokens solved, prompt included; always whole blocks until the end. */
  get solvedTokens(): number {
    return this.#solved
  }

  /** Tokens that wait, prompt included. */
  get pendingTokens(): number {
    return this.#pending.length
  }

  /** Its next block is under work. */
  get atWork(): boolean {
    return this.#busy
  }

  /** Everything is solved and no more tokens can come. */
  get ended(): boolean {
    return this.#finished && this.#pending.length === 0
  }

  /** Adds reply tokens. Throws TEXT_TOO_LONG where the noise table ends, INTERNAL for ids that are no speech tokens. */
  push(tokens: ArrayLike<number>): void {
    assert(!this.#finished, 'tokens after finish')
    this.#append(tokens)
    for (let i = 0; i < tokens.length; i++) this.#reply.push(tokens[i]!)
  }

  /** No more tokens will come: the look-ahead of what is left is zero. */
  finish(): void {
    this.#finished = true
  }

  /** The block that can be solved now. A question: nothing changes. */
  planned(): BlockPlan | undefined {
    return nextBlock(this.#solved, this.#pending.length, this.#finished, this.#dims)
  }

  /** Moves into larger memory where the next block needs it. `begin` does; a count of memory may do so before. */
  makeRoom(): void {
    const plan = this.planned()
    if (this.#busy || plan === undefined) return
    const needed = plan.past + plan.fresh
    if (needed > this.memory.capacity) this.#move(needed)
    this.memory.reach(needed)
  }

  /** Takes the block into work: its tokens (padded to block and look-ahead) and room for them in the memory. */
  begin(plan: BlockPlan): number[] {
    assert(!this.#busy, 'one block of an utterance at a time')
    assert.equal(plan.past, this.#solved, 'the plan is of another state of the utterance')
    this.makeRoom()
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
  abort(): void {
    this.#busy = false
  }

  /** Gives the memory back for now. After `revive` all from `prompt` on is solved again, to the same values. */
  evict({ solvedTokens }: FlowPrompt): void {
    assert(!this.#busy, 'a state is evicted at work')
    this.#solvedBefore = Math.max(this.#solvedBefore, this.#solved)
    this.#solved = solvedTokens
    this.#pending.splice(
      0,
      this.#pending.length,
      ...this.voice.speechTokens.subarray(solvedTokens),
      ...this.#reply,
    )
    this.release()
  }

  /** Memory anew, for `capacity` tokens; `prompt` is the one given to `evict`. */
  revive(prompt: FlowPrompt, capacity: number): void {
    assert(this.#memory === undefined, 'a resident state is revived')
    this.#memory = this.#pool.take(Math.max(capacity, this.#solved))
    this.#memory.copyFrom(prompt.memory, prompt.solvedTokens)
  }

  /** What is solved of the prompt, for `fork`. Nothing of a reply may have been pushed. */
  prompt(): FlowPrompt {
    assert(!this.#busy, 'a state at work is no prompt')
    assert.equal(this.#solved + this.#pending.length, this.voice.speechTokens.length, 'a reply is no prompt')
    return FlowPrompt.of(this.voice, this.memory, this.#solved)
  }

  /** Gives the memory back: the state is of no use any more. Idempotent. */
  release(): void {
    assert(!this.#busy, 'a state is released at work')
    if (this.#memory !== undefined) this.#pool.give(this.#memory)
    this.#memory = undefined
  }

  /** Into larger memory. */
  #move(needed: number): void {
    const grown = Math.min(Math.ceil(this.memory.capacity * 1.5), maxTokens(this.#dims))
    const larger = this.#pool.take(Math.max(needed, grown))
    larger.copyFrom(this.memory, this.#solved)
    this.#pool.give(this.memory)
    this.#memory = larger
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
