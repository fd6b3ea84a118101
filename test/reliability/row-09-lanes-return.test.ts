/** Row 9: a lane that dies comes back however often a start fails; when no device is left, the process makes way. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { nextMove } from '../../src/commands/restart-policy.ts'
import { EXIT_DEVICE_HUNG } from '../../src/lanes/hard-exit.ts'
import { TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'
import { convertTiny } from '../helpers/tiny-synthesizer.ts'
import { admitOne, openUnlucky, until } from './faults/unlucky-device.ts'
import { ask, assertCensus, besieged, census } from './invariant.ts'

test('a death and two failed starts cost pauses, not the device', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-row9-'))
  t.after(() => rm(folder, { recursive: true }))
  const before = census()
  const starts = join(folder, 'starts')
  const device = await openUnlucky({ do: 'die', starts, stillborn: '2,3' })
  const lent = admitOne(device)
  assert.match((await lent.failed).detail, /told to die/)
  lent.close()
  await until('it is not healthy', () => !device.healthy)
  assert.equal(device.freeSlots, 0)
  await until('it is back', () => device.healthy)
  assert.equal((await readFile(starts)).length, 4)
  assert.equal(device.lost, false)
  await until('all slots are free', () => device.freeSlots === 3)
  assert.equal(await device.stop(5000), true)
  await assertCensus(before)
})

test('after five failures in a row the only device is lost: exit 75, which the supervisor answers with a start', async (t) => {
  const bundle = await convertTiny()
  t.after(() => bundle.remove())
  const entry = fileURLToPath(new URL('./faults/lost-server.js', import.meta.url))
  const child = spawn(process.execPath, [entry, bundle.dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (piece) => (output += piece))
  const [code] = await once(child, 'close')
  assert.equal(code, EXIT_DEVICE_HUNG)
  const answers = output.trim().split('\n')
  // Each caller's utterance is tried on two lanes.
  assert.equal(answers.filter((line) => line.startsWith('LANE_FAILED')).length, 2)
  for (const line of answers) assert.match(line, /^(?:LANE_FAILED|OVERLOADED|DRAINING) [1-9]/)
  assert.equal(nextMove({ code, signal: null }, [{ wasReady: true, livedMs: 60_000 }], false).do, 'start')
})

for (const transport of TRANSPORTS) {
  test(`${transport}: while no device works every route that speaks says 503 and when to come back`, async (t) => {
    const { url } = await besieged(t, { transport, script: { state: 'failed' } })
    const json = { 'content-type': 'application/json' }
    const requests = [
      ask(`${url}/inference_zero_shot`, { body: zeroShotForm() }),
      ask(`${url}/v1/audio/speech`, { body: JSON.stringify({ input: 'Hi.' }), headers: json }),
      ask(`${url}/v1/voices`, { body: zeroShotForm({ tts_text: null, id: 'a' }) }),
    ]
    for (const { status, headers } of await Promise.all(requests)) {
      assert.equal(status, 503)
      assert(Number(headers['retry-after']) >= 1)
    }
    assert.equal((await ask(`${url}/liveness`)).status, 200)
    assert.equal((await ask(`${url}/readiness`)).status, 503)
  })
}
