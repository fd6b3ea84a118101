/** `npm run -s backup -- DIR`: voices, dictionaries, jobs, settings and keys into a folder, while the server runs. */
import { Command } from 'commander'
import { saveBackup } from '../backup/save.ts'
import { loadConfig } from '../config/load-config.ts'
import { commandCall } from '../core/command-call.ts'
import { describeError } from '../core/errors.ts'

const command = new Command(commandCall('backup'))
  .description('copies what an installation cannot make again into a new folder; the server may run')
  .argument('<dir>', 'folder to make')
  .option('--config <file>', 'the settings file that the server runs with')
  .option(
    '--set <key=value>',
    'one setting, as for serve; may be repeated',
    (one, all: string[]) => [...all, one],
    [],
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse(process.argv)
const { config: file, set } = command.opts<{ config?: string; set: string[] }>()

try {
  const config = loadConfig({ ...(file === undefined ? {} : { file }), env: process.env, set })
  const note = (line: string) => console.error(`backup: ${line}`)
  const files = await saveBackup({ config, folder: command.args[0]!, note })
  const bytes = files.reduce((sum, each) => sum + each.bytes, 0)
  const voices = files.filter(({ path }) => path.endsWith('.voice')).length
  console.log(
    `${command.args[0]}: ${files.length} files, ${voices} of them voices, ${(bytes / 1e6).toFixed(1)} MB, each with its hash`,
  )
} catch (error) {
  console.error(`backup: ${describeError(error)}`)
  process.exit(2)
}
