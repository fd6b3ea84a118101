/**
 * `npm run -s restore -- DIR`: puts a backup back, where the settings say that things lie.
 *
 * A settings file that does not exist yet is written first, from the backup's.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { checkFile, copyWhole, readManifest } from '../backup/backup-folder.ts'
import { SETTINGS_FILE } from '../backup/kept-folders.ts'
import { restoreBackup } from '../backup/restore.ts'
import { loadConfig } from '../config/load-config.ts'
import { commandCall } from '../core/command-call.ts'
import { describeError } from '../core/errors.ts'

const command = new Command(commandCall('restore'))
  .description('puts a backup back where the settings say; stop the server first')
  .argument('<dir>', 'folder that `backup` made')
  .option(
    '--config <file>',
    "the settings file of the server; where it does not exist, the backup's becomes it",
  )
  .option(
    '--set <key=value>',
    'one setting, as for serve; may be repeated',
    (one, all: string[]) => [...all, one],
    [],
  )
  .option('--replace', 'put files of the backup in the place of others that differ')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse(process.argv)
const {
  config: file,
  set,
  replace = false,
} = command.opts<{ config?: string; set: string[]; replace?: true }>()
const folder = command.args[0]!

try {
  if (file !== undefined && !existsSync(file)) await restoreSettings(file)
  const config = loadConfig({ ...(file === undefined ? {} : { file }), env: process.env, set })
  const { version, madeAt, written, same } = await restoreBackup({ config, folder, replace })
  for (const path of written) console.log(path)
  console.log(
    `${written.length} files put back, ${same} were there; a backup of ${madeAt} by version ${version}`,
  )
} catch (error) {
  console.error(`restore: ${describeError(error)}`)
  process.exit(2)
}

async function restoreSettings(to: string): Promise<void> {
  const settings = (await readManifest(folder)).files.find(({ path }) => path === SETTINGS_FILE)
  if (settings === undefined) return
  await checkFile(folder, settings)
  await copyWhole(join(folder, SETTINGS_FILE), to)
  console.log(to)
}
