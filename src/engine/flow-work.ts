/**
 * A piece of flow work under way: a block of a stream, or a whole utterance; the same few calls for both.
 *
 * Knows: how a solve belongs to its utterance: when it counts, which of its frames are the reply's.
 * Does not know: what a run computes (see `flow-solve.ts`), who runs it when.
 */
import type { FlowDims } from './flow-dims.ts'
import { type FlowCaches, PassingCaches } from './flow-memory.ts'
import type { BlockPlan } from './flow-plan.ts'
import { type FlowEngine, FlowSolve } from './flow-solve.ts'
import { checkLength, type FlowState } from './flow-state.ts'
import { checkTokens, checkVoice, type FlowVoice, promptFrames, promptMel } from './flow-voice.ts'

/** Runs that a caller makes one by one, in between the runs of others; then the frames. */
export interface FlowWork {
  /** Runs still to be made: at first one for the encoder and one per Euler step. */
  readonly runsLeft: number
  /** Makes the next run on this thread. A run that throws can be made again. */
  step(): void
  /** Makes the next run on another thread; meanwhile nothing of this utterance may be touched. */
  stepAsync(): Promise<void>
  /** Ends the run under way, which then rejects. Another thread's run only: `step` cannot be ended. */
  terminate(): void
  /** After the last run: the work counts. The reply's frames `[frames, mels]` (none where all are the prompt's). */
  finish(): Float32Array
  /** Frees what the work holds, finished or not. Without `finish` it is as if it had never begun. Idempotent. */
  close(): void
}

/** The next block of a stream. */
export class BlockWork implements FlowWork {
  readonly #state: FlowState
  readonly #plan: BlockPlan
  readonly #solve: FlowSolve
  readonly #dims: FlowDims
  #open = true

  constructor(engine: FlowEngine, state: FlowState, plan: BlockPlan) {
    this.#state = state
    this.#plan = plan
    this.#dims = engine.dims
    const tokens = state.begin(plan)
    this.#solve = startSolve(engine, state.voice, state.memory, tokens, plan)
  }

  get runsLeft(): number {
    return this.#solve.runsLeft
  }

  step(): void {
    this.#solve.step()
  }

  stepAsync(): Promise<void> {
    return this.#solve.stepAsync()
  }

  terminate(): void {
    this.#solve.terminate()
  }

  finish(): Float32Array {
    const frames = replyFrames(this.#dims, this.#state.voice, this.#plan, this.#solve.mel())
    this.#state.commit(this.#plan)
    this.#release()
    return frames
  }

  close(): void {
    if (!this.#open) return
    this.#state.abandon()
    this.#release()
  }

  #release(): void {
    this.#open = false
    this.#solve.release()
  }
}

/**
 * A whole utterance in one solve, every frame attending to every other, as the reference does without streaming.
 * With `lookahead` the last tokens are only looked at (the reference's `finalize=False`); normally none are left.
 */
export class WholeWork implements FlowWork {
  readonly #voice: FlowVoice
  readonly #plan: BlockPlan
  readonly #solve: FlowSolve
  readonly #dims: FlowDims

  constructor(engine: FlowEngine, voice: FlowVoice, reply: ArrayLike<number>, lookahead: boolean) {
    const { dims } = engine
    checkVoice(dims, voice)
    checkTokens(dims, reply)
    const tokens = [...voice.speechTokens, ...Array.from(reply)]
    checkLength(dims, tokens.length)
    const known = tokens.length
    const fresh = lookahead ? known - dims.lookahead : known
    while (tokens.length < fresh + dims.lookahead) tokens.push(0)
    this.#dims = dims
    this.#voice = voice
    this.#plan = { past: 0, fresh, known, last: !lookahead }
    this.#solve = startSolve(engine, voice, new PassingCaches(dims, fresh), tokens, this.#plan)
  }

  get runsLeft(): number {
    return this.#solve.runsLeft
  }

  step(): void {
    this.#solve.step()
  }

  stepAsync(): Promise<void> {
    return this.#solve.stepAsync()
  }

  terminate(): void {
    this.#solve.terminate()
  }

  finish(): Float32Array {
    const frames = replyFrames(this.#dims, this.#voice, this.#plan, this.#solve.mel())
    this.#solve.release()
    return frames
  }

  close(): void {
    this.#solve.release()
  }
}

function startSolve(
  engine: FlowEngine,
  voice: FlowVoice,
  caches: FlowCaches,
  tokens: readonly number[],
  plan: BlockPlan,
): FlowSolve {
  const { dims } = engine
  return new FlowSolve(engine, {
    tokens,
    known: plan.known,
    past: plan.past,
    embedding: voice.embedding,
    promptMel: promptMel(dims, voice, plan.past * dims.stride, plan.fresh * dims.stride),
    caches,
  })
}

/** The frames behind the prompt, in memory of their own. */
function replyFrames(dims: FlowDims, voice: FlowVoice, plan: BlockPlan, mel: Float32Array): Float32Array {
  const frames = plan.fresh * dims.stride
  return mel.slice(promptFrames(dims, voice, plan.past * dims.stride, frames) * dims.mels)
}
