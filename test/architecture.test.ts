/** The house as a test: who may import whom, where native libraries may be named, how long a file may be. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from './helpers/paths.ts'

const MAX_LINES = 400

/**
 * Room → rooms it may import (its own files always). `src/scheduler` is pure but for `scheduler.ts`; the lanes import
 * policies, never that loop. A room that is missing here fails the test: decide where it stands first.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/api': ['src/core'],
  'src/audio': ['src/core'],
  'src/text': ['src/core'],
  'src/scheduler': ['src/core', 'src/lanes'],
  'src/lanes': ['src/core', 'src/audio'],
  'src/engine': ['src/core', 'src/audio', 'src/scheduler'],
  'src/voice': ['src/core', 'src/audio', 'src/text', 'src/lanes'],
  'src/simulate': ['src/core', 'src/scheduler'],
  'src/server': ['src/core', 'src/api', 'src/audio', 'src/config'],
  'src/config': ['src/core'],
  'src/convert': ['src/core', 'src/engine', 'src/audio', 'src/text'],
  'src/families': ['src/core', 'src/convert'],
  // Composition roots and the life of a request; each may see what it puts together.
  src: [
    'src/core',
    'src/api',
    'src/audio',
    'src/text',
    'src/voice',
    'src/scheduler',
    'src/lanes',
    'src/engine',
    'src/server',
    'src/config',
    'src/convert',
  ],
  workers: ['src/core', 'src/audio', 'src/engine', 'src/lanes', 'src/scheduler', 'src/text', 'src/voice'],
  bench: [
    'bench/report',
    'workers',
    'bench/load',
    'src',
    'src/core',
    'src/audio',
    'src/text',
    'src/engine',
    'src/scheduler',
    'src/simulate',
    'src/convert',
    'src/lanes',
    'src/server',
    'src/config',
    'src/voice',
    'clients/typescript/src',
  ],
  'bench/report': [],
  // Measures what a user gets, so it may see no more than a user does.
  'bench/load': ['clients/typescript/src', 'src/core', 'bench/report'],
  'bench/peer': ['bench/load', 'bench/report'],
  'bench/tune': ['bench/load', 'bench/report', 'src/config', 'src/core', 'src/simulate', 'src/scheduler'],
  'clients/typescript/src': [],
}

/** Package → the only place that may import it. */
const QUARANTINE: Readonly<Record<string, RegExp>> = {
  'uWebSockets.js': /^src\/server\/uws-library/,
  koffi:
    /^src\/(engine\/ort-api|lanes\/(hard-exit|native-heap)|server\/(socket-descriptor|uws-adoption))\.ts$/,
  'onnxruntime-node': /^src\/engine\/ort-/,
  '@bufbuild/protobuf': /^src\/convert\/onnx\//,
  'node:worker_threads': /^(src\/lanes\/|workers\/|bench\/|clients\/)/,
}

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const files: SourceFile[] = ['src', 'workers', 'bench', 'clients/typescript/src'].flatMap(readTree)

function readTree(folder: string): SourceFile[] {
  const at = join(repoRoot, folder)
  if (!existsSync(at)) return []
  return readdirSync(at, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name).split(sep).join('/')
      const text = readFileSync(join(repoRoot, path), 'utf8')
      return { path, text, imports: importsOf(text) }
    })
}

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^'"\n]*?(?:from\s*)?['"]([^'"]+)['"]|\bfrom\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3]!).filter((name) => name !== undefined)
}

/** The most specific room of the table that holds a path. */
function roomOf(path: string): string {
  const rooms = Object.keys(MAY_IMPORT).filter((room) => path.startsWith(`${room}/`))
  const room = rooms.sort((a, b) => b.length - a.length)[0]
  assert(room !== undefined, `${path}: no room of the house holds it`)
  // A file right in src/ is a composition root; a folder of src/ that the table does not name is not.
  if (room === 'src') assert(path.split('/').length === 2, `${path}: the house has no such room`)
  return room
}

it('imports follow the arrows of the house', () => {
  const wrong: string[] = []
  for (const { path, imports } of files) {
    const room = roomOf(path)
    for (const name of imports.filter((name) => name.startsWith('.'))) {
      const target = relative(repoRoot, join(repoRoot, dirname(path), name))
        .split(sep)
        .join('/')
      const targetRoom = roomOf(target)
      if (targetRoom !== room && !MAY_IMPORT[room]!.includes(targetRoom))
        wrong.push(`${path} imports ${target}`)
    }
  }
  assert.deepEqual(wrong, [])
})

it('native and transport libraries stay in their corner', () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter((name) => QUARANTINE[name] !== undefined && !QUARANTINE[name].test(path))
      .map((name) => `${path} imports ${name}`),
  )
  assert.deepEqual(wrong, [])
})

it('the converter sees nothing of the run time but what verifying needs', () => {
  const wrong = files
    .filter(({ path }) => path.startsWith('src/convert/') && !/^src\/convert\/(verify|main)/.test(path))
    .flatMap(({ path, imports }) =>
      imports.filter((name) => /\/(engine|audio|text)\//.test(name)).map((name) => `${path} imports ${name}`),
    )
  assert.deepEqual(wrong, [])
})

it(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = files
    .filter(({ path }) => !path.endsWith('onnx_pb.ts'))
    .map(({ path, text }) => [path, text.split('\n').length] as const)
    .filter(([, lines]) => lines > MAX_LINES)
  assert.deepEqual(long, [])
})

it('every file begins by saying what it knows', () => {
  const silent = files
    .filter(({ path, text }) => !path.endsWith('onnx_pb.ts') && !/^(#!.*\n)?\/\*\*/.test(text))
    .map(({ path }) => path)
  assert.deepEqual(silent, [])
})

it('nothing is named after a role', () => {
  const roles = files
    .filter(({ path }) => /\/(utils?|helpers?|common|manager|impl|misc|index)\.ts$/.test(path))
    // What a package offers is its own file.
    .filter(({ path }) => path !== 'clients/typescript/src/index.ts')
    .map(({ path }) => path)
  assert.deepEqual(roles, [])
})
