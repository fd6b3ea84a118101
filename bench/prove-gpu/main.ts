/**
 * `npm run -s prove-gpu`: what only a device can show, step by step within minutes; or what it needs, packed for a machine
 * without a network. The last line is one JSON object. Exit codes: 1 for a miss, 2 for wrong arguments.
 */
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { isOfflineDevice } from '../../src/commands/offline-device.ts'
import { describeError } from '../../src/core/errors.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive, positiveNumber } from '../command-line/values.ts'
import { circumstances } from '../report/record.ts'
import type { Family } from './bars.ts'
import { type Line, lineText, summaryOf } from './lines.ts'
import { type PackedProvider, packed } from './pack.ts'
import { Proof, type ProofOptions, type ProofSize } from './proof.ts'
import { runSteps } from './run-steps.ts'
import { STEPS } from './steps.ts'

interface Given {
  readonly device: string
  readonly folder: string
  readonly size?: ProofSize
  readonly family: Family
  readonly model?: string
  readonly minutes: number
  readonly only: readonly string[]
  readonly resume: boolean
  readonly step?: string
  readonly pack?: string
  readonly wheels?: string
  readonly architecture?: number
}

const command = benchCommand(
  `proves a device, by default the first NVIDIA card, in a few minutes; steps: ${STEPS.map(({ name }) => name).join(', ')}`,
  'prove-gpu',
)
  .option('--device <name>', 'cuda:0…, or cpu, on which it proves itself', device, 'cuda:0')
  .option('--folder <folder>', 'where results and models for it lie', join('.cache', 'prove-gpu'))
  .addOption(
    new Option('--size <size>', 'of models that are timed; tiny on a CPU, else real').choices([
      'tiny',
      'real',
    ]),
  )
  .addOption(
    new Option('--family <name>', 'whose flow and vocoder are timed')
      .choices(['cosyvoice2', 'cosyvoice3'])
      .default('cosyvoice2'),
  )
  .option(
    '--model <name=folder>',
    'what the server serves; the embedded voice where not given, or what is there of it',
  )
  .option('--minutes <n>', 'for all steps; what does not fit is left out', positiveNumber, 8)
  .option('--only <step>', 'this step alone; may be repeated', step, [])
  .option('--resume', 'keep the results of steps that ran to their end', false)
  .option('--pack <folder>', 'instead: pack what such a machine needs without a network')
  .option('--wheels <folder>', 'with --pack: wheels of the CUDA provider, which is packed too')
  .option(
    '--architecture <n>',
    "with --wheels: the provider's code for one compute capability alone, such as 90; two parts",
    positive,
  )
  .addOption(new Option('--step <name>', 'run one step in this process').hideHelp())
  .parse()

const given = command.opts<Given>()
const options: ProofOptions = {
  device: given.device,
  folder: resolve(given.folder),
  size: given.size ?? (given.device === 'cpu' ? 'tiny' : 'real'),
  family: given.family,
  model: given.model,
}
try {
  if (given.pack !== undefined) console.log(JSON.stringify(await packed(given.pack, provider())))
  else if (given.step !== undefined) await oneStep(given.step)
  else await prove()
} catch (error) {
  console.error(`prove-gpu: ${describeError(error)}`)
  process.exitCode = 1
}

function provider(): PackedProvider | undefined {
  const { wheels, architecture } = given
  return wheels === undefined ? undefined : { wheels, architecture }
}

async function prove(): Promise<void> {
  const started = performance.now()
  const { device, folder, size, family, model } = options
  const tell = (line: Line) => console.log(lineText(line))
  const chosen = STEPS.filter(({ name }) => given.only.length === 0 || given.only.includes(name))
  const results = await runSteps(chosen, {
    ...options,
    limit: 60 * given.minutes,
    resume: given.resume,
    entry: [
      ...[import.meta.filename, '--device', device, '--folder', folder, '--size', size, '--family', family],
      ...(model === undefined ? [] : ['--model', model]),
    ],
    tell,
    head: (text) => console.log(`\n${text}`),
  })
  const seconds = Math.round((performance.now() - started) / 1000)
  const summary = { ...summaryOf(results, { folder, seconds }), device, size, family }
  const record = { ...summary, circumstances: circumstances() }
  await writeFile(join(folder, 'summary.json'), `${JSON.stringify(record, null, 2)}\n`)
  console.log(`\n${JSON.stringify(record)}`)
  if (!summary.ok) process.exitCode = 1
}

async function oneStep(name: string): Promise<void> {
  const { run } = STEPS.find((each) => each.name === name)!
  for await (const line of run(new Proof(options))) process.send?.(line)
  process.disconnect?.()
}

function device(text: string): string {
  if (isOfflineDevice(text)) return text
  throw new InvalidArgumentError(`expected cpu or cuda:0…, got '${text}'`)
}

function step(text: string, before: readonly string[]): string[] {
  if (STEPS.some(({ name }) => name === text)) return [...before, text]
  throw new InvalidArgumentError(`expected one of ${STEPS.map(({ name }) => name).join(', ')}, got '${text}'`)
}
