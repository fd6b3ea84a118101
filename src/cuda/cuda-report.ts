/** What is there for CUDA and what is missing: for people a table, for programs one JSON line. Pure. */
import type { CudaLibraries } from './cuda-libraries.ts'
import { GET_CUDA } from './cuda-libraries.ts'
import type { PinnedWheels } from './pinned-wheels.ts'

export interface Card {
  readonly index: number
  readonly name: string
  /** Of its memory. */
  readonly bytes: number
  /** What no program has of that; undefined where the driver does not tell. */
  readonly free?: number
  /** Compute capability: major, minor. */
  readonly capability: readonly [number, number]
}

export interface DriverReport {
  /** The driver's, such as 580.65.06. */
  readonly version?: string
  /** Newest CUDA that it serves, such as 13.0. */
  readonly cuda?: string
  readonly cards: readonly Card[]
  /** Why nothing could be asked. */
  readonly fault?: string
}

/** Whether a small graph ran on a card; what went wrong if it did not. */
export type Trial = { readonly ok: true } | { readonly ok: false; readonly why: string }

export interface CudaReport {
  readonly libraries: CudaLibraries
  readonly driver: DriverReport
  /** By card; empty where none was tried. */
  readonly trials: readonly Trial[]
  /** One line each, of what keeps CUDA from being used and what helps. */
  readonly missing: readonly string[]
}

/** Compute capabilities that the provider has kernels for; it has no code that another card could translate. */
const SERVED = '7.5, 8.x, 9.0, 12.0'

export function isServed([major, minor]: readonly [number, number]): boolean {
  // Those for 8.0, 8.6 and 8.9 run on every 8.x; those for 9.0 and 12.0 use what later minor versions lack.
  return major === 8 || (major === 7 && minor === 5) || ((major === 9 || major === 12) && minor === 0)
}

/** What is missing before a card was tried; `trials` when they were. */
export function cudaReport(
  libraries: CudaLibraries,
  driver: DriverReport,
  pinned: PinnedWheels,
  trials: readonly Trial[] = [],
): CudaReport {
  const missing: string[] = []
  if (libraries.missing.length > 0)
    missing.push(`libraries: ${libraries.missing.join(', ')}; ${GET_CUDA} gets them`)
  if (driver.fault !== undefined)
    missing.push(
      `driver: ${driver.fault}; install version 580 or newer, in a container by NVIDIA's container toolkit`,
    )
  else if (Number(driver.cuda?.split('.')[0]) < Number(pinned.cuda))
    missing.push(
      `driver: expected one for CUDA ${pinned.cuda}, got one for CUDA ${driver.cuda}; install version 580 or newer`,
    )
  else if (driver.cards.length === 0) missing.push('card: the driver sees none')
  for (const { index, name, capability } of driver.cards)
    if (!isServed(capability))
      missing.push(
        `card ${index}: ${name} has compute capability ${capability.join('.')}, expected one of ${SERVED}`,
      )
  for (const [i, trial] of trials.entries()) if (!trial.ok) missing.push(`card ${i}: ${trial.why}`)
  return { libraries, driver, trials, missing }
}

/** Cards on which a graph ran. */
export function workingCards({ driver, trials }: CudaReport): readonly Card[] {
  return driver.cards.filter(({ index }) => trials[index]?.ok === true)
}

export function reportTable(report: CudaReport): string {
  const { libraries, driver, trials, missing } = report
  const rows: [string, string][] = [
    ['driver', driver.version ?? (driver.fault === undefined ? 'unknown' : 'none')],
    ['CUDA of the driver', driver.cuda ?? 'none'],
    ['libraries', libraries.missing.length === 0 ? libraries.own : `not whole in ${libraries.own}`],
    ...(libraries.installed === undefined ? [] : [['installation', libraries.installed] as [string, string]]),
    ...driver.cards.map(({ index, name, bytes, free, capability }): [string, string] => {
      const trial = trials[index]
      const state = trial === undefined ? 'not tried' : trial.ok ? 'a graph ran' : 'a graph failed'
      return [
        `card ${index}`,
        `${name}, ${gib(bytes)} GiB${free === undefined ? '' : ` (${gib(free)} free)`}, compute capability ${capability.join('.')}, ${state}`,
      ]
    }),
    ...(missing.length === 0
      ? [['missing', 'nothing'] as [string, string]]
      : missing.map((line, i): [string, string] => [i === 0 ? 'missing' : '', line])),
  ]
  return rows.map(([name, value]) => `${name.padEnd(20)}${value}`).join('\n')
}

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1)

export function reportLine(report: CudaReport): string {
  const { driver, missing, libraries } = report
  return JSON.stringify({
    ok: missing.length === 0,
    folder: libraries.own,
    driver: driver.version ?? null,
    cuda: driver.cuda ?? null,
    cards: driver.cards.map(({ name, bytes, free, capability }, i) => ({
      name,
      bytes,
      free: free ?? null,
      capability: capability.join('.'),
      works: report.trials[i]?.ok ?? null,
    })),
    missing,
  })
}
