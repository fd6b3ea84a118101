/**
 * Samples of a soak, kept line by line in a file: a run that was cut short goes on with the minutes left.
 *
 * What each process held is judged by itself: memory of a new one begins anew.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Sample } from './trend.ts'

export const LINES = ['memory', 'heap', 'descriptors', 'threads'] as const
export type LineName = (typeof LINES)[number]

/** By line, of one process; `at` counts from its start. */
export type ProcessSamples = Readonly<Record<LineName, Sample[]>>

export class KeptSamples {
  readonly #file: string | undefined
  /** Of all processes, the running one last. */
  readonly processes: readonly ProcessSamples[]

  /** Reads what is there; what a kill cut in the middle of a line is left out. */
  constructor(file: string | undefined) {
    this.#file = file
    if (file !== undefined) mkdirSync(dirname(file), { recursive: true })
    const processes: ProcessSamples[] = []
    const text = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : ''
    for (const line of text.split('\n').slice(0, -1)) {
      const [name, at, value] = line.split(' ')
      if (name === 'process') processes.push(none())
      else if (isLine(name)) processes.at(-1)?.[name].push({ at: Number(at), value: Number(value) })
    }
    if (file !== undefined && !text.endsWith('\n') && text !== '')
      truncateSync(file, Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)))
    this.processes = [...processes, none()]
    this.#write('process')
  }

  /** Seconds that were sampled, of all processes. */
  get seconds(): number {
    return this.processes.reduce((sum, { memory }) => sum + (memory.at(-1)?.at ?? 0), 0)
  }

  /** `at` in seconds since the running process began. */
  add(name: LineName, sample: Sample): void {
    this.processes.at(-1)![name].push(sample)
    this.#write(`${name} ${sample.at.toFixed(1)} ${sample.value}`)
  }

  /** One line over all processes, one behind the other. */
  all(name: LineName): Sample[] {
    const joined: Sample[] = []
    let offset = 0
    for (const process of this.processes) {
      joined.push(...process[name].map(({ at, value }) => ({ at: at + offset, value })))
      offset += process.memory.at(-1)?.at ?? 0
    }
    return joined
  }

  #write(line: string): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${line}\n`)
  }
}

function none(): ProcessSamples {
  return { memory: [], heap: [], descriptors: [], threads: [] }
}

function isLine(name: string | undefined): name is LineName {
  return LINES.includes(name as LineName)
}
