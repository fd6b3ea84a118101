/** Builds the stand-in for NVIDIA's libraries beside the real CUDA provider: a folder as `cuda` makes it. */
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { broughtWheels, downloadedWheel } from '../../src/cuda/fetch-wheels.ts'
import { pinnedWheels, type Wheel } from '../../src/cuda/pinned-wheels.ts'
import { copyRuntime, unpackWheel } from '../../src/cuda/unpack-wheels.ts'
import { ortLibraryPath } from '../../src/engine/runtime/ort-api.ts'
import { repoRoot } from '../helpers/paths.ts'

const SOURCES = join(repoRoot, 'test/gpu/stand-in')
const PROVIDER = 'onnxruntime-gpu'
const FLAGS = ['-std=c++17', '-O1', '-fPIC', '-shared', '-w']

/** Library → its source; the provider asks for symbols by the library's name as their version. */
const LIBRARIES: readonly (readonly [string, string, versioned: boolean])[] = [
  ['libcudart.so.13', 'cudart.cpp', true],
  ['libcublas.so.13', 'cublas.cpp', true],
  ['libcublasLt.so.13', 'cublas.cpp', true],
  ['libcurand.so.10', 'nothing.cpp', true],
  ['libcuda.so.1', 'driver.cpp', false],
  ['libnvidia-ml.so.1', 'manager.cpp', false],
]

const say = (line: string) => void process.stderr.write(`gpu-dry-run: ${line}\n`)

/** `from`: a folder with the wheels; else pip brings them. Throws where g++ or a wheel is missing. */
export async function buildStandIn(folder: string, from: string | undefined): Promise<void> {
  await mkdir(folder, { recursive: true })
  const downloads = join(folder, 'wheels')
  const fetch = async (wheel: Wheel) =>
    from === undefined
      ? downloadedWheel(downloads, wheel, say)
      : (await broughtWheels(from, [wheel], say))[0]!
  const pinned = pinnedWheels()
  const provider = pinned.wheels.find(({ name }) => name === PROVIDER)!
  await unpackWheel(await fetch(provider), provider, folder, say)
  await copyRuntime(ortLibraryPath(), folder)
  const headers = join(folder, 'headers')
  for (const wheel of pinnedWheels(join(repoRoot, 'test/gpu/headers.json')).wheels)
    run('python3', ['-m', 'zipfile', '-e', await fetch(wheel), headers])
  for (const [library, source, versioned] of LIBRARIES) await compile(folder, library, source, versioned)
  // All of cuDNN's libraries are one here.
  const cudnn = pinned.wheels
    .flatMap(({ libraries }) => libraries)
    .filter((name) => name.startsWith('libcudnn'))
  await compile(folder, 'libcudnn.so.9', 'cudnn.cpp', false)
  for (const name of cudnn.filter((each) => each !== 'libcudnn.so.9'))
    await copyFile(join(folder, 'libcudnn.so.9'), join(folder, name))
}

async function compile(folder: string, library: string, source: string, versioned: boolean): Promise<void> {
  const map = join(folder, `${library}.map`)
  await writeFile(map, `${library} { global: *; };\n`)
  const include = join(folder, 'headers/nvidia/cu13/include')
  run('g++', [
    ...FLAGS,
    `-I${include}`,
    join(SOURCES, source),
    '-o',
    join(folder, library),
    `-Wl,-soname,${library}`,
    ...(versioned ? [`-Wl,--version-script=${map}`] : []),
  ])
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`)
}
