/**
 * `node deploy/run-tests.mjs [--concurrency N] [--limit SECONDS] FILE…`: runs each test file in a process of its own
 * and prints one report. A file is over when its process ends. What it started and left, with the same output or
 * another session, is killed then. Nothing that holds the output is waited for. Exit code 0: every file passed.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

// As commands run; see light-tts.mjs.
const FLAGS = ['--enable-source-maps', '--no-regexp-tier-up', '--test-reporter=spec', '--test-force-exit']
/** Names the file that a process was started for, by the file's process or below it; runs within runs append theirs. */
const MARK = 'LIGHT_TTS_TEST_FILE'
const LAST_OUTPUT_MS = 1000
const COUNTS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo']
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }
const isWindows = process.platform === 'win32'

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '2' },
    limit: { type: 'string', default: '600' },
  },
})
const start = performance.now()
/** Marks of the files that run now, with their processes. */
const running = new Map()
for (const [signal, number] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    for (const [mark, child] of running) killAllOf(mark, child.pid)
    process.exit(128 + number)
  })
}

const queue = [...files.entries()]
const results = new Array(files.length)
await Promise.all(Array.from({ length: Number(values.concurrency) }, worker))
report()

async function worker() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, file] = next
    const result = await run(file, `${process.env[MARK] ?? ''}/${process.pid}.${index}`)
    results[index] = result
    if (result.tests.trim() !== '') console.log(result.tests.trimEnd())
    if (result.left.length > 0)
      console.log(`ℹ ${file} left processes, which were killed: ${result.left.join(', ')}`)
  }
}

/** Resolves when the file's process has ended and nothing of it is left. */
function run(file, mark) {
  // Inside another run Node would write its own protocol instead of a report.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, [...FLAGS, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, [MARK]: mark },
    detached: !isWindows,
  })
  running.set(mark, child)
  const pieces = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => pieces.push(piece))
  let isLate = false
  const limit = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, values.limit * 1000)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(limit)
      running.delete(mark)
      const left = killAllOf(mark, child.pid)
      const done = () =>
        resolve({ ...readReport(Buffer.concat(pieces).toString()), code, signal, isLate, left })
      // What was written is in the pipes; a process that escaped, where there is no /proc, may still hold them.
      const giveUp = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, LAST_OUTPUT_MS)
      child.on('close', () => {
        clearTimeout(giveUp)
        done()
      })
    })
  })
}

/** Kills the group and, where /proc tells it, whatever has the mark; returns the marked ones as "PID name". */
function killAllOf(mark, group) {
  const killed = new Map()
  for (let more = true; more; ) {
    more = false
    for (const [pid, name] of marked(mark)) {
      if (killed.has(pid)) continue
      killed.set(pid, name)
      more = kill(pid) || more
    }
  }
  if (!isWindows) kill(-group)
  return [...killed].map(([pid, name]) => `${pid} ${name}`)
}

function kill(pid) {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** Process ids and names whose environment has the mark, or one below it. */
function marked(mark) {
  if (process.platform !== 'linux') return []
  const found = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const value = readIfThere(`/proc/${pid}/environ`)
      .split('\0')
      .find((entry) => entry.startsWith(`${MARK}=`))
      ?.slice(MARK.length + 1)
    if (value === mark || value?.startsWith(`${mark}/`))
      found.push([Number(pid), readIfThere(`/proc/${pid}/comm`).trim()])
  }
  return found
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** A file's output in three: its tests, its counts, and its failures once more. */
function readReport(output) {
  const lines = output.split('\n')
  const at = lines.lastIndexOf(lines.findLast((line) => /^ℹ tests \d+$/.test(line)) ?? '')
  if (at === -1 || !lines[at].startsWith('ℹ tests')) return { tests: output, counts: undefined, failures: '' }
  const counts = {}
  let end = at
  for (; /^ℹ \w+ [\d.]+$/.test(lines[end] ?? ''); end++) {
    const [, name, count] = lines[end].split(' ')
    counts[name] = Number(count)
  }
  const failures = lines.slice(end).join('\n').replace('✖ failing tests:', '')
  return { tests: lines.slice(0, at).join('\n'), counts, failures: failures.trim() }
}

function report() {
  const failed = []
  const sums = Object.fromEntries(COUNTS.map((name) => [name, 0]))
  for (const [index, result] of results.entries()) {
    for (const name of COUNTS) sums[name] += result.counts?.[name] ?? 0
    if (result.code === 0 && result.counts !== undefined) continue
    if (result.counts === undefined) sums.fail++
    failed.push([files[index], result])
  }
  for (const name of COUNTS) console.log(`ℹ ${name} ${sums[name]}`)
  console.log(`ℹ duration_ms ${Math.round(performance.now() - start)}`)
  if (failed.length > 0) console.log('\n✖ failing tests:')
  for (const [file, result] of failed)
    console.log(`\n${pathToFileURL(file).pathname}: ${howItEnded(result)}\n${result.failures}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}

function howItEnded({ code, signal, isLate, counts }) {
  if (isLate) return `not over after ${values.limit} s`
  const end = signal === null ? `exit code ${code}` : signal
  return counts === undefined ? `ended before its tests (${end})` : end
}
