#!/usr/bin/env node
/**
 * The one door to every command: installs and builds what is missing or stale, then runs the command. It imports
 * nothing that has to be installed first. Its syntax is old enough for an old Node to print why it refuses.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * V8 would interpret a pattern first and compile it when it comes again. Of as many as texts have some would stay
 * interpreted for good, four times as slow. Told to a process that runs, this ends some versions of Node.
 *
 * It would also go through the whole heap for each 6 MB more of arrays: three times a second where recordings come with
 * requests that a full server refuses.
 */
const FLAGS = ['--enable-source-maps', '--no-regexp-tier-up', '--heap-growing-percent=100']

const MIN_NODE = [20, 19]
const NPM_WATCH_MS = 500
/** Environment variable that names the checkout which this process's ancestor has prepared. */
const PREPARED = 'PREPARED_CHECKOUT'
/** Environment variable in which a command reads how it was called. */
const CALL = 'COMMAND_CALL'
const root = dirname(fileURLToPath(import.meta.url))
/** An image or an installed package holds what was compiled, and no sources. */
const isCheckout = existsSync(join(root, 'src'))

/** Command name → compiled entry file, and what `--help` says of it. */
const COMMANDS = {
  start: [
    'dist/src/commands/start.js',
    `${isCheckout ? 'install, build, prepare' : 'prepare'} the embedded voice, serve it on http://localhost:8080`,
  ],
  serve: ['dist/src/commands/serve.js', 'the server alone (what `start` supervises)'],
  say: ['dist/src/commands/say.js', 'speak a text into a file, offline, through the same engine'],
  read: ['dist/src/commands/read.js', 'a book as audio with chapters, offline; goes on where it was ended'],
  mcp: [
    'dist/src/commands/mcp.js',
    'tools for agents (Model Context Protocol) over standard input and output',
  ],
  convert: ['dist/src/commands/convert.js', 'checkpoint folder → bundle'],
  align: [
    'dist/src/commands/align.js',
    'find the attention head of a checkpoint that tells when words are said',
  ],
  verify: ['dist/src/commands/verify.js', 'compare each stage of a bundle with stored reference arrays'],
  load: ['dist/bench/load/main.js', 'load-test a speech endpoint'],
  tune: ['dist/bench/tune/main.js', 'find the best scheduler parameters for a device'],
  bench: ['dist/bench/main.js', 'micro-benchmarks'],
  soak: ['dist/bench/soak/main.js', 'a server under mixed work for a long time; what rises fails it'],
  cuda: [
    'dist/src/commands/cuda.js',
    'get what NVIDIA cards need, and say what is there and what is missing',
  ],
  bundles: ['dist/src/commands/bundles.js', 'list the bundles that are kept, and remove old ones'],
  backup: ['dist/src/commands/backup.js', 'copy voices, dictionaries, jobs, settings and keys into a folder'],
  restore: ['dist/src/commands/restore.js', 'put such a backup back'],
  sbom: ['deploy/sbom.mjs', 'what ships, with licences and hashes, as CycloneDX'],
  fuzz: ['dist/test/fuzz/main.js', 'mutants of stored inputs at every door'],
  'gpu-dry-run': [
    'dist/test/gpu/main.js',
    "NVIDIA's provider on cards that compute nothing: placement, bytes, launches, ends",
  ],
  'prove-gpu': [
    'dist/bench/prove-gpu/main.js',
    'what only a card can show, in minutes: placement, numbers, times, listeners',
  ],
  'cluster-test': [null, 'real nodes behind real HAProxy and Redis: every fault, minutes of it'],
  test: [null, 'every check that CI runs'],
}

/** What needs a checkout. */
const OF_CHECKOUT = ['test', 'gpu-dry-run', 'prove-gpu', 'bench', 'soak', 'sbom', 'fuzz', 'cluster-test']

await main(process.argv.slice(2)).catch((error) => fail(error.message))

async function main(argv) {
  refuseOldNode()
  const name = argv[0]
  if (name === '--version' || name === '-V' || (name !== 'test' && argv.includes('--version'))) {
    console.log(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)
    return
  }
  const command = commandNames().includes(name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    console.error(usage(name))
    process.exit(name === undefined || name === '--help' || name === '-h' ? 0 : 2)
  }
  // What a command starts uses what that one runs from.
  if (isCheckout && process.env[PREPARED] !== root) {
    const { prepare } = await import('./deploy/prepare.mjs')
    prepare(isAlive)
  }
  process.env[PREPARED] = root
  // ONNX Runtime reads it when its library loads, in whichever process that is.
  process.env.ORT_DISABLE_TELEMETRY = '1'
  if (name === 'test') runTests(argv.slice(1))
  else if (name === 'cluster-test') runClusterTests(argv.slice(1))
  else {
    process.env[CALL] = callOf(name)
    runNode([join(root, command[0]), ...argv.slice(1)], { isServer: name === 'start' || name === 'serve' })
  }
}

