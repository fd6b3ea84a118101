/**
 * `npm run -s gpu-dry-run [-- --from DIR] [--mesa DIR]`: the real CUDA provider on cards that compute nothing
 * (`stand-in/`): what crosses, what is launched, where nodes lie, how processes end. And WebGPU's numbers, where a
 * software Vulkan is at hand. Needs g++ and Python. The last line is JSON; exit code 1: a miss.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Option } from 'commander'
import { benchCommand } from '../../bench/command-line/command.ts'
import { existing } from '../../bench/command-line/values.ts'
import { convert } from '../../src/convert/convert.ts'
import { pinnedWheels } from '../../src/cuda/pinned-wheels.ts'
import { goldenDir, goldenDir3, repoRoot } from '../helpers/paths.ts'
import { buildStandIn } from './build.ts'
import { checks } from './checks.ts'
import { processEnds } from './ends.ts'
import type { Line } from './line.ts'
import { serverOnTwoCards } from './two-cards.ts'
import { webgpuLines } from './webgpu-process.ts'

const {
  from,
  mesa,
  inside: isInside,
} = benchCommand(
  'the CUDA provider on cards that compute nothing: placement, bytes, launches, ends',
  'npm run -s gpu-dry-run --',
)
  .option('--from <dir>', 'a folder with the wheels of docs/operations.md; else pip gets them', existing)
  .option(
    '--mesa <dir>',
    'unpacked packages of a software Vulkan, for WebGPU; else the system’s driver',
    existing,
  )
  .addOption(new Option('--inside', 'the checks, in this process').hideHelp())
  .parse()
  .opts<{ from?: string; mesa?: string; inside?: true }>()
const cache = join(repoRoot, '.cache', 'gpu-dry-run')
const folder = join(cache, 'stand-in')
const FAMILIES = { cosyvoice2: goldenDir, cosyvoice3: goldenDir3 }

if (isInside) await inside()
else {
  await buildStandIn(folder, from)
  // The driver's library is found by its name alone, as a system's is.
  const env = { ...process.env, LD_LIBRARY_PATH: folder, STAND_IN_CARDS: '2' }
  const args = [import.meta.filename, '--inside', ...(mesa === undefined ? [] : ['--mesa', resolve(mesa)])]
  const { status } = spawnSync(process.execPath, args, {
    env,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}

async function inside(): Promise<void> {
  const lines: Line[] = []
  const tell = (line: Line) => {
    lines.push(line)
    console.log(
      `${line.ok ? 'ok  ' : 'MISS'}  ${line.name.padEnd(66)} ${String(line.figure).slice(0, 60)}  (${line.expected})`,
    )
  }
  const bundles = await convertAll()
  for await (const line of checks(folder, bundles)) tell(line)
  for (const line of processEnds(folder)) tell(line)
  const singles = Object.entries(bundles).map(([family, { single }]) => [family, single] as const)
  for (const line of webgpuLines(Object.fromEntries(singles), mesa, cache)) tell(line)
  const libraries = join(cache, pinnedWheels().folder)
  if (!existsSync(libraries)) await symlink(folder, libraries)
  for await (const line of serverOnTwoCards(cache, bundles.cosyvoice2!.half)) tell(line)
  const missed = lines.filter(({ ok }) => !ok)
  console.log(
    JSON.stringify({
      ok: missed.length === 0,
      checked: lines.length,
      missed: missed.map(({ name }) => name),
      figures: Object.fromEntries(lines.map(({ name, figure }) => [name, figure])),
    }),
  )
  if (missed.length > 0) process.exitCode = 1
}

async function convertAll(): Promise<Record<string, { half: string; single: string }>> {
  const found: Record<string, { half: string; single: string }> = {}
  await mkdir(join(cache, 'bundles'), { recursive: true })
  for (const [family, checkpoint] of Object.entries(FAMILIES)) {
    const path = (dtype: string) => join(cache, 'bundles', `${family}-${dtype}`)
    for (const dtype of ['fp16', 'fp32'] as const) await convert(checkpoint, path(dtype), { dtype })
    found[family] = { half: path('fp16'), single: path('fp32') }
  }
  return found
}
