/** The command against a server that refuses: patience, sweeps, merging, hearing, and the packed tool. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { promisify } from 'node:util'
import { repoRoot } from '../../helpers/paths.ts'
import { startScripted } from './scripted-server.ts'

const MAIN = join(repoRoot, 'dist/bench/load/main.js')
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-load-'))
})
after(() => rm(folder, { recursive: true, force: true }))

// biome-ignore lint/suspicious/noExplicitAny: the line's keys are what is tested.
async function load(args: readonly string[], main = MAIN): Promise<{ stdout: string; json: any }> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], { timeout: 60_000 })
  return { stdout, json: JSON.parse(stdout.trim().split('\n').at(-1)!) }
}

for (const transport of ['http', 'ws']) {
  it(`${transport}: one who honours Retry-After comes back when he was told to, another almost at once`, async () => {
    for (const honours of [true, false]) {
      const server = await startScripted((i) =>
        i === 0 ? { delaysMs: [], audioMs: 0, status: 503, retryAfter: 1 } : { delaysMs: [1], audioMs: 20 },
      )
      try {
        const { json } = await load([
          ...['--url', server.url, '--stream', '--transport', transport, '--requests', '2'],
          ...(honours ? ['--honour-retry'] : []),
        ])
        assert.deepEqual([json.ok, json.refused, json.refused_without_time], [1, 1, 0])
        assert.equal(json.clean_of_accepted['200'], 1)
        const waited = server.sent[1]!.receivedMs - server.sent[0]!.receivedMs
        assert(honours ? waited >= 1000 : waited >= 500, `${waited} ms`)
      } finally {
        await server.close()
      }
    }
  })
}

it('a sweep goes through its numbers and names the knee', async () => {
  const server = await startScripted(() => ({ delaysMs: [5], audioMs: 100 }))
  try {
    const { json, stdout } = await load([
      ...['--url', server.url, '--stream', '--sweep', '1,3', '--duration', '0.5', '--ramp', '0'],
    ])
    assert.deepEqual(
      json.rows.map(({ listeners }: { listeners: number }) => listeners),
      [1, 3],
    )
    assert(json.rows[1].clean_audio_s_per_s['200'] > json.rows[0].clean_audio_s_per_s['200'])
    assert.equal(json.knee, 3)
    assert.match(stdout, /^3 </m)
  } finally {
    await server.close()
  }
})

it('two results are one; answers are heard by a command', async () => {
  const server = await startScripted(() => ({ delaysMs: [1, 1], audioMs: 20 }))
  try {
    const files = ['a.json', 'b.json'].map((name) => join(folder, name)) as [string, string]
    for (const file of files) await load(['--url', server.url, '--stream', '--requests', '3', '--out', file])
    const { json } = await load(['--merge', ...files])
    assert.deepEqual([json.requests, json.ok, json.audio_s.toFixed(2)], [6, 6, '0.24'])
    const ear = join(folder, 'ear.mjs')
    await writeFile(
      ear,
      `import { readFileSync, writeFileSync } from 'node:fs'
const [, list, , json] = process.argv.slice(2)
const rows = readFileSync(list, 'utf8').trim().split('\\n').map((row) => row.split('\\t'))
const bytes = rows.map(([wav]) => readFileSync(wav).length)
writeFileSync(json, JSON.stringify(rows.map(([, text], i) => ({ wer: [bytes[i] === 44 + 1280 ? 1 : 9, text.split(' ').length] }))))`,
    )
    const judged = await load([
      ...['--url', server.url, '--stream', '--requests', '5', '--judge-sample', '2'],
      ...['--judge', `'${process.execPath}' '${ear}'`],
    ])
    assert.equal(judged.json.judge.answers, 2)
    assert.equal((judged.json.judge.error_rate * judged.json.judge.words).toFixed(3), '2.000')
  } finally {
    await server.close()
  }
})

it('packed, it runs without the repository', async () => {
  const packed = execFileSync(process.execPath, [join(repoRoot, 'dist/bench/load/pack.js'), folder], {
    encoding: 'utf8',
  }).trim()
  execFileSync('tar', ['-xzf', packed, '-C', folder])
  const { bin, dependencies } = JSON.parse(await readFile(join(folder, 'package/package.json'), 'utf8'))
  assert.deepEqual(Object.keys(dependencies), ['commander', 'uplot', 'ws'])
  await symlink(join(repoRoot, 'node_modules'), join(folder, 'package/node_modules'))
  const server = await startScripted(() => ({ delaysMs: [1], audioMs: 20 }))
  try {
    const main = join(folder, 'package', bin['light-tts-load'])
    const html = join(folder, 'r.html')
    const { json } = await load(
      ['--url', server.url, '--concurrency', '4', '--requests', '8', '--threads', '2', '--html', html],
      main,
    )
    assert.equal(json.ok, 8)
  } finally {
    await server.close()
  }
})
