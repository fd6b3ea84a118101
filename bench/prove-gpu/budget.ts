/** How long a step may take of the time that is left. Pure. */

/** Less of its budget is no use to a step. */
const LEAST_SHARE = 0.5
/** A CPU proves the proof, and not itself: its steps may take so much longer. */
const CPU_TIMES = 10

/** Seconds; 0 where the step is left out. */
export function secondsFor(budget: number, left: number, device: string): number {
  const wanted = device === 'cpu' ? CPU_TIMES * budget : budget
  return left >= LEAST_SHARE * budget ? Math.min(wanted, left) : 0
}
