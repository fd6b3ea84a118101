/**
 * `npm run -s convert -- CHECKPOINT_DIR BUNDLE_DIR [--dtype fp32|fp16|int8|int4|cpu] [--llm STEM]`
 *
 * What goes wrong is one line on standard error and exit code 1 (2 for wrong arguments, 130 when interrupted).
 */
import { Command, Option } from 'commander'
import { type ConvertReport, convert } from '../convert/convert.ts'
import { commandCall } from '../core/command-call.ts'
import { describeError } from '../core/errors.ts'
import { WEIGHT_TYPES, type WeightType } from '../core/weight-set.ts'
import { ProgressLine } from './progress-line.ts'

const MOST_KEYS_SHOWN = 20

interface Options {
  readonly dtype: WeightType
  readonly llm: string
}

const command = new Command(commandCall('convert'))
  .description('checkpoint folder → bundle')
  .argument('<checkpoint>', 'folder in the layout of a published CosyVoice2 or CosyVoice3 model')
  .argument('<bundle>', 'folder to make; an older bundle there is replaced')
  .addOption(
    new Option(
      '--dtype <type>',
      'weights of the language model (fp16: of everything, for a GPU; cpu: int4, and the estimator in int8)',
    )
      .choices(WEIGHT_TYPES)
      .default('fp32'),
  )
  .option('--llm <stem>', "the language model's file, such as llm.rl for llm.rl.pt", 'llm')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action((checkpoint: string, bundle: string, options: Options) => run(checkpoint, bundle, options))

await command.parseAsync()

async function run(checkpoint: string, bundle: string, options: Options): Promise<void> {
  const line = new ProgressLine(process.stderr)
  const interrupted = new AbortController()
  // Not `once`: a terminal sends Ctrl-C to the launcher and to us, and the launcher passes it on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const start = performance.now()
  try {
    const report = await convert(checkpoint, bundle, {
      ...options,
      signal: interrupted.signal,
      onProgress: (progress) => line.show(progress),
    })
    line.end()
    tell(report, bundle, (performance.now() - start) / 1000)
  } catch (error) {
    line.end()
    console.error(`convert: ${describeError(error).replaceAll(/\s*\n\s*/g, ' ')}`)
    process.exitCode = interrupted.signal.aborted ? 130 : 1
  }
}

function tell({ manifest, skipped, unused }: ConvertReport, bundle: string, seconds: number): void {
  if (skipped.length > 0) console.log(`settings for training only, skipped: ${skipped.join(', ')}`)
  for (const [file, keys] of unused) {
    const shown = keys.slice(0, MOST_KEYS_SHOWN).join(', ')
    const more = keys.length > MOST_KEYS_SHOWN ? `, and ${keys.length - MOST_KEYS_SHOWN} more` : ''
    console.log(`${file}: ${keys.length} keys not used: ${shown}${more}`)
  }
  const megabytes = manifest.files.reduce((sum, { size }) => sum + size, 0) / 1e6
  const { files, weights } = manifest
  if (manifest.llmGraph.alignment === undefined)
    console.log(
      'no alignment.json: times of words will be estimates; `light-tts align CHECKPOINT` finds the head that tells them',
    )
  console.log(
    `${bundle}: ${files.length} files, ${megabytes.toFixed(1)} MB, LLM ${weights.llm}, estimator ${weights.estimator}, in ${seconds.toFixed(1)} s`,
  )
}
