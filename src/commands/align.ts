/**
 * `npm run -s align -- CHECKPOINT_DIR [--llm STEM]`
 *
 * Finds the attention head that looks at the text that is being said. `convert` reads it from the checkpoint's
 * `alignment.json`. Words then have the model's own times instead of estimates.
 *
 * Ends with 1 where no head follows the text, 2 for wrong arguments, 130 when interrupted.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { convert } from '../convert/convert.ts'
import { commandCall } from '../core/command-call.ts'
import { describeError } from '../core/errors.ts'
import { type FoundHead, findHead } from './find-head.ts'
import { ProgressLine } from './progress-line.ts'

interface Options {
  readonly llm: string
  readonly print: boolean
}

const BEST_SHOWN = 3

const command = new Command(commandCall('align'))
  .description(
    'finds the attention head that tells when words are said; writes alignment.json into the checkpoint',
  )
  .argument('<checkpoint>', 'folder in the layout of a published CosyVoice2 or CosyVoice3 model')
  .option('--llm <stem>', "the language model's file, such as llm.rl for llm.rl.pt", 'llm')
  .option('--print', 'write nothing; the last line is the head as JSON', false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action((checkpoint: string, options: Options) => run(checkpoint, options))

await command.parseAsync()

async function run(checkpoint: string, { llm, print }: Options): Promise<void> {
  const line = new ProgressLine(process.stderr)
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-align-'))
  try {
    const bundle = join(folder, 'bundle')
    await convert(checkpoint, bundle, {
      llm,
      alignment: 'all',
      signal: interrupted.signal,
      onProgress: (progress) => line.show(progress),
    })
    line.end()
    const found = await findHead(bundle, (step) => {
      if (interrupted.signal.aborted) throw new Error('interrupted')
      console.error(`align: ${step}`)
    })
    await tell(found, checkpoint, print)
  } catch (error) {
    line.end()
    console.error(`align: ${describeError(error).replaceAll(/\s*\n\s*/g, ' ')}`)
    process.exitCode = interrupted.signal.aborted ? 130 : 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function tell(
  { head, fits, utterances }: FoundHead,
  checkpoint: string,
  print: boolean,
): Promise<void> {
  const best = fits
    .slice(0, BEST_SHOWN)
    .map(({ layer, head: number, fit }) => `layer ${layer} head ${number} ${(100 * fit).toFixed(0)} %`)
  console.log(`follow the text over ${utterances} utterances: ${best.join(', ')}`)
  if (head === undefined)
    throw new Error('no head follows the text, so times of words stay estimates; nothing was written')
  const json = JSON.stringify(head)
  const path = join(checkpoint, 'alignment.json')
  if (!print) await writeFile(path, `${json}\n`)
  console.log(print ? json : `${path}: ${json}`)
}
