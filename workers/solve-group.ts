/**
 * Utterances whose blocks are solved by the same runs, from their first run to their last. Mostly one.
 *
 * A member that leaves in between disturbs no other; its memory stays in use until the runs end.
 */
import assert from 'node:assert/strict'
import type { FlowState } from '../src/engine/flow/flow-state.ts'
import type { FlowWork } from '../src/engine/flow/flow-work.ts'

interface Member {
  state: FlowState | undefined
  group: unknown
}

export class SolveGroup<Speaker extends Member> {
  readonly #work: FlowWork
  /** In the work's order; undefined where a member has left. */
  readonly #members: (Speaker | undefined)[]
  readonly #left: FlowState[] = []

  constructor(work: FlowWork, members: readonly Speaker[]) {
    this.#work = work
    this.#members = [...members]
    for (const member of members) member.group = this
  }

  get members(): Speaker[] {
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
  finish(): { readonly speaker: Speaker; readonly frames: Float32Array }[] {
    const made = this.#work.finish()
    const solved = this.#members.flatMap((speaker, i) =>
      speaker === undefined ? [] : [{ speaker, frames: made[i]! }],
    )
    for (const { speaker } of solved) speaker.group = undefined
    this.#releaseLeft()
    return solved
  }

  /** A member leaves with its state; the last one ends the runs. */
  leave(speaker: Speaker): void {
    const at = this.#members.indexOf(speaker)
    assert(at >= 0, 'a member that leaves was in the group')
    this.#work.drop(at)
    this.#members[at] = undefined
    if (speaker.state !== undefined) this.#left.push(speaker.state)
    speaker.state = undefined
    speaker.group = undefined
    if (this.members.length > 0) return
    this.#work.close()
    this.#releaseLeft()
  }

  #releaseLeft(): void {
    for (const state of this.#left.splice(0)) state.release()
  }
}
