/**
 * Turns between clients in the queue: a client with much under way stands back. Pure.
 *
 * Each other speech of a client counts as if the request had come a second later. So a client with nothing under way
 * goes before a crowd of one address. A crowd that waits long enough still gets its turn.
 */

/** ms that each speech of the same client puts a request back. */
const STEP_BACK_MS = 1000

/** The smaller, the sooner. `rank` is as `rankOf` gives it, `others` the client's speeches beside this one. */
export function fairRank(rank: number, others: number): number {
  return rank + others * STEP_BACK_MS
}

/** Whether of so many streams by client another one than `client` has more than half, of at least two. */
export function isCrowded(streamsOf: ReadonlyMap<string, number>, client: string): boolean {
  let all = 0
  let most = 0
  for (const [other, streams] of streamsOf) {
    all += streams
    if (other !== client) most = Math.max(most, streams)
  }
  return most >= 2 && 2 * most > all
}
