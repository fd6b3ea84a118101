/**
 * Turns for work on texts, each piece of which takes the main thread for milliseconds: one piece in a turn of the event
 * loop, whichever client's it is. So probes and listeners are served in between.
 */
const waiting: (() => void)[] = []

/** Does a piece of work once its turn has come. It must not throw. */
export function inTextTurn(work: () => void): void {
  // The one in its turn stays first until it is done, so a turn is due whenever there are others.
  if (waiting.push(work) === 1) setImmediate(next)
}

/** Resolves in a turn of the caller's own. */
export function textTurn(): Promise<void> {
  return new Promise((resolve) => inTextTurn(resolve))
}

function next(): void {
  waiting[0]!()
  waiting.shift()
  if (waiting.length > 0) setImmediate(next)
}
