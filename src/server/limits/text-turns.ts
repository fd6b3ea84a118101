/**
 * Turns for work on texts, each piece of which takes the main thread for milliseconds: one piece in a turn of the event loop,
 * whichever client's it is, so that probes and listeners are served in between.
 */
const waiting: (() => void)[] = []
let turn: NodeJS.Immediate | undefined

/** Does a piece of work once its turn has come. It must not throw. */
export function inTextTurn(work: () => void): void {
  waiting.push(work)
  turn ??= setImmediate(next)
}

/** Resolves in a turn of the caller's own. */
export function textTurn(): Promise<void> {
  return new Promise((resolve) => inTextTurn(resolve))
}

function next(): void {
  turn = waiting.length > 1 ? setImmediate(next) : undefined
  waiting.shift()!()
}
