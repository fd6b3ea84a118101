/** What a failed test leaves open must not keep the gate: `npm test` and its output end, and no process is left. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { isAlive } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import { admit, HANG, open } from '../lanes/faults/faulty-device.ts'

/** Names the file that the planted failure writes its processes' ids to; set only in the run that the test makes. */
const PLANT = process.env.LIGHT_TTS_TEST_PLANT

/** An hour is never; a run that stays so long was not ended by the gate. */
const ENDLESS = 'setTimeout(() => {}, 3_600_000)'

if (PLANT !== undefined) {
  it('fails with a hung lane, processes that hold its output and a socket left open', async () => {
    const { device } = await open(undefined, { onHung: () => {} })
    admit(device, HANG)
    const silent = spawn(process.execPath, ['-e', ENDLESS], { stdio: 'ignore' })
    const speaking = spawn(process.execPath, ['-e', ENDLESS], { stdio: 'inherit' })
    const ofOwnSession = spawn(process.execPath, ['-e', ENDLESS], { stdio: 'inherit', detached: true })
    const orphan = execFileSync('sh', ['-c', 'sleep 3600 >&2 & echo $!'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pids = [silent.pid, speaking.pid, ofOwnSession.pid, Number(orphan)]
    writeFileSync(PLANT, JSON.stringify(pids))
    createServer().listen(0, '127.0.0.1')
    await until(() => device.pulses('llm')[0]?.inModel === true, 'the lane hangs')
    assert.fail('planted')
  })
} else {
  it('a failed test of a device ends the run and its output, and no process is left', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'light-tts-gate-'))
    t.after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'pid')
    // A run inside a test would take itself for a file of the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const run = spawn(process.execPath, [join(repoRoot, 'light-tts.mjs'), 'test', 'gate/gate'], {
      cwd: repoRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, LIGHT_TTS_TEST_PLANT: file },
    })
    t.after(() => run.kill('SIGKILL'))
    let output = ''
    for (const stream of [run.stdout, run.stderr]) stream.on('data', (piece) => (output += piece))
    // Comes when nothing holds the output any more.
    const ended = once(run, 'close').then(([code]) => code)
    await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 'the planted test fails')
    const failed = performance.now()
    assert.equal(await ended, 1, output)
    assert.match(output, /planted/)
    assert(performance.now() - failed < 60_000, `ended after ${Math.round(performance.now() - failed)} ms`)
    for (const pid of JSON.parse(readFileSync(file, 'utf8')) as number[])
      await until(() => !isAlive(pid), `process ${pid} is gone`)
  })
}
