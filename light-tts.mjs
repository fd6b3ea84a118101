#!/usr/bin/env node
/**
 * The one door to every command: installs and builds what is missing or stale, then runs the command.
 *
 * Knows: which compiled file each command is, and how to tell that an install or a build is out of date.
 * Does not know: what any command does. It imports nothing that has to be installed first, and its syntax
 * stays old enough that a Node too old for the rest can still print why it refuses.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MIN_NODE = [20, 19]
/** A test file that takes longer hangs. */
const TEST_FILE_LIMIT_MS = 600_000
const NPM_WATCH_MS = 500
const root = dirname(fileURLToPath(import.meta.url))
const sourceFolders = ['src', 'workers', 'bench', 'test', 'clients/typescript/src']

/** Command name → compiled entry file, and what `--help` says of it. */
const COMMANDS = {
  start: [
    'dist/src/start.js',
    'install, build, prepare the embedded voice, serve it on http://localhost:8080',
  ],
  serve: ['dist/src/main.js', 'the server alone (what `start` supervises)'],
  say: ['dist/src/say.js', 'speak a text into a WAV file, offline, through the same engine'],
  convert: ['dist/src/convert/main.js', 'checkpoint folder → bundle'],
  verify: ['dist/src/convert/verify.js', 'compare each stage of a bundle with stored reference arrays'],
  load: ['dist/bench/load/main.js', 'load-test a speech endpoint'],
  tune: ['dist/bench/tune/main.js', 'find the best scheduler parameters for a device'],
  bench: ['dist/bench/main.js', 'micro-benchmarks'],
  test: [null, 'every check that CI runs'],
}

main(process.argv.slice(2))

function main(argv) {
  refuseOldNode()
  const name = argv[0]
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined
  if (command === undefined) {
    console.error(usage(name))
    process.exit(name === undefined || name === '--help' || name === '-h' ? 0 : 2)
  }
  // An image or a package holds what was compiled, and no sources.
  if (existsSync(join(root, 'src'))) {
    ensureInstalled()
    ensureBuilt()
  }
  // ONNX Runtime reads it when its library loads, in whichever process that is.
  process.env.ORT_DISABLE_TELEMETRY = '1'
  if (name === 'test') runTests(argv.slice(1))
  else runNode([join(root, command[0]), ...argv.slice(1)], { isServer: name === 'start' || name === 'serve' })
}

function usage(name) {
  const lines = Object.entries(COMMANDS).map(([key, [, what]]) => `  npm run -s ${key.padEnd(9)}${what}`)
  const complaint = name === undefined || name.startsWith('-') ? '' : `unknown command '${name}'\n\n`
  return `${complaint}light-tts commands (add \`-- --help\` for each one's options):\n${lines.join('\n')}`
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return
  console.error(
    `light-tts needs Node ${MIN_NODE.join('.')} or newer, got ${process.versions.node}. Install Node 20 LTS or newer.`,
  )
  process.exit(1)
}

/** Installs exactly what the lock file says, when it is not the one that node_modules was made from. */
function ensureInstalled() {
  const stamp = join(root, 'node_modules', '.light-tts-lock')
  // Native libraries of other Nodes are removed after an install, so another Node needs another install.
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.versions.modules)
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('light-tts: installing packages (once; about half a minute)…')
  const npm = process.env.npm_execpath
  const args = ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error']
  const done = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (done.status !== 0)
    fail('npm ci failed: see the lines above. A package registry must be reachable for the first start.')
  spawnSync(process.execPath, [join(root, 'deploy', 'keep-own-binaries.mjs')], { stdio: ['ignore', 2, 2] })
  writeFileSync(stamp, wanted)
}

/** `tsc` when any source is newer than the last build, or one came or went. */
function ensureBuilt() {
  const stamp = join(root, 'dist', '.light-tts-sources')
  const wanted = fingerprintSources()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('light-tts: compiling…')
  // A file that was deleted must not live on in dist, or its tests would still run.
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const done = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (done.status !== 0) fail('the TypeScript build failed: see the lines above.')
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

function fingerprintSources() {
  const hash = createHash('sha256')
  const files = ['package-lock.json', 'tsconfig.json']
  for (const folder of sourceFolders) {
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

/**
 * The gate: format and lint, dead code, then the tests under coverage.
 * With arguments only the test files whose path contains one of them run, without the rest of the gate.
 */
function runTests(filters) {
  const all = readdirSync(join(root, 'dist', 'test'), { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join('dist', 'test', name))
    .sort()
  const files = filters.length === 0 ? all : all.filter((file) => filters.some((part) => file.includes(part)))
  if (files.length === 0) fail(`no test file matches ${filters.join(' ')}`)
  const runner = ['--test', '--test-force-exit', `--test-timeout=${TEST_FILE_LIMIT_MS}`]
  if (filters.length > 0) return runNode([...runner, ...files], { isGroup: true })
  for (const [what, script, args] of [
    ['biome (format and lint)', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']],
    ['knip (unused files, exports, packages)', 'knip/bin/knip.js', []],
  ]) {
    console.error(`light-tts: ${what}…`)
    const done = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      stdio: 'inherit',
    })
    if (done.status !== 0) fail(`${what} found something to mend: see the lines above.`)
  }
  console.error(`light-tts: ${files.length} test files…`)
  runNode(
    [join(root, 'node_modules/c8/bin/c8.js'), process.execPath, ...runner, '--test-concurrency=2', ...files],
    { isGroup: true },
  )
}

/**
 * Runs a Node program in the foreground, hands it our signals, and ends as it ends. A server sees our death through its
 * channel; a `group` (a test run) leaves no process behind.
 */
function runNode(args, { isServer = false, isGroup = false } = {}) {
  const child = spawn(process.execPath, ['--enable-source-maps', ...args], {
    stdio: isServer ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    detached: isGroup && process.platform !== 'win32',
  })
  const end = (code) => {
    if (isGroup) endGroup(child.pid)
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  whenNpmEnds(() => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => end(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)))
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}

/**
 * npm hands a signal to its shell, which hands it to nobody. So where npm runs us, its end is our order to stop: that
 * of our parent, or of the npm behind a shell in between.
 */
function whenNpmEnds(act) {
  if (process.env.npm_execpath === undefined) return
  const parent = process.ppid
  const ancestors = [parent, parentOf(parent)].filter((pid) => pid > 1)
  const timer = setInterval(() => {
    if (process.ppid === parent && ancestors.every(isAlive)) return
    clearInterval(timer)
    act()
  }, NPM_WATCH_MS)
  timer.unref()
}

function parentOf(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
  return Number.parseInt(stdout ?? '', 10) || 0
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function fail(message) {
  console.error(`light-tts: ${message}`)
  process.exit(1)
}
