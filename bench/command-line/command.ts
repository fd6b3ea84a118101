/**
 * How a benchmark is called: `--help` ends with 0 before anything is measured, what is wrong with 2 after one line.
 */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, Help, type Option } from 'commander'
import { commandCall } from '../../src/core/command-call.ts'
import { describeError, TtsError } from '../../src/core/errors.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** `what` is measured, in a line; `name` is how it is started by itself: its own file, where nothing else is said. */
export function benchCommand(what: string, name = ownName()): Command {
  process.off('uncaughtExceptionMonitor', endOnBadInput).on('uncaughtExceptionMonitor', endOnBadInput)
  return new Command(commandCall(name))
    .description(what)
    .configureHelp({ optionDescription })
    .configureOutput({
      outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')} (see --help)\n`),
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
}

/** Ends the process where a refusal says what was expected and what came: of settings, a profile, a bundle. */
function endOnBadInput(error: Error): void {
  if (!(error instanceof TtsError) || !error.code.startsWith('BAD_')) return
  console.error(`error: ${describeError(error)}`)
  process.exit(2)
}

/** A default is shown as it would be written: lists with commas, files from the repository's root. */
function optionDescription(this: Help, option: Option): string {
  const { defaultValue } = option
  if (Array.isArray(defaultValue)) option.defaultValueDescription = defaultValue.join(',') || 'none'
  else if (typeof defaultValue === 'string') option.defaultValueDescription = defaultValue.replace(ROOT, '')
  return Help.prototype.optionDescription.call(this, option)
}

function ownName(): string {
  return `node ${relative(ROOT, process.argv[1] ?? '')}`
}
