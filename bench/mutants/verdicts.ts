/** What was found of each fault, kept in a file: a run that was ended goes on, and `docs/mutants.md` is made of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Mutant, MutantArea } from './mutant.ts'

/** `late`: noticed only in that its tests did not end in time, which a busy machine does too. */
export type Outcome = 'killed' | 'late' | 'survived' | 'not found'

export interface Verdict {
  readonly area: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly outcome: Outcome
  /** The test file that noticed it. */
  readonly by?: string | undefined
}

export class Verdicts {
  readonly #path: string
  #all: Verdict[]

  constructor(path: string) {
    this.#path = path
    this.#all = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Verdict[]) : []
  }

  find({ name }: MutantArea, { file, from, to }: Mutant): Verdict | undefined {
    return this.#all.find(
      (one) => one.area === name && one.file === file && one.from === from && one.to === to,
    )
  }

  /** Keeps one, in place of what was known of its fault. */
  put(verdict: Verdict): void {
    const others = this.#all.filter(
      ({ area, file, from, to }) =>
        area !== verdict.area || file !== verdict.file || from !== verdict.from || to !== verdict.to,
    )
    this.#all = [...others, verdict]
    const lines = this.#all.map((one) => JSON.stringify(one)).sort()
    writeFileSync(this.#path, `[\n${lines.join(',\n')}\n]\n`)
  }
}

export interface AreaCount {
  readonly area: string
  readonly faults: number
  readonly killed: number
  readonly late: number
  readonly survived: number
  readonly equivalent: readonly Mutant[]
  /** Put in by no run so far. */
  readonly unjudged: number
}

/** An area's faults by what is known of them. Verdicts of faults that are no more do not count. */
export function countArea(area: MutantArea, verdicts: Verdicts): AreaCount {
  const judged = area.mutants.filter(({ equivalent }) => equivalent === undefined)
  const outcomes = judged.map((mutant) => verdicts.find(area, mutant)?.outcome)
  const count = (wanted: Outcome | undefined) => outcomes.filter((outcome) => outcome === wanted).length
  return {
    area: area.name,
    faults: area.mutants.length,
    killed: count('killed'),
    late: count('late'),
    survived: count('survived'),
    equivalent: area.mutants.filter(({ equivalent }) => equivalent !== undefined),
    unjudged: count(undefined) + count('not found'),
  }
}
