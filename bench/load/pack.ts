/**
 * Packs the load tester as a package of its own, which runs without this repository; prints the file's path.
 *
 *   node dist/bench/load/pack.js [FOLDER]
 *   npm install -g ./light-tts-load-0.1.0.tgz && light-tts-load --url http://…
 *
 * It holds what `main.js` and its threads import, in the same places. The packages they name have the versions of the
 * lock file's owner.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchCommand } from '../command-line/command.ts'
import { existing } from '../command-line/values.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const ENTRIES = ['dist/bench/load/main.js', 'dist/bench/load/generator-thread.js']
const OTHER_FILES = [
  'LICENSE',
  'docs/load-testing.md',
  'demo/voice/prompts/james.wav',
  'demo/voice/prompts/james.txt',
]

interface Package {
  readonly version: string
  readonly license: string
  readonly engines: object
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const command = benchCommand(
  'packs the load tester as a package that runs without this repository; prints its path',
)
  .argument('[folder]', 'where it is put', existing, '.')
  .parse()
const [into] = command.processedArgs as [string]

/** Compiled files reached from the entries, relative to the root, and the packages that they name. */
function reach(entries: readonly string[]): { readonly files: string[]; readonly packages: string[] } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const queue = [...entries]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (files.has(path)) continue
    files.add(path)
    const text = readFileSync(join(ROOT, path), 'utf8')
    for (const [, name] of text.matchAll(/\b(?:from|import|resolve\()\s*['"]([^'"]+)['"]/g)) {
      if (name!.startsWith('.')) queue.push(relative(ROOT, resolve(ROOT, dirname(path), name!)))
      else if (!name!.startsWith('node:')) packages.add(name!.split('/')[0]!)
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() }
}

const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Package
const versions = { ...own.devDependencies, ...own.dependencies }
const { files, packages } = reach(ENTRIES)
const folder = mkdtempSync(join(tmpdir(), 'light-tts-load-'))
try {
  for (const path of [...files, ...OTHER_FILES]) cpSync(join(ROOT, path), join(folder, path))
  const manifest = {
    name: 'light-tts-load',
    version: own.version,
    description: 'Load-tests a speech endpoint and says how it sounds to its listeners.',
    license: own.license,
    type: 'module',
    engines: own.engines,
    bin: { 'light-tts-load': ENTRIES[0] },
    dependencies: Object.fromEntries(packages.map((name) => [name, versions[name]])),
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  const target = resolve(into)
  const name = execFileSync('npm', ['pack', '--silent', '--pack-destination', target], {
    cwd: folder,
    encoding: 'utf8',
  })
  console.log(join(target, name.trim()))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