function commandNames() {
  return Object.keys(COMMANDS).filter((name) => isCheckout || !OF_CHECKOUT.includes(name))
}

/** As its options are written behind it. */
function callOf(name) {
  if (!isCheckout) return `light-tts ${name}`
  return name === 'start' ? 'npm start --' : `npm run -s ${name} --`
}

function usage(name) {
  const call = isCheckout ? 'npm run -s' : 'light-tts'
  const lines = commandNames().map((key) => `  ${call} ${key.padEnd(13)}${COMMANDS[key][1]}`)
  const help = isCheckout ? '`-- --help`' : '`--help`'
  const complaint = name === undefined || name.startsWith('-') ? '' : `unknown command '${name}'\n\n`
  return `${complaint}light-tts commands (add ${help} for each one's options):\n${lines.join('\n')}`
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return
  console.error(
    `light-tts needs Node ${MIN_NODE.join('.')} or newer, got ${process.versions.node}. Install Node 20 LTS or newer.`,
  )
  process.exit(1)
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
  const runner = join(root, 'deploy', 'run-tests.mjs')
  if (filters.length > 0) {
    const others = Math.max(1, availableParallelism() - 1)
    return runNode([runner, '--concurrency', String(others), ...files], { isGroup: true })
  }
  for (const [what, script, args] of [
    ['biome (format and lint)', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']],
    ['knip (unused files, exports, packages)', 'knip/bin/knip.js', []],
    ['knip --production (what tests alone use)', 'knip/bin/knip.js', ['--production']],
  ]) {
    console.error(`light-tts: ${what}…`)
    const done = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      stdio: 'inherit',
    })
    if (done.status !== 0) fail(`${what} found something to mend: see the lines above.`)
  }
  console.error(`light-tts: ${files.length} test files…`)
  runNode([join(root, 'node_modules/c8/bin/c8.js'), process.execPath, runner, ...files], { isGroup: true })
}

/** Nodes, balancer and store as processes; with arguments only the files whose path contains one of them. */
function runClusterTests(filters) {
  if (filters.includes('--help') || filters.includes('-h')) {
    console.log(
      'Usage: npm run -s cluster-test [-- WORD…]\n\nReal nodes behind HAProxy and Redis; of its files those whose name contains a word, else all.',
    )
    return
  }
  const files = readdirSync(join(root, 'dist', 'test', 'cluster'))
    .filter((name) => /\.(test|long)\.js$/.test(name))
    .filter((name) => filters.length === 0 || filters.some((part) => name.includes(part)))
    .map((name) => join('dist', 'test', 'cluster', name))
    .sort()
  if (files.length === 0) fail(`no cluster test matches ${filters.join(' ')}`)
  const options = ['--concurrency', '1', '--limit', '3600']
  runNode([join(root, 'deploy', 'run-tests.mjs'), ...options, ...files], { isGroup: true })
}

/**
 * Runs a Node program in the foreground, hands it our signals, and ends as it ends. A server has a process group of its
 * own: a terminal's Ctrl-C reaches it once, through us. It sees our death through its channel. A `group` (a test run)
 * leaves no process behind.
 */
function runNode(args, { isServer = false, isGroup = false } = {}) {
  const child = spawn(process.execPath, [...FLAGS, ...args], {
    stdio: isServer ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    detached: (isServer || isGroup) && process.platform !== 'win32',
  })
  let isTold = false
  const tell = (signal) => {
    isTold = true
    child.kill(signal)
    // A stopped process (Ctrl-Z, SIGSTOP) takes the signal once it goes on.
    if (process.platform !== 'win32') child.kill('SIGCONT')
  }
  const end = (code) => {
    if (isGroup) endGroup(child.pid)
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => tell(signal))
  // An npm that the same signal ended asks for nothing more.
  whenNpmEnds(() => isTold || tell('SIGTERM'))
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
 * npm hands a signal to its shell, which does not hand it on. So where npm runs us, its end is our order to stop: that
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
