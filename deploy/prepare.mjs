/**
 * Installs and builds a checkout where it is missing or stale. Both are made aside and put in place by a rename: a
 * server or a test may run from what is there. Nothing is imported that has to be installed first.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = ['src', 'workers', 'bench', 'test', 'clients/typescript/src', 'deploy/kit']
const LOCK_LOOK_MS = 200
/** Stamps: which lock file `node_modules` was made from, and which sources `dist`. */
const INSTALLED = 'node_modules/.light-tts-lock'
const BUILT = 'dist/.light-tts-sources'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Makes both what the lock file and the sources say, one process at a time; throws what a person can act on. */
export function prepare(isAlive) {
  if (isStamped(INSTALLED, wantedPackages()) && isStamped(BUILT, fingerprintSources())) return
  const lock = join(root, '.preparing')
  takeLock(lock, isAlive)
  process.on('exit', () => rmSync(lock, { force: true }))
  install(wantedPackages())
  build(fingerprintSources())
  rmSync(lock, { force: true })
}

function isStamped(file, wanted) {
  return existsSync(join(root, file)) && readFileSync(join(root, file), 'utf8') === wanted
}

function takeLock(file, isAlive) {
  for (let isTold = false; ; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_LOOK_MS)) {
    try {
      return writeFileSync(file, String(process.pid), { flag: 'wx' })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = Number(readIfThere(file) || Number.NaN)
    if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true })
    else if (!isTold) {
      console.error(`light-tts: process ${holder} installs or builds here; waiting for it (${file})…`)
      isTold = true
    }
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** What `node_modules` has to be: native libraries of other Nodes are removed after an install, so they count. */
function wantedPackages() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.versions.modules)
    .digest('hex')
}

/** Installs exactly what the lock file says, beside what is there, which may be in use. */
function install(wanted) {
  if (isStamped(INSTALLED, wanted)) return
  console.error('light-tts: installing packages (once; about half a minute)…')
  const stage = join(root, '.installing')
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage)
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    if (existsSync(join(root, name))) copyFileSync(join(root, name), join(stage, name))
  const npm = process.env.npm_execpath
  const args = ['ci', '--prefix', stage, '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error']
  const done = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], { cwd: stage, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: stage, stdio: ['ignore', 2, 2] })
  if (done.status !== 0)
    throw new Error(
      'npm ci failed: see the lines above. A package registry must be reachable for the first start.',
    )
  const modules = join(stage, 'node_modules')
  spawnSync(process.execPath, [join(root, 'deploy', 'keep-own-binaries.mjs'), modules], {
    stdio: ['ignore', 2, 2],
  })
  mkdirSync(modules, { recursive: true })
  writeFileSync(join(stage, INSTALLED), wanted)
  replace(join(root, 'node_modules'), modules)
  rmSync(stage, { recursive: true, force: true })
}

/** `tsc` when any source is newer than the last build, or one came or went; into a folder of its own as well. */
function build(wanted) {
  if (isStamped(BUILT, wanted)) return
  console.error('light-tts: compiling…')
  const stage = join(root, '.building')
  // A file that was deleted must not live on in dist, or its tests would still run.
  rmSync(stage, { recursive: true, force: true })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = ['-p', root, '--outDir', stage, '--tsBuildInfoFile', join(stage, '.tsbuildinfo')]
  const done = spawnSync(process.execPath, [tsc, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
  if (done.status !== 0) throw new Error('the TypeScript build failed: see the lines above.')
  writeFileSync(join(stage, '.light-tts-sources'), wanted)
  replace(join(root, 'dist'), stage)
}

/** Puts `by` in a folder's place: what runs from it finds the old or the new one, never half of either. */
function replace(folder, by) {
  const old = `${by}.old`
  rmSync(old, { recursive: true, force: true })
  try {
    if (existsSync(folder)) renameSync(folder, old)
    renameSync(by, folder)
  } catch (error) {
    if (!['EBUSY', 'EXDEV'].includes(error.code)) throw error
    // A mounted volume stays where it is; only what it holds can change.
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
    cpSync(by, folder, { recursive: true, verbatimSymlinks: true })
    rmSync(by, { recursive: true, force: true })
  }
  rmSync(old, { recursive: true, force: true })
}

function fingerprintSources() {
  const hash = createHash('sha256')
  const files = ['package-lock.json', 'tsconfig.json']
  for (const folder of SOURCES) {
    const at = join(root, folder)
    if (!existsSync(at)) continue
    for (const name of readdirSync(at, { recursive: true })) {
      if (/\.(ts|json)$/.test(name)) files.push(join(folder, name))
    }
  }
  for (const file of files.sort()) {
    const { mtimeMs, size } = statSync(join(root, file))
    hash.update(`${file}\0${mtimeMs}\0${size}\n`)
  }
  return hash.digest('hex')
}
