/** The command as it is run, against a scripted server: what it counts, prints, writes and refuses. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../../helpers/paths.ts'
import { startScripted } from './scripted-server.ts'

interface Done {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  // biome-ignore lint/suspicious/noExplicitAny: the line's keys are what is tested.
  readonly json: any
}

async function load(...args: string[]): Promise<Done> {
  const child = spawn(process.execPath, [join(repoRoot, 'dist/bench/load/main.js'), ...args], {
    timeout: 60_000,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece) => (stdout += piece))
  child.stderr.on('data', (piece) => (stderr += piece))
  const [code] = await once(child, 'close')
  const last = stdout.trim().split('\n').at(-1)!
  return { code, stdout, stderr, json: last.startsWith('{') ? JSON.parse(last) : undefined }
}

it('refusals, cuts and silence are told apart, and none of them counts as heard', async () => {
  const server = await startScripted((i) =>
    i % 3 === 0
      ? { delaysMs: [], audioMs: 0, status: 503 }
      : { delaysMs: [5, 5], audioMs: 50, cut: i % 3 === 1 },
  )
  try {
    const { json } = await load('--url', server.url, '--stream', '--requests', '9')
    assert.deepEqual([json.ok, json.errors], [3, 6])
    assert.equal(json.errors_by['HTTP 503 OVERLOADED'], 3)
    assert.equal(Math.round(9 * json.stutter_free['200']), 3)
  } finally {
    await server.close()
  }
})

it('warm-up is asked for and not counted', async () => {
  const server = await startScripted(() => ({ delaysMs: [1], audioMs: 20 }))
  try {
    const { json } = await load(
      ...['--url', server.url, '--mode', 'open', '--rate', '50', '--requests', '20', '--warmup', '5'],
    )
    assert.equal(server.sent.length, 25)
    assert.equal(json.requests, 20)
    assert.equal(json.audio_s.toFixed(3), '0.400')
  } finally {
    await server.close()
  }
})

it('listeners ask again only when they have heard all', async () => {
  const server = await startScripted(() => ({ delaysMs: [10], audioMs: 300 }))
  try {
    const { json } = await load(
      '--url',
      server.url,
      '--stream',
      '--mode',
      'listeners',
      '--concurrency',
      '2',
      '--requests',
      '6',
      '--ramp',
      '0',
    )
    assert.equal(json.ok, 6)
    const times = server.sent.map(({ receivedMs }) => receivedMs).sort((a, b) => a - b)
    // Three rounds of 10 ms, 100 ms of buffer and 300 ms of audio: the last begins after two.
    assert(times.at(-1)! - times[0]! >= 2 * 400, `${times.at(-1)! - times[0]!} ms`)
  } finally {
    await server.close()
  }
})

it('several threads are one test', async () => {
  const server = await startScripted(() => ({ delaysMs: [20, 20], audioMs: 50 }))
  try {
    const { json } = await load(
      '--url',
      server.url,
      '--stream',
      '--concurrency',
      '20',
      '--requests',
      '60',
      '--threads',
      '2',
    )
    assert.deepEqual([json.requests, json.ok], [60, 60])
    assert.equal(server.sent.length, 60)
  } finally {
    await server.close()
  }
})

it('capacity is searched in three seeds, and each run says what it broke', async () => {
  // Two streams at once are served; a third that comes while they run is refused.
  let running = 0
  const server = await startScripted(() => {
    if (running >= 2) return { delaysMs: [], audioMs: 0, status: 503 }
    running++
    setTimeout(() => running--, 60)
    return { delaysMs: [20, 0], audioMs: 100 }
  })
  try {
    const { json, stdout } = await load(
      ...['--url', server.url, '--stream', '--capacity', '--max-listeners', '4'],
      ...['--duration', '0.3', '--ramp', '0', '--limit-first-audio', '3000', '--buffer', '200'],
    )
    assert.equal(json.capacity, 2, stdout)
    assert.equal(json.asked.concurrency, 2)
    const of = (n: number) => json.trials.filter(({ listeners }: { listeners: number }) => listeners === n)
    assert.deepEqual([of(1).length, of(2).length], [3, 3])
    assert.match(of(4)[0].why, /^\d+ errors$/)
    // What is shown is a run of the number that held.
    assert.equal(json.errors, 0)
  } finally {
    await server.close()
  }
})

it('a report is one file that names no other, and two results can be compared', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-load-'))
  const server = await startScripted(() => ({ delaysMs: [5, 5], audioMs: 50 }))
  try {
    const files = ['a.json', 'b.json', 'r.html'].map((name) => join(folder, name)) as [string, string, string]
    await load('--url', server.url, '--requests', '3', '--out', files[0], '--html', files[2])
    await load('--url', server.url, '--requests', '3', '--out', files[1])
    const html = await readFile(files[2], 'utf8')
    assert.doesNotMatch(html, /(src|href)="?https?:/)
    assert.match(html, /uPlot/)
    const { stdout, code } = await load('--compare', files[0], files[1])
    assert.equal(code, 0)
    assert.match(stdout, /first audio p50, ms/)
  } finally {
    await server.close()
    await rm(folder, { recursive: true })
  }
})

for (const [what, args, code, message] of [
  ['no server', ['--url', 'http://127.0.0.1:9'], 1, /cannot be reached/],
  ['no address', [], 2, /expected --url, got none/],
  ['a wrong address', ['--url', 'localhost'], 2, /expected --url such as/],
  [
    'a wrong number',
    ['--url', 'http://x', '--concurrency', '0'],
    2,
    /expected a whole number above 0, got '0'/,
  ],
  ['a report without a place', ['--url', 'http://x', '--html', '/none/r.html'], 2, /ENOENT.*\/none/],
  ['texts that are not there', ['--url', 'http://x', '--texts', '/none'], 2, /ENOENT/],
] as const) {
  it(`${what} is one line and code ${code}`, async () => {
    const done = await load(...args)
    assert.equal(done.code, code, done.stderr)
    assert.match(done.stderr, message)
    assert.equal(done.stderr.trim().split('\n').length, 1)
  })
}
