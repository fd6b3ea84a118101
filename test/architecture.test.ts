/** The house as a test: who may import whom, where native libraries may be named, how long a file may be. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from './helpers/paths.ts'

const MAX_LINES = 300

/** Still longer: each may only get shorter, and leaves this list once it has 300. */
const LONGER: Readonly<Record<string, number>> = {
  'src/api/openapi.ts': 310,
  'src/server/ws/ws-session-state.ts': 350,
  'src/server/ws/ws-session.ts': 360,
  'clients/typescript/src/client.ts': 330,
}

/** Room → rooms that it imports, exactly (its own files always). A room missing here fails: decide first where it stands. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/api': ['src/core'],
  'src/audio': ['src/core'],
  'src/text': ['src/core'],
  'src/scheduler': ['src/core'],
  'src/lanes': ['src/core', 'src/audio'],
  'src/engine': [
    'src/core',
    'src/audio',
    'src/engine/runtime',
    'src/engine/llm',
    'src/engine/flow',
    'src/engine/vocoder',
    'src/engine/acoustic',
  ],
  'src/cuda': ['src/core'],
  'src/engine/runtime': ['src/core', 'src/cuda'],
  'src/engine/llm': ['src/core', 'src/engine/runtime'],
  'src/engine/flow': ['src/core', 'src/engine/runtime'],
  'src/engine/vocoder': ['src/core', 'src/engine/runtime'],
  'src/engine/acoustic': ['src/core', 'src/audio', 'src/engine/flow', 'src/engine/vocoder'],
  'src/voice': ['src/core', 'src/audio'],
  'src/cluster': ['src/core'],
  'src/backup': ['src/core', 'src/config', 'src/jobs'],
  'src/mcp': ['src/core'],
  'src/traces': ['src/core'],
  'src/books': ['src/core', 'src/audio', 'src/text'],
  'src/jobs': ['src/core', 'src/audio', 'src/books'],
  'src/config': ['src/core'],
  'src/convert': ['src/core', 'src/convert/checkpoint', 'src/families'],
  'src/convert/checkpoint': ['src/core'],
  'src/convert/layers': ['src/core', 'src/convert/checkpoint', 'src/convert/onnx'],
  'src/convert/models': ['src/core', 'src/convert/checkpoint', 'src/convert/layers', 'src/convert/onnx'],
  'src/convert/onnx': ['src/core'],
  'src/families': [
    'src/core',
    'src/convert/checkpoint',
    'src/convert/layers',
    'src/convert/models',
    'src/convert/onnx',
  ],
  'src/verify': [
    'src/core',
    'src/audio',
    'src/text',
    'src/engine',
    'src/engine/runtime',
    'src/engine/llm',
    'src/engine/flow',
    'src/engine/vocoder',
  ],
  'src/speech': ['src/core', 'src/text', 'src/scheduler', 'src/lanes', 'src/voice'],
  'src/server': [
    'src/core',
    'src/traces',
    'src/jobs',
    'src/config',
    'src/server/limits',
    'src/server/transport',
    'src/server/requests',
    'src/server/routes',
    'src/server/ws',
    'src/server/wyoming',
  ],
  'src/server/limits': ['src/core', 'src/config'],
  'src/server/transport': ['src/core', 'src/api', 'src/server/limits'],
  'src/server/requests': [
    'src/core',
    'src/api',
    'src/audio',
    'src/config',
    'src/server/limits',
    'src/server/transport',
  ],
  'src/server/routes': [
    'src/core',
    'src/audio',
    'src/mcp',
    'src/api',
    'src/server/limits',
    'src/server/transport',
    'src/server/requests',
  ],
  'src/server/ws': [
    'src/core',
    'src/api',
    'src/server/limits',
    'src/server/transport',
    'src/server/requests',
  ],
  'src/server/wyoming': ['src/core', 'src/api', 'src/audio', 'src/server/requests', 'src/server/ws'],
  'src/commands': [
    'src/core',
    'src/books',
    'src/mcp',
    'src/cluster',
    'src/backup',
    'src/audio',
    'src/text',
    'src/lanes',
    'src/engine',
    'src/engine/runtime',
    'src/voice',
    'src/config',
    'src/convert',
    'src/verify',
    'src/speech',
    'src/server',
    'src/cuda',
  ],
  workers: [
    'src/core',
    'src/audio',
    'src/text',
    'src/scheduler',
    'src/lanes',
    'src/engine',
    'src/engine/runtime',
    'src/engine/llm',
    'src/engine/acoustic',
    'src/voice',
  ],
  bench: [
    'src/core',
    'src/audio',
    'src/text',
    'src/scheduler',
    'src/lanes',
    'src/engine',
    'src/engine/runtime',
    'src/engine/llm',
    'src/engine/flow',
    'src/engine/vocoder',
    'src/voice',
    'src/config',
    'src/convert',
    'src/speech',
    'src/server',
    'src/server/limits',
    'src/server/transport',
    'src/server/requests',
    'src/commands',
    'workers',
    'bench/report',
    'bench/load',
    'bench/simulate',
    'src/convert/layers',
    'src/convert/models',
    'src/convert/onnx',
    'src/convert/checkpoint',
    'src/families',
  ],
  'bench/report': [],
  'bench/load': ['bench/report'],
  'bench/peer': ['bench/report', 'bench/load'],
  'bench/tune': ['src/core', 'src/config', 'bench/report', 'bench/load', 'bench/simulate', 'bench/cost'],
  'bench/simulate': [
    'src/core',
    'src/text',
    'src/scheduler',
    'src/lanes',
    'src/config',
    'src/convert',
    'src/speech',
    'bench/report',
    'bench/cost',
  ],
  'bench/cost': [
    'src/core',
    'src/lanes',
    'src/config',
    'src/engine',
    'src/engine/runtime',
    'src/engine/llm',
    'src/engine/flow',
    'src/engine/vocoder',
    'src/convert',
    'bench/report',
  ],
  'clients/typescript/src': [],
}

/** Package → the only place that may import it. */
const QUARANTINE: Readonly<Record<string, RegExp>> = {
  'uWebSockets.js': /^src\/server\/transport\/uws-library/,
  koffi: /^src\/core\/native-calls\.ts$/,
  ioredis: /^src\/cluster\//,
  '@opentelemetry/api': /^src\/traces\//,
  '@opentelemetry/sdk-trace-base': /^src\/traces\//,
  'onnxruntime-node': /^src\/engine\/runtime\/ort-/,
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
  const rooms = Object.keys(IMPORTS).filter((room) => path.startsWith(`${room}/`))
  const room = rooms.sort((a, b) => b.length - a.length)[0]
  assert(room !== undefined, `${path}: no room of the house holds it`)
  return room
}

