/**
 * What the supervisor does when the server has ended. Pure.
 *
 * Exit code 0 is a stop that was asked for. Code 2 is wrong arguments or settings, or a model that cannot be served
 * (`serve.ts`). Code 75 is a hung device (`../lanes/hard-exit.ts`).
 */

/** How the server ended, as Node tells it. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One life of the server. */
export interface Life {
  readonly wasReady: boolean
  readonly livedMs: number
}

export type Move =
  | { readonly do: 'end'; readonly code: number; readonly why: string | undefined }
  | { readonly do: 'start'; readonly afterMs: number; readonly why: string }

const EXIT_BAD_START = 2
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
/** A life this long forgives the deaths before it. */
const LONG_LIFE_MS = 60_000
/** Lives in a row that never served: something is wrong that another start will not mend. */
const MAX_STILLBORN = 5

/** `lives` are all so far, the last one being that which ended now. */
export function nextMove(ending: Ending, lives: readonly Life[], stopping: boolean): Move {
  const { code, signal } = ending
  if (stopping) return { do: 'end', code: code ?? 0, why: undefined }
  if (code === 0) return { do: 'end', code: 0, why: undefined }
  if (code === EXIT_BAD_START) return { do: 'end', code, why: undefined }
  const how = code === null ? `the server was ended by ${signal}` : `the server ended with code ${code}`
  const stillborn = countLast(lives, ({ wasReady }) => !wasReady)
  if (stillborn >= MAX_STILLBORN) {
    return { do: 'end', code: code ?? 1, why: `${how}; it never got ready in ${stillborn} starts, giving up` }
  }
  const short = countLast(lives, ({ livedMs }) => livedMs < LONG_LIFE_MS)
  const afterMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, short - 1))
  return { do: 'start', afterMs, why: how }
}

function countLast(lives: readonly Life[], is: (life: Life) => boolean): number {
  const last = lives.findLastIndex((life) => !is(life))
  return lives.length - 1 - last
}
