/**
 * A piece of flow work under way: a block of a stream, the blocks of several streams in step, or a whole utterance; the
 * same few calls for all.
 */
import assert from 'node:assert/strict'
import type { BlockPlan } from '../../core/block-grid.ts'
import type { CapturedSolves } from './captured-solves.ts'
import { CommonCaches } from './common-caches.ts'
import { type FlowMemory, PassingCaches } from './flow-memory.ts'
import { FlowSolve } from './flow-solve.ts'
import { checkLength, type FlowState } from './flow-state.ts'
import { checkTokens, checkVoice, type FlowVoice, promptFrames, promptMel } from './flow-voice.ts'
import type { FlowEngine } from './solve-inputs.ts'
import type { SolveRow } from './solve-rows.ts'

/** Runs that a caller makes one by one, in between the runs of others; then the frames. */
export interface FlowWork {
  /** Runs still to be made: at first one for the encoder and one per Euler step. */
  readonly runsLeft: number
  /** Makes the next run on this thread. A run that throws can be made again. */
  step(): void
  /**
   * For this one of the utterances the work will not count, as if it had never begun. Its memory is in use until the
   * rest is committed or aborted all the same.
   */
  abortOne(utterance: number): void
  /**
   * After the last run: the work counts. Each utterance's frames of the reply `[frames, mels]` (none where all are the
   * prompt's, or where it was aborted).
   */
  commit(): Float32Array[]
  /** The work is as if it had never begun. Without effect once it was committed or aborted. */
  abort(): void
}

/** Takes the next block of a stream into work. */
export function blockWork(engine: FlowEngine, state: FlowState, plan: BlockPlan): FlowWork {
  return begun([state], () => {
    const row = beginRow(engine, state, plan)
    const solve = new FlowSolve(engine, { rows: [row], caches: state.memory })
    return new SolveWork(solve, [partOf(engine, state, plan, 0)])
  })
}

/** Whether the next blocks of two streams can be solved in the same runs: as many tokens, slots of one bank. */
export function areInStep(one: FlowState, other: FlowState): boolean {
  const [a, b] = [one.planned(), other.planned()]
  if (a === undefined || a.fresh !== b?.fresh || one.memory.bank !== other.memory.bank) return false
  // An utterance that has outgrown its memory moves out of the bank when it begins.
  return Math.max(a.past, b.past) + a.fresh <= one.memory.capacity
}

/**
 * Takes the next blocks of streams that are in step into work, every run common to all. Recorded runs are played where
 * there are free ones. One alone is a stream's block.
 */
export function commonWork(
  engine: FlowEngine,
  states: readonly FlowState[],
  recorded?: CapturedSolves,
): FlowWork {
  assert(
    states.every((state) => areInStep(states[0]!, state)),
    'streams that are not in step cannot share a run',
  )
  assert.equal(new Set(states).size, states.length, 'a stream takes part in a run once')
  const { fresh } = states[0]!.planned()!
  // Where its memory lies is certain once there is room for the block.
  for (const state of states) state.makeRoom()
  const memories = states.map(({ memory }) => memory)
  const captured = recorded?.find(memories, fresh)
  if (captured === undefined && states.length === 1)
    return blockWork(engine, states[0]!, states[0]!.planned()!)
  return begun(states, () => {
    const members = states.map((state) => {
      const plan = state.planned()!
      return { state, plan, row: beginRow(engine, state, plan) }
    })
    const caches = new CommonCaches(memories, captured?.contexts)
    const idle = idleRow(engine, members[0]!.row, caches.spare)
    const memberIn = (memory: FlowMemory | undefined) => members.find(({ state }) => state.memory === memory)
    const rows = caches.rows.map((memory) => memberIn(memory)?.row ?? idle)
    const parts = members.map(({ state, plan }) => {
      const row = caches.rows.indexOf(state.memory)
      const part = partOf(engine, state, plan, row)
      return {
        ...part,
        count: (mel: Float32Array) => {
          caches.settle(row)
          return part.count(mel)
        },
      }
    })
    const inputs = { rows, caches }
    return new SolveWork(new FlowSolve(engine, inputs, captured && ((all) => captured.take(all))), parts)
  })
}

/** What cannot be begun has not been begun: the streams are as they were. */
function begun(states: readonly FlowState[], begin: () => FlowWork): FlowWork {
  assert(!states.some(({ atWork }) => atWork), 'one block of an utterance at a time')
  try {
    return begin()
  } catch (error) {
    for (const state of states) state.abort()
    throw error
  }
}

/**
 * Takes a whole utterance into work as one solve. Every frame attends to every other, as the reference does without
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
  const row: SolveRow = {
    tokens,
    known,
    past: 0,
    embedding: voice.embedding,
    promptMel: promptMel(dims, voice, 0, fresh * dims.stride),
  }
  const solve = new FlowSolve(engine, { rows: [row], caches: new PassingCaches(engine.device, dims, fresh) })
  const count = (mel: Float32Array) => replyFrames(engine, voice, plan, mel)
  return new SolveWork(solve, [{ row: 0, count, abort: () => {} }])
}

/** What a solve is to one of its utterances. */
interface Part {
  readonly row: number
  /** The block counts: the reply's frames of those solved. */
  readonly count: (mel: Float32Array) => Float32Array
  readonly abort: () => void
}

function partOf(engine: FlowEngine, state: FlowState, plan: BlockPlan, row: number): Part {
  return {
    row,
    count: (mel) => {
      state.commit(plan)
      return replyFrames(engine, state.voice, plan, mel)
    },
    abort: () => state.abort(),
  }
}

class SolveWork implements FlowWork {
  readonly #solve: FlowSolve
  /** Undefined where an utterance was aborted. */
  readonly #parts: (Part | undefined)[]
  #closed = false

  constructor(solve: FlowSolve, parts: readonly Part[]) {
    this.#solve = solve
    this.#parts = [...parts]
  }

  get runsLeft(): number {
    return this.#solve.runsLeft
  }

  step(): void {
    this.#solve.step()
  }

  abortOne(utterance: number): void {
    this.#parts[utterance]?.abort()
    this.#parts[utterance] = undefined
  }

  commit(): Float32Array[] {
    assert(!this.#closed, 'a piece of work counts once')
    const frames = this.#parts.map((part) => part?.count(this.#solve.mel(part.row)) ?? new Float32Array(0))
    this.#closed = true
    this.#solve.release()
    return frames
  }

  abort(): void {
    if (this.#closed) return
    this.#closed = true
    for (const part of this.#parts) part?.abort()
    this.#solve.release()
  }
}

function beginRow({ dims }: FlowEngine, state: FlowState, plan: BlockPlan): SolveRow {
  const { voice } = state
  return {
    tokens: state.begin(plan),
    known: plan.known,
    past: plan.past,
    embedding: voice.embedding,
    promptMel: promptMel(dims, voice, plan.past * dims.stride, plan.fresh * dims.stride),
  }
}

/** A padding row for a slot between others; it writes behind the room of that slot's utterance. */
function idleRow({ dims }: FlowEngine, like: SolveRow, past: number): SolveRow {
  return {
    tokens: like.tokens.map(() => 0),
    known: 0,
    past,
    embedding: new Float32Array(dims.speaker),
    promptMel: new Float32Array(like.promptMel.length),
    idle: true,
  }
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
