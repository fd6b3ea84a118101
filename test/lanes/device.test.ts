import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Device } from '../../src/lanes/device.ts'
import { EXIT_DEVICE_HUNG } from '../../src/lanes/hard-exit.ts'
import { TINY_TUNING } from '../helpers/tiny-synthesizer.ts'
import { until } from '../helpers/until.ts'
import { admit, DIE, FAIL, FAULTY, open } from './faults/faulty-device.ts'

it('an utterance that fails ends alone', async (t) => {
  const { device } = await open(t)
  const [failing, other] = [admit(device, FAIL), admit(device)]
  await until(() => failing.failure !== undefined, 'the failure is known')
  assert.match(failing.failure!.detail, /told to fail/)
  await until(() => other.audio.state === 'ended', 'the other has ended')
  assert.equal(other.failure, undefined)
  failing.close()
  other.close()
  await until(() => device.usedSlots === 0, 'both slots are free')
  assert.equal(device.healthy, true)
  const stopped = device.stop(1000)
  assert.equal(device.healthy, false, 'no new utterance goes to lanes that were told to end')
  assert.equal(await stopped, true)
})

it('a lane that throws fails what it had, is started again, and the device serves on', async (t) => {
  const { device, log } = await open(t)
  const before = admit(device)
  await until(() => before.audio.state === 'ended', 'it has ended')
  before.close()
  const dying = admit(device, DIE)
  await until(() => dying.failure !== undefined, 'the failure is known')
  assert.match(dying.failure!.detail, /llm lane died: told to die/)
  assert.equal(device.healthy, false)
  assert.equal(device.freeSlots, 0)
  dying.close()
  await until(() => device.healthy, 'the lane is back')
  assert.deepEqual(
    log.map((line) => line.replace(/: .*died.*|told.*/, '')),
    ['error: device test, llm lane: ', 'info: device test: llm lane is back'],
  )
  const after = admit(device)
  await until(() => after.audio.state === 'ended', 'it has ended')
  after.close()
  await until(() => device.freeSlots === 3, 'all slots are free')
  assert.equal(await device.stop(1000), true)
})

it('utterances go to the acoustic lane with the least to do, and one that dies takes only its own with it', async (t) => {
  const { device, log } = await open(t, {}, 2)
  // The first lane gets the first utterance, the second the one beside it.
  const dying = admit(device, undefined, DIE)
  const beside = admit(device)
  await until(() => dying.failure !== undefined, 'the failure is known')
  assert.match(dying.failure!.detail, /acoustic lane died: told to die/)
  await until(() => beside.audio.state === 'ended', 'the other has ended')
  assert.equal(beside.failure, undefined)
  assert.equal(dying.audio.state, 'failed')
  dying.close()
  beside.close()
  await until(() => device.healthy, 'the lane is back')
  assert.match(log.at(-1)!, /acoustic lane is back/)
  const both = [admit(device), admit(device)]
  assert.equal(device.pulses('acoustic').length, 2)
  for (const each of both) {
    await until(() => each.audio.state === 'ended', 'it has ended')
    each.close()
  }
  await until(() => device.freeSlots === 3, 'all slots are free')
  assert.equal(await device.stop(1000), true)
})

it('a native call that hangs is noticed, and the process can still end with its own code', async (t) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./faults/hang.js', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [code] = await once(child, 'exit')
  assert.equal(code, EXIT_DEVICE_HUNG)
})

it('a lane that cannot start says why, and nothing is left running', async () => {
  const entry = new URL('data:text/javascript,throw new Error("no such model")')
  await assert.rejects(
    Device.start(
      {
        id: 0,
        name: 'test',
        bundleDir: '',
        device: { kind: 'cpu', index: 0, llmThreads: 1, acousticThreads: 1, acousticLanes: 1 },
        tuning: TINY_TUNING,
        slots: 1,
        audioRingSamples: 1000,
        sampleRate: 100,
        hungAfterMs: 1000,
        laneEntries: { llm: entry, acoustic: FAULTY },
      },
      { onChange: () => {}, onHung: () => {}, log: () => {} },
    ),
    /device test, llm lane/,
  )
})
