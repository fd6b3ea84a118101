/** How far a run of the fuzzer is, in a file. One that was cut short goes on with the minutes that are left. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { FuzzReport } from './fuzzer.ts'

const runSchema = z.object({
  /** That were spent, of all doors together. */
  seconds: z.number(),
  /** Each tries every door with a seed of its own. */
  rounds: z.int(),
  doors: z.record(
    z.string(),
    z.object({ tried: z.int(), outcomes: z.array(z.string()), faults: z.array(z.string()) }),
  ),
})

type Run = z.output<typeof runSchema>

export class KeptRun {
  readonly #file: string | undefined
  #run: Run = { seconds: 0, rounds: 0, doors: {} }

  /** Reads what is there. */
  constructor(file: string | undefined) {
    this.#file = file
    if (file !== undefined && existsSync(file))
      this.#run = runSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  }

  get seconds(): number {
    return this.#run.seconds
  }

  get rounds(): number {
    return this.#run.rounds
  }

  /** By door: inputs, kinds of what became of them, and files of faults, each once. */
  get doors(): { name: string; tried: number; outcomes: number; faults: string[] }[] {
    return Object.entries(this.#run.doors).map(([name, { tried, outcomes, faults }]) => {
      return { name, tried, outcomes: outcomes.length, faults }
    })
  }

  add(door: string, seconds: number, { tried, outcomes, faults }: FuzzReport): void {
    const before = this.#run.doors[door] ?? { tried: 0, outcomes: [], faults: [] }
    this.#run.seconds += seconds
    this.#run.doors[door] = {
      tried: before.tried + tried,
      outcomes: [...new Set([...before.outcomes, ...outcomes])],
      faults: [...new Set([...before.faults, ...faults.map(({ file }) => file)])],
    }
  }

  endRound(): void {
    this.#run.rounds++
    if (this.#file === undefined) return
    writeFileSync(`${this.#file}.partial`, JSON.stringify(this.#run))
    renameSync(`${this.#file}.partial`, this.#file)
  }
}
