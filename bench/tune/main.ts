/**
 * `npm run -s tune`: searches a device's parameters and writes a profile with what was measured.
 *
 * Exit codes: 0, also where nothing better was found; 2 for wrong arguments.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { Option } from 'commander'
import { ownProfileFile, type Profile, pickProfile } from '../../src/config/profile.ts'
import { describeError, TtsError } from '../../src/core/errors.ts'
import { WEIGHT_FORMATS } from '../../src/core/weight-set.ts'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, listOf, oneOf, positive, positiveNumber } from '../command-line/values.ts'
import { costModelSchema } from '../cost/cost-model.ts'
import { circumstances, commandLine, report } from '../report/record.ts'
import { seededRandom } from '../simulate/workload.ts'
import { Journal } from './journal.ts'
import { withMeasuredCosts } from './measured-costs.ts'
import { measuredRun } from './measured-run.ts'
import { OBJECTIVE_FACTS, OBJECTIVES, type Objective } from './objective.ts'
import { candidateOf, differences, parametersFor, profileOf } from './parameters.ts'
import { loadOf, machineOf, predictScore } from './predict.ts'
import { search } from './search.ts'

interface TuneOptions {
  readonly device: string
  readonly objective: Objective
  readonly out: string | undefined
  readonly from: string | undefined
  readonly model: string | undefined
  readonly weights: readonly Profile['weights'][]
  readonly budget: number
  readonly seconds: number
  readonly candidates: number
  readonly seed: number
  readonly state: string
  readonly dryRun: boolean
  readonly costs: 'measured' | 'profile'
  readonly quick: boolean
  readonly record: string | undefined
}

/** What fits into a minute. */
const QUICK = { budget: 0.6, seconds: 4, candidates: 2 }

const options = readTuneOptions(process.argv.slice(2))
await tune(options).catch((error: unknown) => {
  console.error(`tune: ${describeError(error)}`)
  process.exitCode = error instanceof TtsError ? 2 : 1
})

async function tune(options: TuneOptions): Promise<void> {
  const { device, objective, dryRun, seed } = options
  const { profile: found, file } = await pickProfile(device, options.from)
  // Costs of another CPU would mislead the simulator; those of a GPU are not measured by this.
  const base =
    options.costs === 'measured' && device.startsWith('cpu:')
      ? withMeasuredCosts(found, device, options.quick ? 1 : 2)
      : found
  const out = options.out ?? ownProfileFile(device, cpus()[0]?.model ?? '')
  const cost = costModelSchema.safeParse(base.cost)
  if (!cost.success)
    throw new TtsError(
      'BAD_CONFIG',
      file,
      'expected a cost model (node dist/bench/cost/main.js --write FILE), got none',
    )
  const facts = OBJECTIVE_FACTS[objective]
  if (!/^(cpu|cuda):\d+$/.test(device))
    throw new TtsError('BAD_CONFIG', '--device', `expected such as cpu:2 or cuda:0, got ${device}`)
  // A GPU's two lanes have a thread each.
  const threads = Number(/^cpu:(\d+)$/.exec(device)?.[1] ?? 2)
  const parameters = parametersFor(device.startsWith('cuda') ? undefined : threads, options.weights)
  const incumbent = candidateOf(base, parameters)
  const profileFor = (candidate: typeof incumbent) => profileOf(base, parameters, candidate)
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000
  const say = (line: string) => console.error(`[${elapsed().toFixed(0).padStart(4)} s] ${line}`)
  const machine = (profile: Profile) => machineOf(profile, cost.data, threads)
  // The same load for every candidate: what the device was thought to carry before.
  const clients = loadOf(facts, machine(base))
  say(`${device}, ${objective}: ${facts.what} (${facts.unit}, lower is better)`)
  say(`starting from ${file}; ${clients} ${facts.mode === 'listeners' ? 'listeners' : 'clients'}`)

  const conditions = JSON.stringify({ device, objective, clients, seconds: options.seconds, base, seed })
  const journal = new Journal(options.state, conditions)
  if (!dryRun && journal.size > 0) say(`going on with ${journal.size} measurements of ${options.state}`)
  const measure = async (candidate: typeof incumbent, repeat: number) =>
    journal.once(`${candidate.join()}#${repeat}`, async () => {
      const figures = await measuredRun(profileFor(candidate), {
        device,
        model: options.model,
        mode: facts.mode,
        clients,
        seconds: options.seconds,
        seed: seed + repeat,
      })
      const score = facts.score(figures)
      say(`${score.toFixed(2)} ${facts.unit}: ${differences(parameters, incumbent, candidate)}`)
      return score
    })
  const best = await search(
    (candidate) => {
      const profile = profileFor(candidate)
      return predictScore(profile, machine(profile), facts, clients)
    },
    dryRun ? undefined : measure,
    {
      sizes: parameters.map(({ values }) => values.length),
      incumbent,
      random: seededRandom(seed),
      numPredicted: 150,
      numMeasured: options.candidates,
      minPairs: 4,
      maxPairs: 10,
      worthwhile: 0.02,
      isOver: () => elapsed() > options.budget * 60,
      say,
    },
  )
  const changes = differences(parameters, incumbent, best.challenger)
  const outcome = dryRun
    ? `${percentBetter(best.ratio!.ratio)} better by the simulator's prediction; nothing was measured.`
    : sentence(best)
  console.error(`\nbest challenger: ${changes}\n${outcome}`)
  const mean = (scores: readonly number[]) =>
    scores.length === 0 ? undefined : scores.reduce((sum, score) => sum + score, 0) / scores.length
  const result = {
    device,
    objective,
    what: facts.what,
    unit: facts.unit,
    by: dryRun ? 'simulator' : 'measurement',
    clients,
    verdict: best.verdict,
    challenger: changes,
    ratio: best.ratio,
    pairs: best.challengerScores.length,
    incumbentScore: mean(best.incumbentScores),
    challengerScore: mean(best.challengerScores),
    predictions: best.predicted.length,
    seconds: Math.round(elapsed()),
  }
  const profile: Profile = {
    ...(best.winner === incumbent ? base : profileFor(best.winner)),
    device,
    description: `Tuned for ${objective} on ${device}: ${outcome}`,
    estimated: dryRun,
    provenance: { ...base.provenance, tuned: { command: commandLine(), ...circumstances(), ...result } },
  }
  if (dryRun) console.error(`nothing is written: without --dry-run it would be ${out}`)
  else {
    writeFileSync(out, `${JSON.stringify(profile, null, 2)}\n`)
    console.error(`written: ${out}`)
  }
  report('tune', result, options.record === undefined ? [] : ['--out', options.record])
}

