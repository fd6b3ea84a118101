/**
 * The voices at one device: which acoustic lane has which, and which have their prompt solved.
 *
 * One lane solves a prompt; the device's other lanes get the result.
 */
import type { SharedPrompt } from '../core/shared-prompt.ts'
import type { Voice } from '../core/voice.ts'
import type { LaneSeat } from './lane-seat.ts'

export class LaneVoices {
  readonly #seats: readonly LaneSeat[]
  /** Solved prompts, for lanes that are still to need them. */
  readonly #prompts = new Map<string, SharedPrompt>()

  constructor(acousticSeats: readonly LaneSeat[]) {
    this.#seats = acousticSeats
  }

  /** Whether the voice's solved prompt is here. */
  isSolved(key: string): boolean {
    return this.#prompts.has(key) || this.#seats.some(({ voicesHeld }) => voicesHeld.has(key))
  }

  /** Whether a lane would have to solve the voice's prompt itself. */
  mustSolve(key: string, seat: LaneSeat): boolean {
    return !seat.voicesHeld.has(key) && !this.#prompts.has(key)
  }

  /** Gives a lane the voice, and its prompt where that is solved. Once: what a lane was given it keeps. */
  give({ key, speechTokens, mel, embedding }: Voice, seat: LaneSeat): void {
    if (seat.voicesSent.has(key)) return
    seat.lane!.post({ type: 'voice', key, speechTokens, mel, embedding })
    seat.voicesSent.add(key)
    const prompt = this.#prompts.get(key)
    if (prompt !== undefined) seat.lane!.post({ type: 'prompt', key, prompt })
  }

  /** A lane holds a prompt: the others that know the voice need not solve it. */
  held(key: string, prompt: SharedPrompt, solver: LaneSeat): void {
    solver.voicesHeld.add(key)
    // Main may have let the voice go in the meantime.
    if (this.#prompts.has(key) || !solver.voicesSent.has(key)) return
    this.#prompts.set(key, prompt)
    for (const { voicesSent, voicesHeld, lane } of this.#seats)
      if (voicesSent.has(key) && !voicesHeld.has(key)) lane?.post({ type: 'prompt', key, prompt })
  }

  /** A lane had to let a prompt go. Memory is short there: main must not keep it alive. */
  gone(key: string, seat: LaneSeat): void {
    seat.voicesHeld.delete(key)
    this.#prompts.delete(key)
  }

  /** A lane's thread has ended: what it alone held is counted no more. */
  forget(seat: LaneSeat): void {
    const held = [...seat.voicesHeld]
    seat.clear()
    for (const key of held)
      if (!this.#seats.some(({ voicesHeld }) => voicesHeld.has(key))) this.#prompts.delete(key)
  }

  /** The voice left main's memory: the lanes' copies go with the last utterance that uses them. */
  drop(key: string): void {
    this.#prompts.delete(key)
    for (const { lane, voicesSent } of this.#seats)
      if (voicesSent.delete(key)) lane?.post({ type: 'dropVoice', key })
  }
}
