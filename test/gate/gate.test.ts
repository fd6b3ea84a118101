/** What a failed test leaves open must not keep the gate: `npm test` ends, and no process is left. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'
import { admit, HANG, open } from '../lanes/faults/faulty-device.ts'

/** Names the file that the planted failure writes its child's process id to; set only in the run that the test makes. */
const PLANT = process.env.LIGHT_TTS_TEST_PLANT

/** An hour is never; a run that stays so long was not ended by the gate. */
const ENDLESS = 'setTimeout(() => {}, 3_600_000)'

if (PLANT !== undefined) {
  it('fails with a hung lane, a process and a socket left open', async () => {
    const { device } = await open(undefined, { onHung: () => {} })
    admit(device, HANG)
    const child = spawn(process.execPath, ['-e', ENDLESS], { stdio: 'ignore' })
    writeFileSync(PLANT, String(child.pid))
    createServer().listen(0, '127.0.0.1')
    await until(() => device.pulses('llm')[0]?.inModel === true, 'the lane hangs')
    assert.fail('planted')
  })
} else {
  it('a failed test of a device ends the run, and no process is left', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'light-tts-gate-'))
    t.after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'pid')
    // A run inside a test would take itself for a file of the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const run = spawn(process.execPath, [join(repoRoot, 'light-tts.mjs'), 'test', 'gate/gate'], {
      cwd: repoRoot,
      stdio: 'ignore',
      env: { ...env, LIGHT_TTS_TEST_PLANT: file },
    })
    t.after(() => run.kill('SIGKILL'))
    const ended = once(run, 'exit').then(([code]) => code)
    await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 'the planted test fails')
    const failed = performance.now()
    assert.notEqual(await ended, 0)
    assert(performance.now() - failed < 60_000, `ended after ${Math.round(performance.now() - failed)} ms`)
    const child = Number(readFileSync(file, 'utf8'))
    await until(() => !isAlive(child), 'its process is gone')
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