/** The files that a file imports by a relative path, types included. */
function targetsOf({ path, imports }: SourceFile): string[] {
  return imports
    .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
    .map((name) =>
      relative(repoRoot, join(repoRoot, dirname(path), name))
        .split(sep)
        .join('/'),
    )
}

it('rooms import what the table says, no less and no more', () => {
  const found: Record<string, Set<string>> = Object.fromEntries(
    Object.keys(IMPORTS).map((room) => [room, new Set()]),
  )
  for (const file of files) {
    const room = roomOf(file.path)
    for (const target of targetsOf(file)) if (roomOf(target) !== room) found[room]!.add(roomOf(target))
  }
  const sorted = (rooms: Iterable<string>) => [...rooms].sort()
  assert.deepEqual(
    Object.fromEntries(Object.entries(found).map(([room, targets]) => [room, sorted(targets)])),
    Object.fromEntries(Object.entries(IMPORTS).map(([room, targets]) => [room, sorted(targets)])),
  )
})

it('no file imports itself by way of others, not even for a type', () => {
  const targets = new Map(files.map((file) => [file.path, targetsOf(file)]))
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '))
    else if (!done.has(path)) {
      for (const target of targets.get(path) ?? []) visit(target, [...way, path])
      done.add(path)
    }
  }
  for (const path of targets.keys()) visit(path, [])
  assert.deepEqual(circles, [])
})

it('rooms form no circle', () => {
  const visit = (room: string, way: readonly string[]): string[] =>
    way.includes(room)
      ? [[...way, room].join(' → ')]
      : IMPORTS[room]!.flatMap((next) => visit(next, [...way, room]))
  assert.deepEqual([...new Set(Object.keys(IMPORTS).flatMap((room) => visit(room, [])))], [])
})

it('native and transport libraries stay in their corner', () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter((name) => QUARANTINE[name] !== undefined && !QUARANTINE[name].test(path))
      .map((name) => `${path} imports ${name}`),
  )
  assert.deepEqual(wrong, [])
})

it(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = files
    .filter(({ path }) => !path.endsWith('onnx_pb.ts'))
    .map(({ path, text }) => [path, text.split('\n').length] as const)
    .filter(([path, lines]) => lines > (LONGER[path] ?? MAX_LINES))
  assert.deepEqual(long, [])
})

it('every file begins by saying what it is', () => {
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

/** Comments of a file, markers taken off, with the number of their first line. */
function commentsOf(text: string): { readonly line: number; readonly words: string }[] {
  const found = text.matchAll(/\/\*\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm)
  return [...found].map(({ 0: comment, index }) => ({
    line: text.slice(0, index).split('\n').length,
    words: comment.replace(/^[\s/*]+|\*\/$/gm, ' '),
  }))
}

const own = files.filter(({ path }) => !path.endsWith('onnx_pb.ts'))

function commentsThat(isWrong: (words: string) => boolean): string[] {
  return own.flatMap(({ path, text }) =>
    commentsOf(text)
      .filter(({ words }) => isWrong(words))
      .map(({ line }) => `${path}:${line}`),
  )
}

it('comments speak of things in the code, not of somebody', () => {
  const isWrong = (words: string) => /\b(?:[Nn]obody|[Ss]omebody|[Ww]hoever|[Ee]verybody|Knows:)/.test(words)
  assert.deepEqual(commentsThat(isWrong), [])
})

it('paths in comments exist', () => {
  const exists = (path: string) => existsSync(join(repoRoot, path))
  const wrong = own.flatMap(({ path: file, text }) =>
    commentsOf(text).flatMap(({ line, words }) =>
      [...words.matchAll(/`((?:\.{1,2}|src|workers|bench|test|docs|web)\/[\w./-]+\.(?:ts|md|json|js))`/g)]
        .map(([, path]) => path!)
        .filter((path) => !exists(path.startsWith('.') ? join(dirname(file), path) : path))
        .map((path) => `${file}:${line}: ${path}`),
    ),
  )
  assert.deepEqual(wrong, [])
})
