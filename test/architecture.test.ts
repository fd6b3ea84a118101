/** The house as a test: which room may import which, where native libraries may be named, how long a file may be. */
import assert from 'node:assert/strict'
import { dirname, join, relative, sep } from 'node:path'
import { it } from 'node:test'
import { IMPORTS, QUARANTINE } from './helpers/import-table.ts'
import { repoRoot } from './helpers/paths.ts'
import { importsOf, sourceFiles } from './helpers/source-files.ts'

const MAX_LINES = 300
/** Where rooms are held by the table. */
const HOUSE = /^(?:src|workers|bench|clients\/typescript\/src)\/.*\.ts$/

interface HouseFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const all = sourceFiles()
const files: HouseFile[] = all
  .filter(({ path }) => HOUSE.test(path))
  .map((file) => ({ ...file, imports: importsOf(file.text) }))

/** The most specific room of the table that holds a path. */
function roomOf(path: string): string {
  const rooms = Object.keys(IMPORTS).filter((room) => path.startsWith(`${room}/`))
  const room = rooms.sort((a, b) => b.length - a.length)[0]
  assert(room !== undefined, `${path}: no room of the house holds it`)
  return room
}

/** The files that a file imports by a relative path, types included. */
function targetsOf({ path, imports }: HouseFile): string[] {
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
  const long = all
    .map(({ path, text }) => [path, text.split('\n').length - 1] as const)
    .filter(([, lines]) => lines > MAX_LINES)
  assert.deepEqual(long, [])
})

it('every file begins by saying what it is', () => {
  const silent = files.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text)).map(({ path }) => path)
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
