/**
 * `npm run -s verify -- BUNDLE_DIR EXPECTED_DIR`: each stage of a bundle against stored arrays of the reference.
 *
 * It prints a table line by line and one JSON object last. Exit code 1: something missed or cannot be read. Exit code
 * 2: wrong arguments.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { isCheckpoint, writeEstimatorProbe } from '../convert/estimator-probe.ts'
import { readBundle } from '../core/bundle.ts'
import { commandCall } from '../core/command-call.ts'
import { describeError } from '../core/errors.ts'
import { bundleStage } from '../verify/bundle-stage.ts'
import { type Check, missed, skipped } from '../verify/check.ts'
import { estimatorCallsStage } from '../verify/estimator-calls-stage.ts'
import { ExpectedFolder } from '../verify/expected-folder.ts'
import { featureStage, resamplingStage, speechTokenStage } from '../verify/feature-stages.ts'
import { encoderStage, estimatorStage, incrementalStage } from '../verify/flow-stages.ts'
import { judgedInHalf } from '../verify/half-precision.ts'
import { liveStage, llmStage } from '../verify/llm-stages.ts'
import { pipelineStage } from '../verify/pipeline-stage.ts'
import { jsonLine, reportOf, type StageResult, tableHead, tableLine } from '../verify/report.ts'
import type { Stage, VerifyContext } from '../verify/stage.ts'
import { frontEndStage, samplingStage, tokenizerStage } from '../verify/text-stages.ts'
import { f0Stage, sourceStage, waveformStage } from '../verify/vocoder-stages.ts'
import { isOfflineDevice, openOffline } from './offline-device.ts'

const STAGES: readonly Stage[] = [
  bundleStage,
  tokenizerStage,
  frontEndStage,
  samplingStage,
  resamplingStage,
  featureStage,
  speechTokenStage,
  llmStage,
  liveStage,
  encoderStage,
  estimatorStage,
  estimatorCallsStage,
  incrementalStage,
  f0Stage,
  sourceStage,
  waveformStage,
  pipelineStage,
]

await new Command(commandCall('verify'))
  .description('compares each stage of a bundle with stored arrays; the last line is one JSON object')
  .argument('<bundle>', 'folder that `convert` made')
  .argument('<expected>', 'folder of stored arrays, such as test/golden/tiny-a/expected')
  .option(
    '--checkpoint <folder>',
    'checkpoint of the bundle, for single calls of its estimator (the folder above <expected> where that is one)',
  )
  .option('--threads <n>', 'CPU threads of each model', threads, 2)
  .option('--device <name>', 'cpu, or a card such as cuda:0', device, 'cpu')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action((bundle: string, expected: string, options: VerifyOptions) =>
    verify(bundle, expected, options).catch((error: unknown) => {
      console.error(`verify: ${oneLine(error)}`)
      process.exitCode = 1
    }),
  )
  .parseAsync()

interface VerifyOptions {
  readonly device: string
  readonly threads: number
  readonly checkpoint?: string
}

async function verify(
  bundleDir: string,
  expectedDir: string,
  { threads: cpuThreads, device: name, checkpoint }: VerifyOptions,
): Promise<void> {
  const started = performance.now()
  const sections = [...new Set(STAGES.flatMap(({ section }) => section ?? []))]
  const bundle = await readBundle(bundleDir)
  const expected = await ExpectedFolder.open(expectedDir, sections)
  const { runtime, session } = await openOffline(name, cpuThreads)
  const probes = await mkdtemp(join(tmpdir(), 'light-tts-probe-'))
  const context: VerifyContext = {
    bundle,
    expected,
    runtime,
    session,
    ...(await estimatorProbe(checkpoint, expectedDir, probes)),
  }
  console.log(tableHead())
  const results: StageResult[] = []
  for (const stage of STAGES) {
    const checks: Check[] = []
    for await (const found of checksOf(stage, context)) {
      const check = judgedInHalf(stage.name, found, checks, bundle.manifest.weights)
      checks.push(check)
      console.log(tableLine(stage.name, check))
    }
    results.push({ stage: stage.name, checks })
  }
  const seconds = Math.round(performance.now() - started) / 1000
  const about = {
    bundle: bundle.folder,
    weights: bundle.manifest.weights,
    expected: expected.path,
    seconds,
    unread: expected.unread(),
  }
  await rm(probes, { recursive: true, force: true })
  const report = reportOf(results, about)
  console.log(jsonLine(report))
  if (!report.ok) process.exitCode = 1
}

/** The checkpoint that was named, or in which the stored arrays lie. */
async function estimatorProbe(
  named: string | undefined,
  expectedDir: string,
  folder: string,
): Promise<Pick<VerifyContext, 'probeEstimator'>> {
  const above = join(resolve(expectedDir), '..')
  const found = named ?? (isCheckpoint(await readdir(above).catch(() => [])) ? above : undefined)
  if (found === undefined) return {}
  return { probeEstimator: (times) => writeEstimatorProbe(found, folder, times) }
}

/** A stage's comparisons. Whatever it throws is a miss of this stage and keeps no other from being compared. */
async function* checksOf(stage: Stage, context: VerifyContext): AsyncGenerator<Check> {
  const { section } = stage
  if (section !== undefined && !context.expected.hasSection(section)) {
    yield skipped(`${section}/`, '', 'no such folder of stored arrays')
    return
  }
  try {
    yield* stage.run(context)
  } catch (error) {
    yield missed('', 'could not be compared', oneLine(error))
  }
}

function oneLine(error: unknown): string {
  return describeError(error).replaceAll(/\s*\n\s*/g, ' ')
}

function threads(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`expected 1…99, got '${text}'`)
}

function device(text: string): string {
  if (isOfflineDevice(text)) return text
  throw new InvalidArgumentError(`expected cpu or cuda:0…, got '${text}'`)
}
