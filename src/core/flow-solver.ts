/**
 * The flow's solvers: at which times the estimator is asked, and how its answers become the next x. Pure arithmetic.
 *
 * `euler10` is the reference's: ten Euler steps on a cosine grid. `2m-N` is DPM-Solver++(2M) on the data prediction (Lu
 * et al. 2022) over the same kind of grid: a step also uses the prediction of the step before. So seven evaluations
 * come closer to the flow's true solution than ten Euler steps.
 *
 * With v the guided velocity:
 *
 *   x_t = (1 − t) · noise + t · data,  D = x + (1 − t) · v,  λ = ln(t / (1 − t))
 *   x' = a · x + (1 − a) · (D + k · (D − D_before)),  a = (1 − t') / (1 − t),  k = min(1, ½ · Δλ / Δλ_before)
 *
 * D is the prediction of the data; k is 0 in the first and in the last step. One graph serves all: it gives
 * x + gain · v, and `gain` is an Euler step's length or 1 − t.
 */
const { fround } = Math

export type TimeGrid = 'cosine' | 'linear'

/** One evaluation of the estimator: the time it is asked for, and what its velocity is multiplied by. */
export interface Evaluation {
  readonly t: number
  readonly gain: number
}

/** How a prediction becomes the next x: shares of x (a) and of the difference to the prediction before (k). */
export interface Mix {
  readonly keep: number
  readonly correction: number
}

export interface FlowSolver {
  readonly name: string
  /** Its first row in the graph's time tables, and how many it has: an evaluation for each. */
  readonly firstRow: number
  readonly evaluations: number
  /** For each evaluation; undefined where the graph's output is the next x as it is. */
  readonly mixes: readonly Mix[] | undefined
}

const NAME = /^(euler|2m-)([1-9]\d{0,2})$/
/** λ is infinite at both ends of the grid. */
const CLAMP = 1e-4

/** Whether a name is that of a solver, such as `euler10` or `2m-7`. */
export function isSolverName(name: string): boolean {
  return NAME.test(name)
}

/** What a CPU runs unless told otherwise: as close to the true solution as the reference's steps, and cheaper (bench/solver). */
const CPU_SOLVER = '2m-7'

/** The solver that a setting means for a bundle; `auto`: what the bundle was made for, else by the kind of device. */
export function chosenSolver(
  setting: string,
  { solvers, solver }: { readonly solvers: readonly string[]; readonly solver?: string | undefined },
  device: 'cpu' | 'cuda',
): string {
  if (setting !== 'auto') return setting
  if (solver !== undefined) return solver
  return device === 'cpu' && solvers.includes(CPU_SOLVER) ? CPU_SOLVER : solvers[0]!
}

/** The solver `name` among those that a graph was built with, in their order. Undefined where it is not among them. */
export function findSolver(names: readonly string[], name: string, grid: TimeGrid): FlowSolver | undefined {
  const at = names.indexOf(name)
  if (at < 0) return undefined
  const { kind, count } = parse(name)
  const firstRow = names.slice(0, at).reduce((sum, before) => sum + parse(before).count, 0)
  return {
    name,
    firstRow,
    evaluations: count,
    mixes: kind === '2m-' ? mixesOf(timePoints(count, grid)) : undefined,
  }
}

/** What a graph's time tables hold of a solver. */
export function evaluationsOf(name: string, grid: TimeGrid): Evaluation[] {
  const { kind, count } = parse(name)
  if (kind === 'euler') return eulerSteps(count, grid).map(({ t, dt }) => ({ t, gain: dt }))
  return timePoints(count, grid)
    .slice(0, -1)
    .map((t) => ({ t, gain: fround(1 - t) }))
}

function parse(name: string): { kind: 'euler' | '2m-'; count: number } {
  const [, kind, count] = NAME.exec(name) ?? []
  if (kind === undefined) throw new Error(`expected a solver such as euler10 or 2m-7, got '${name}'`)
  return { kind: kind as 'euler' | '2m-', count: Number(count) }
}

function mixesOf(points: readonly number[]): Mix[] {
  const lambda = points.map((t) => Math.log(Math.max(t, CLAMP) / Math.max(1 - t, CLAMP)))
  const last = points.length - 2
  return points.slice(0, -1).map((t, i) => {
    const keep = (1 - points[i + 1]!) / (1 - t)
    if (i === 0 || i === last) return { keep, correction: 0 }
    const ratio = (lambda[i + 1]! - lambda[i]!) / (lambda[i]! - lambda[i - 1]!)
    return { keep, correction: Math.min(1, ratio / 2) }
  })
}

/** `predicted` becomes the next x, and `before` takes the prediction that it was. All `[frames, mels]`. */
export function mixPrediction(
  { keep, correction }: Mix,
  x: Float32Array,
  predicted: Float32Array,
  before: Float32Array,
): void {
  for (let i = 0; i < predicted.length; i++) {
    const now = predicted[i]!
    predicted[i] = keep * x[i]! + (1 - keep) * (now + correction * (now - before[i]!))
    before[i] = now
  }
}

/** The grid's `count` + 1 time points from 0 to 1, in single precision. */
export function timePoints(count: number, grid: TimeGrid): number[] {
  const step = fround(1 / count)
  return Array.from({ length: count + 1 }, (_, i) => {
    // torch.linspace counts from the nearer end.
    const linear = i < (count + 1) / 2 ? fround(step * i) : fround(1 - fround(step * (count - i)))
    if (grid === 'linear') return linear
    return fround(1 - fround(Math.cos(fround(fround(linear * 0.5) * fround(Math.PI)))))
  })
}

/** Euler's steps as the reference takes them: t is summed up from the steps, not read from the grid. */
export function eulerSteps(count: number, grid: TimeGrid): { readonly t: number; readonly dt: number }[] {
  const points = timePoints(count, grid)
  const steps: { t: number; dt: number }[] = []
  let t = points[0]!
  for (let i = 1; i <= count; i++) {
    const dt = fround(points[i]! - t)
    steps.push({ t, dt })
    t = fround(t + dt)
  }
  return steps
}
