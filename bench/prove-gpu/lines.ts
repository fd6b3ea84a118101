/** What a proof says: a line for each thing, with its figure and the bar it was held to. Pure. */

export type Outcome = 'ok' | 'miss' | 'told' | 'left out'

export interface Line {
  readonly name: string
  /** `told`: a figure that is held to no bar. */
  readonly outcome: Outcome
  readonly figure: number | string
  /** In words; of what was left out, why. */
  readonly bar: string
}

export interface StepResult {
  readonly step: string
  readonly device: string
  readonly size: string
  readonly family: string
  readonly seconds: number
  /** It ran to its end: a resumed proof does not run it again. */
  readonly isWhole: boolean
  readonly lines: readonly Line[]
}

const NO_BAR = 'no bar is known for this device'

/** Without a limit the figure is only told. */
export function atMost(name: string, figure: number, limit: number | undefined): Line {
  if (limit === undefined) return told(name, figure)
  const isKept = figure <= limit
  return { name, outcome: isKept ? 'ok' : 'miss', figure, bar: `≤ ${readable(limit)}` }
}

export function exactly(name: string, figure: number | string, wanted: number | string): Line {
  return { name, outcome: figure === wanted ? 'ok' : 'miss', figure, bar: String(wanted) }
}

export const told = (name: string, figure: number | string, why = NO_BAR): Line => ({
  name,
  outcome: 'told',
  figure,
  bar: why,
})

export const leftOut = (name: string, why: string): Line => ({
  name,
  outcome: 'left out',
  figure: '',
  bar: why,
})

const SIGN: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  miss: 'MISS',
  told: '–',
  'left out': 'left out',
}

export function lineText({ name, outcome, figure, bar }: Line): string {
  const shown = typeof figure === 'number' ? readable(figure) : figure.slice(0, 60)
  return `${SIGN[outcome].padEnd(9)}${name.padEnd(64)} ${shown.padStart(12)}  (${bar})`
}

/** The last line. Ok where something was compared and nothing missed; `complete` where nothing was left out. */
export function summaryOf(results: readonly StepResult[], about: { folder: string; seconds: number }) {
  const lines = results.flatMap(({ lines }) => lines)
  const namesOf = (outcome: Outcome) =>
    lines.filter((line) => line.outcome === outcome).map(({ name }) => name)
  const missed = namesOf('miss')
  const compared = namesOf('ok').length + missed.length
  const out = namesOf('left out')
  return {
    ok: compared > 0 && missed.length === 0,
    complete: out.length === 0,
    compared,
    missed,
    left_out: out,
    ...about,
    figures: Object.fromEntries(lines.map(({ name, figure }) => [name, figure])),
  }
}

function readable(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  return Math.abs(value) >= 0.01 ? value.toFixed(2) : value.toExponential(1)
}
