/**
 * A piece of flow work under way: a block of a stream, or a whole utterance; the same few calls for both.
 *
 * Knows: how a solve belongs to its utterance: when it counts, which of its frames are the reply's.
 * Does not know: what a run computes (see `flow-solve.ts`), who runs it when.
 */
import assert from 'node:assert/strict'
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
  /** Makes the next run on another thread; meanwhile nothing of this utterance may be solved. */
  stepAsync(): Promise<void>
  /** Ends the run under way, which then rejects. Another thread's run only: `step` cannot be ended. */
  terminate(): void
  /** After the last run: the work counts. The reply's frames `[frames, mels]` (none where all are the prompt's). */
  finish(): Float32Array
  /** Frees what the work holds, finished or not. Without `finish` it is as if it had never begun. Idempotent. */
  close(): void
}

/** Takes the next block of a stream into work. */
export function blockWork(engine: FlowEngine, state: FlowState, plan: BlockPlan): FlowWork {
  const tokens = state.begin(plan)
  return new SolveWork(
    startSolve(engine, state.voice, state.memory, tokens, plan),
    (mel) => {
      state.commit(plan)
      return replyFrames(engine, state.voice, plan, mel)
    },
    () => state.abandon(),
  )
}

/**
 * Takes a whole utterance into work as one solve, every frame attending to every other, as the reference does without
 * streaming. With `lookahead` the last tokens are only looked at (the reference's `finalize=False`).
 */
export function wholeWork(
  engine: FlowEngine,
  voice: FlowVoice,
  reply: ArrayLike<number>,
  lookahead: boolean,
): FlowWork {
  const { dims } = engine
  checkVoice(dims, voice)
  checkTokens(dims, reply)
  const tokens = [...voice.speechTokens, ...Array.from(reply)]
  checkLength(dims, tokens.length)
  const known = tokens.length
  const fresh = lookahead ? known - dims.lookahead : known
  while (tokens.length < fresh + dims.lookahead) tokens.push(0)
  const plan: BlockPlan = { past: 0, fresh, known, last: !lookahead }
  const solve = startSolve(engine, voice, new PassingCaches(dims, fresh), tokens, plan)
  return new SolveWork(
    solve,
    (mel) => replyFrames(engine, voice, plan, mel),
    () => {},
  )
}

class SolveWork implements FlowWork {
  readonly #solve: FlowSolve
  readonly #count: (mel: Float32Array) => Float32Array
  readonly #giveUp: () => void
  #closed = false

  constructor(solve: FlowSolve, count: (mel: Float32Array) => Float32Array, giveUp: () => void) {
    this.#solve = solve
    this.#count = count
    this.#giveUp = giveUp
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
    assert(!this.#closed, 'a piece of work counts once')
    const frames = this.#count(this.#solve.mel())
    this.#closed = true
    this.#solve.release()
    return frames
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#giveUp()
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
function replyFrames(
  { dims }: FlowEngine,
  voice: FlowVoice,
  plan: BlockPlan,
  mel: Float32Array,
): Float32Array {
  const frames = plan.fresh * dims.stride
  return mel.slice(promptFrames(dims, voice, plan.past * dims.stride, frames) * dims.mels)
}
