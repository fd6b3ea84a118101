/**
 * What a machine without a network needs for the proof: an archive in parts of at most 64 MiB, and their hashes. A
 * script beside them joins and runs it. Node itself is in it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { TtsError } from '../../src/core/errors.ts'
import { digestFile } from '../../src/core/file-digest.ts'
import { broughtWheels } from '../../src/cuda/fetch-wheels.ts'
import { pinnedWheels } from '../../src/cuda/pinned-wheels.ts'
import { unpackWheel } from '../../src/cuda/unpack-wheels.ts'
import { keepArchitecture } from './one-architecture.ts'
import { REFERENCES, rootPath } from './proof.ts'
import { shipped } from './shipped-packages.ts'

export const PART_BYTES = 64 * 2 ** 20
/** Compiled code and data that the steps use. */
const OWN = ['package.json', 'light-tts.mjs', 'dist/src', 'dist/bench', 'dist/workers', 'config', 'web']
const PROVIDER = 'onnxruntime-gpu'
const PROVIDER_LIBRARY = 'libonnxruntime_providers_cuda.so'
/** A provider is mostly code of cards, of which xz makes two thirds of what gzip does. */
const PACKERS = { small: ['gz', 'gzip'], large: ['xz', 'xz -3 -T0'] } as const
/** ONNX Runtime's package has the libraries of all systems. */
const FOREIGN = ['linux', 'darwin', 'win32']
  .flatMap((system) => ['x64', 'arm64'].map((processor) => `${system}/${processor}`))
  .filter((own) => own !== `${process.platform}/${process.arch}`)
const EXCLUDED = ['*.map', '*/@libsql/*-musl', ...FOREIGN.map((path) => `*/napi-v6/${path}`)]

export interface Packed {
  readonly folder: string
  readonly parts: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[]
  readonly hasProvider: boolean
}

/** What is packed of the provider: from which folder of wheels, and of which compute capability alone. */
export interface PackedProvider {
  readonly wheels: string
  readonly architecture?: number | undefined
}

/** Throws BAD_USAGE. */
export async function packed(folder: string, provider: PackedProvider | undefined): Promise<Packed> {
  const target = resolve(folder)
  await mkdir(target, { recursive: true })
  if ((await readdir(target)).length > 0)
    throw new TtsError('BAD_USAGE', '--pack', `expected an empty folder, got ${target}`)
  const stage = await mkdtemp(join(tmpdir(), 'light-tts-pack-'))
  try {
    for (const path of [...OWN, ...Object.values(REFERENCES), ...(await shipped(rootPath('')))])
      await link(rootPath(path), join(stage, path))
    await link(process.execPath, join(stage, 'bin/node'))
    if (provider !== undefined) await addProvider(provider, join(stage, '.cache', pinnedWheels().folder))
    const files = await archived(stage, target, PACKERS[provider === undefined ? 'small' : 'large'])
    const parts = []
    for (const file of files) {
      const { size, sha256 } = await digestFile(join(target, file))
      parts.push({ file, bytes: size, sha256 })
    }
    await writeFile(
      join(target, 'parts.sha256'),
      parts.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join(''),
    )
    const script = join(target, 'run.sh')
    await writeFile(script, await readFile(rootPath('deploy/prove-gpu.sh')))
    await chmod(script, 0o755)
    return { folder: target, parts, hasProvider: provider !== undefined }
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

/** Files are read through links, so nothing is copied before it is packed. */
async function link(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await symlink(from, to)
}

/** npm's own library, which belongs beside it, is copied when the archive is unpacked. */
async function addProvider({ wheels, architecture }: PackedProvider, folder: string): Promise<void> {
  const wheel = pinnedWheels().wheels.find(({ name }) => name === PROVIDER)!
  const say = (line: string) => void process.stderr.write(`prove-gpu: ${line}\n`)
  const [path] = await broughtWheels(resolve(wheels), [wheel], say)
  await unpackWheel(path!, wheel, folder, say)
  if (architecture === undefined) return
  const file = join(folder, PROVIDER_LIBRARY)
  const library = await readFile(file)
  const { kept, zeroed } = keepArchitecture(library, architecture)
  await writeFile(file, library)
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  say(`code for compute capability ${architecture / 10}: ${mb(kept)}; ${mb(zeroed)} for others left out`)
}

/** The names of the parts, in their order. */
async function archived(
  stage: string,
  target: string,
  [suffix, packer]: (typeof PACKERS)[keyof typeof PACKERS],
): Promise<string[]> {
  const excluded = EXCLUDED.map((pattern) => `--exclude=${pattern}`)
  const tar = spawn('tar', ['-C', stage, '--dereference', ...excluded, '-I', packer, '-cf', '-', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.on('error', reject)
    tar.on('close', resolve)
  })
  const names: string[] = []
  let part: ReturnType<typeof createWriteStream> | undefined
  let room = 0
  const close = async () => {
    part?.end()
    if (part !== undefined) await finished(part)
  }
  for await (let piece of tar.stdout as AsyncIterable<Buffer>)
    while (piece.length > 0) {
      if (room === 0) {
        await close()
        names.push(`prove-gpu.tar.${suffix}.part-${String(names.length).padStart(3, '0')}`)
        part = createWriteStream(join(target, names.at(-1)!))
        room = PART_BYTES
      }
      const now = piece.subarray(0, room)
      if (!part!.write(now)) await once(part!, 'drain')
      room -= now.length
      piece = piece.subarray(now.length)
    }
  await close()
  const code = await ended
  if (code !== 0) throw new TtsError('BAD_USAGE', basename(stage), `expected tar to end with 0, got ${code}`)
  return names
}
