/** The lock file is whole: `npm ci` refuses one that lacks a platform's package, also where that platform is another. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'

interface LockEntry {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

const lock = JSON.parse(readFileSync(join(repoRoot, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockEntry>>
}

/** Where Node would find `name` from the package at `path`: beside it, or in a folder further up. */
function isLocked(path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules') - 1))) {
    if (`${at}${at === '' ? '' : '/'}node_modules/${name}` in lock.packages) return true
    if (at === '') return false
  }
}

it('every package that another one asks for is locked, those of other platforms included', () => {
  const missing: string[] = []
  for (const [path, { dependencies, optionalDependencies }] of Object.entries(lock.packages))
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies }))
      if (!isLocked(path, name)) missing.push(`${path}: ${name}`)
  assert.deepEqual(missing, [])
})

it('names no place to download from', () => {
  const addresses = Object.values(lock.packages).flatMap(({ resolved }) =>
    resolved === undefined ? [] : [resolved],
  )
  assert.deepEqual(addresses, [])
})

it('the command, the image and CI install by it', () => {
  for (const [file, call] of [
    ['deploy/prepare.mjs', /\['ci', '--prefix', stage, '--ignore-scripts'/],
    ['deploy/Dockerfile', /^RUN npm ci --ignore-scripts/m],
  ] as const)
    assert.match(readFileSync(join(repoRoot, file), 'utf8'), call, file)
})
