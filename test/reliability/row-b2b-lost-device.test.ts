/** B2b: after a fault of the card itself nothing of it is heard. A fresh process takes over at once. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { isDeviceLost, isMemoryShort } from '../../src/core/device-fault.ts'
import { OrtError } from '../../src/engine/runtime/ort-error.ts'
import { EXIT_DEVICE_HUNG } from '../../src/lanes/hard-exit.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, openTinyFlow } from '../helpers/tiny-flow.ts'
import { convertTinyLlm } from '../helpers/tiny-llm.ts'
import { convertTiny } from '../helpers/tiny-synthesizer.ts'
import { AcousticLaneRig, TOGETHER } from '../workers/acoustic-lane-rig.ts'
import { admitOne, openUnlucky, until } from './faults/unlucky-device.ts'
import { assertCensus, census } from './invariant.ts'
import { openLane } from './llm-lane.ts'

test('what a card says of itself loses it, what it says of its memory or of a graph does not', () => {
  for (const message of [
    'CUDA failure 700: an illegal memory access was encountered ; GPU=0',
    'Non-zero status code returned while running MatMul node. CUBLAS failure 14: CUBLAS_STATUS_INTERNAL_ERROR',
    'CUDNN failure 5000: CUDNN_STATUS_EXECUTION_FAILED',
    'CUDA error cudaErrorECCUncorrectable:uncorrectable ECC error encountered',
  ])
    assert(isDeviceLost(new OrtError('llm.onnx', message, 1)), message)
  for (const message of [
    'CUDA failure 2: out of memory ; GPU=0',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED',
    'bfc_arena.cc: Failed to allocate memory for requested buffer of size 1048576',
    'Available memory of 5 is smaller than requested bytes of 900',
  ]) {
    assert(!isDeviceLost(new OrtError('llm.onnx', message, 1)), message)
    assert(isMemoryShort(message), message)
  }
  assert(!isDeviceLost(new OrtError('llm.onnx', 'Invalid dimension for input ids', 2)))
  assert(!isDeviceLost(new Error('CUDA failure 700')))
})

test('a step that finds the card lost ends the lane, and no utterance is told that it was to blame', async (t) => {
  const llm = await convertTinyLlm()
  t.after(() => llm.remove())
  const runner = await llm.open(3)
  t.after(() => runner.release())
  let steps = 0
  const lost = new Proxy(runner, {
    get: (target, key) => {
      const value = Reflect.get(target, key, target) as unknown
      if (key !== 'decode') return typeof value === 'function' ? value.bind(target) : value
      return (rows: Parameters<typeof runner.decode>[0]) => {
        if (++steps < 4) return target.decode(rows)
        throw new OrtError('llm.onnx', 'CUDA failure 700: an illegal memory access was encountered', 1)
      }
    },
  })
  const lane = openLane(llm, lost)
  for (let slot = 0; slot < 3; slot++) lane.admit(slot)
  const turns = () => {
    for (let turn = 0; turn < 100; turn++) lane.turns.turn()
  }
  assert.throws(turns, /llm\.onnx/)
  assert.equal(steps, 4, 'the lost card is not tried again with fewer rows')
  assert.deepEqual([...lane.left], [])
})

test('a run of the flow or vocoder that finds the card lost ends its lane as well', async (t) => {
  const flow = await openTinyFlow(await openStrictRuntime(), testFolder(t), {}, { together: TOGETHER })
  const rig = new AcousticLaneRig(flow)
  rig.admit([...goldenReply.subarray(0, 40)])
  rig.admit([...goldenReply.subarray(3, 43)])
  rig.broken = 'CUDA failure 700: an illegal memory access was encountered'
  assert.throws(() => rig.serve(), /vocoder\.onnx/)
  assert.deepEqual(rig.left, [])
})

test('the other lanes of a lost card end with it, its callers are told when to come back, and it may return', async (t) => {
  const before = census()
  const starts = join(testFolder(t), 'starts')
  const lines: string[] = []
  const device = await openUnlucky({ do: 'lose', starts }, { log: (_, line) => lines.push(line) })
  const lent = admitOne(device)
  const { status, retryAfterSeconds } = await lent.failed
  assert.deepEqual([status, retryAfterSeconds], [503, 2])
  assert(device.lost, 'at the first fault')
  assert.equal(device.freeSlots, 0)
  lent.close()
  await until('the acoustic lane is ended', () => lines.some((line) => /acoustic lane.*ending/.test(line)))
  await until('it is back', () => device.healthy)
  assert(!device.lost)
  assert.equal((await readFile(starts)).length, 2)
  await until('all slots are free', () => device.freeSlots === 3)
  assert.equal(await device.stop(5000), true)
  await assertCensus(before)
})

test('with its only card lost a process ends at the first fault: those who wait are told, none gets a sample', async (t) => {
  const bundle = await convertTiny()
  t.after(() => bundle.remove())
  const entry = fileURLToPath(new URL('./faults/lost-server.js', import.meta.url))
  const callers = 3
  const args = [entry, bundle.dir, 'lose', String(callers)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (piece) => (output += piece))
  // Its last words may be read after its end.
  const [code] = await once(child, 'close')
  assert.equal(code, EXIT_DEVICE_HUNG)
  const answers = output.trim().split('\n')
  assert(answers.length >= callers, output)
  for (const line of answers) assert.match(line, /^(?:LANE_FAILED|OVERLOADED|DRAINING) [1-9]/)
})
