/**
 * The voices at one device: which acoustic lane was given which, and who has a voice's prompt solved already.
 *
 * Knows: that a prompt is solved once and handed on to the device's other lanes. Does not know: utterances, slots.
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

  /** Whether a lane here holds the voice's solved prompt. */
  isSolved(key: string): boolean {
    return this.#seats.some(({ voicesSolved }) => voicesSolved.has(key))
  }

  /** Whether a lane would have to solve the voice's prompt itself. */
  mustSolve(key: string, seat: LaneSeat): boolean {
    return !seat.voicesSolved.has(key) && !this.#prompts.has(key)
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
    solver.voicesSolved.add(key)
    // Main may have let the voice go in the meantime.
    if (this.#prompts.has(key) || !solver.voicesSent.has(key)) return
    this.#prompts.set(key, prompt)
    for (const { voicesSent, voicesSolved, lane } of this.#seats)
      if (voicesSent.has(key) && !voicesSolved.has(key)) lane?.post({ type: 'prompt', key, prompt })
  }

  /** A lane had to let a prompt go. Memory is short there: nothing here may keep it from being freed. */
  gone(key: string, seat: LaneSeat): void {
    seat.voicesSolved.delete(key)
    this.#prompts.delete(key)
  }

  /** The voice left main's memory: the lanes' copies go as soon as nobody speaks with them. */
  drop(key: string): void {
    this.#prompts.delete(key)
    for (const { lane, voicesSent } of this.#seats)
      if (voicesSent.delete(key)) lane?.post({ type: 'dropVoice', key })
  }
}
