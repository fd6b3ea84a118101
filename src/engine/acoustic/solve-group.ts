/**
 * Utterances whose blocks are solved by the same runs, from their first run to their last. Mostly one.
 *
 * A member that leaves in between disturbs no other; its memory stays in use until the runs end.
 */
import assert from 'node:assert/strict'
import type { FlowState } from '../flow/flow-state.ts'
import type { FlowWork } from '../flow/flow-work.ts'

interface Member {
  state: FlowState | undefined
  group: unknown
}

export class SolveGroup<Utterance extends Member> {
  readonly #work: FlowWork
  /** In the work's order; undefined where a member has left. */
  readonly #members: (Utterance | undefined)[]
  readonly #left: FlowState[] = []

  constructor(work: FlowWork, members: readonly Utterance[]) {
    this.#work = work
    this.#members = [...members]
    for (const member of members) member.group = this
  }

  get members(): Utterance[] {
    return this.#members.filter((member) => member !== undefined)
  }

  get runsLeft(): number {
    return this.#work.runsLeft
  }

  /** Bytes of members that have left: the runs still use them. */
  get bytesLeft(): number {
    return this.#left.reduce((sum, { memory }) => sum + memory.bytes, 0)
  }

  step(): void {
    this.#work.step()
  }

  /** After the last run: the frames of all members that are still here; they are free again. */
  commit(): { readonly utterance: Utterance; readonly frames: Float32Array }[] {
    const made = this.#work.commit()
    const solved = this.#members.flatMap((utterance, i) =>
      utterance === undefined ? [] : [{ utterance, frames: made[i]! }],
    )
    for (const { utterance } of solved) utterance.group = undefined
    this.#releaseLeft()
    return solved
  }

  /** A member leaves with its state; the last one ends the runs. */
  leave(utterance: Utterance): void {
    const at = this.#members.indexOf(utterance)
    assert(at >= 0, 'a member that leaves was in the group')
    this.#work.abortOne(at)
    this.#members[at] = undefined
    if (utterance.state !== undefined) this.#left.push(utterance.state)
    utterance.state = undefined
    utterance.group = undefined
    if (this.members.length > 0) return
    this.#work.abort()
    this.#releaseLeft()
  }

  #releaseLeft(): void {
    for (const state of this.#left.splice(0)) state.release()
  }
}
