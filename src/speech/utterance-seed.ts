/** Randomness of a speech's utterances, one rule for the server and the offline command. */

/** Seed of utterance `index`; the first one's is the request's own. Later ones must not repeat the first one's draws. */
export function utteranceSeed(seed: number, index: number): number {
  return (seed + index * 0x9e3779b9) >>> 0
}