function sentence({ verdict, ratio }: Pick<Awaited<ReturnType<typeof search>>, 'verdict' | 'ratio'>): string {
  if (ratio === undefined) return 'no challenger was measured often enough; the parameters are as they were.'
  const range = `challenger ÷ before ${ratio.ratio.toFixed(3)}, 95 % interval ${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)}`
  if (verdict === 'better') return `the challenger is better (${range}).`
  if (verdict === 'no better')
    return `the best challenger is no better (${range}); the parameters are as they were.`
  return `the best challenger and what was before cannot be told apart (${range}); the parameters are as they were.`
}

function percentBetter(ratio: number): string {
  return `${(100 * (1 - ratio)).toFixed(1)} %`
}

function readTuneOptions(argv: readonly string[]): TuneOptions {
  const command = benchCommand(
    "Searches a device's parameters with short real runs and writes them as a profile.",
    'tune',
  )
    .requiredOption('--device <name>', 'cpu:2, cuda:0 …', deviceNames)
    .addOption(new Option('--objective <o>', 'what to tune for').choices(OBJECTIVES).default('first-audio'))
    .option('--out <file>', 'profile to write; where `serve` finds it for this device and CPU unless given')
    .option('--from <file>', "profile to start from; the device's own unless given")
    .option('--model <name=folder>', 'model to run; the embedded voice unless given')
    .option(
      '--weights <list>',
      'LLM weight formats to try: smaller ones change the speech a little',
      listOf(oneOf(WEIGHT_FORMATS)),
      [],
    )
    .option('--budget <minutes>', 'stop measuring after so long', positiveNumber, 15)
    .option('--seconds <s>', 'length of one run', positiveNumber, 10)
    .option('--candidates <n>', 'candidates that are measured', positive, 6)
    .option('--seed <n>', 'of the search and of the load', positive, 1)
    .option('--state <file>', 'measurements so far; the same command goes on with them', '.tune-state.json')
    .addOption(
      new Option('--costs <how>', "of a CPU's model runs: measured first, or the profile's")
        .choices(['measured', 'profile'])
        .default('measured'),
    )
    .option('--quick', 'a minute in all: costs in short, two candidates, short runs', false)
    .option('--dry-run', 'simulator only', false)
    .option('--record <file>', 'store the result for docs/benchmarks.md')
    .parse([...argv], { from: 'user' })
  const given = command.opts<TuneOptions>()
  return given.quick ? { ...given, ...QUICK } : given
}
