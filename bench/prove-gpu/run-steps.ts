/**
 * Runs steps one after the other, each in a process of its own that its budget ends. So a fault of the device costs one
 * step, and what that took goes with it. Every result is a file of the folder.
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { secondsFor } from './budget.ts'
import { type Line, leftOut, type StepResult } from './lines.ts'
import type { ProofOptions, Step } from './proof.ts'

export interface RunOptions extends ProofOptions {
  /** Seconds for all steps together. */
  readonly limit: number
  /** Steps whose results are there are not run again. */
  readonly resume: boolean
  /** The entry that runs one step, and its arguments. */
  readonly entry: readonly string[]
  readonly tell: (line: Line) => void
  readonly head: (text: string) => void
}

/** Of these steps, in this order. */
export async function runSteps(steps: readonly Step[], options: RunOptions): Promise<StepResult[]> {
  const started = performance.now()
  const results: StepResult[] = []
  await mkdir(options.folder, { recursive: true })
  for (const step of steps) {
    const kept = options.resume ? await keptResult(step, options) : undefined
    const left = options.limit - seconds(started)
    options.head(`${step.name}: ${step.what}${kept === undefined ? '' : ' (kept from before)'}`)
    if (kept !== undefined) for (const line of kept.lines) options.tell(line)
    const result = kept ?? (await runStep(step, secondsFor(step.budget, left, options.device), options))
    if (kept === undefined) await store(result, options.folder)
    results.push(result)
  }
  return results
}

async function runStep(step: Step, limit: number, options: RunOptions): Promise<StepResult> {
  const { device, size, family, tell } = options
  const lines: Line[] = []
  const take = (line: Line) => {
    lines.push(line)
    tell(line)
  }
  const started = performance.now()
  const result = (isWhole: boolean): StepResult => {
    const took = Math.round(10 * seconds(started)) / 10
    return { step: step.name, device, size, family, seconds: took, isWhole, lines }
  }
  if (limit === 0) {
    take(leftOut(step.name, `less than half of its ${step.budget} s were left`))
    return result(false)
  }
  const end = await childsEnd([...options.entry, '--step', step.name], limit, take)
  if (end === 'late') take(leftOut(`the rest of ${step.name}`, `its ${limit.toFixed(0)} s were over`))
  else if (end !== '0')
    take({ name: `${step.name}: how its process ended`, outcome: 'miss', figure: end, bar: '0' })
  return result(end === '0')
}

/** Lines come as messages. The exit code or signal; `late` where its time was over. */
async function childsEnd(
  args: readonly string[],
  limit: number,
  take: (line: Line) => void,
): Promise<string> {
  // Of a group of its own, which has the server and other processes that the step starts.
  const child = spawn(process.execPath, [...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  })
  const endGroup = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  }
  const leave = (signal: NodeJS.Signals) => {
    endGroup()
    process.kill(process.pid, signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    endGroup()
  }, limit * 1000)
  child.on('message', (line) => take(line as Line))
  const end = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(String(signal ?? code)))
  })
  clearTimeout(timer)
  endGroup()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave)
  return isLate ? 'late' : end
}

const fileOf = (folder: string, step: string) => join(folder, `${step}.json`)

/** A whole result of the same device, size and family. */
async function keptResult({ name }: Step, { folder, device, size, family }: RunOptions) {
  const text = await readFile(fileOf(folder, name), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const found = JSON.parse(text) as StepResult
  const isSame = found.device === device && found.size === size && found.family === family
  return found.isWhole && isSame ? found : undefined
}

async function store(result: StepResult, folder: string): Promise<void> {
  const file = fileOf(folder, result.step)
  await writeFile(`${file}.partial`, `${JSON.stringify(result, null, 2)}\n`)
  await rename(`${file}.partial`, file)
}

const seconds = (from: number) => (performance.now() - from) / 1000
