import assert from 'node:assert/strict'
import { once } from 'node:events'
import { it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { LaneControl } from '../../src/lanes/lane-control.ts'

it('no ring is lost: a lane that waits is woken for every one of many rings, however they fall', async () => {
  const control = new LaneControl()
  const seen = new Int32Array(new SharedArrayBuffer(8))
  // The lane copies the count of things left for it each time it wakes. It sleeps when it has seen them all.
  const source = `
    const { workerData } = require('node:worker_threads')
    import(workerData.module).then(({ LaneControl }) => {
      const control = new LaneControl(workerData.buffer)
      const seen = workerData.seen
      while (!control.stopped) {
        const bell = control.bell
        const left = Atomics.load(seen, 0)
        if (left !== Atomics.load(seen, 1)) { Atomics.store(seen, 1, left); continue }
        control.beat()
        control.waitForBell(bell, 60000)
      }
    })`
  const module = new URL('../../src/lanes/lane-control.js', import.meta.url).href
  const worker = new Worker(source, { eval: true, workerData: { module, buffer: control.buffer, seen } })
  const started = performance.now()
  for (let i = 1; i <= 2000; i++) {
    Atomics.store(seen, 0, i)
    control.signal()
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  while (Atomics.load(seen, 1) !== 2000) {
    assert(
      performance.now() - started < 30_000,
      'a ring was lost: the lane sleeps although something was left for it',
    )
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  control.stop()
  await once(worker, 'exit')
})

it('time in models, work and runs are counted, also when a model throws', () => {
  const control = new LaneControl()
  assert.equal(
    control.inModel(3, () => control.observe().inModel),
    true,
  )
  assert.throws(() =>
    control.inModel(2, () => {
      throw new Error('model')
    }),
  )
  control.inModel(0, () => {
    for (const until = performance.now() + 2; performance.now() < until; );
  })
  const { inModel, units, runs, unitRuns, busyMs, asideMs } = control.observe()
  assert.deepEqual({ inModel, units, runs, unitRuns }, { inModel: false, units: 5, runs: 3, unitRuns: 2 })
  assert(asideMs >= 2 && busyMs >= asideMs)
})

it('whether a lane works is told by its last turn, and forgotten with the lane', () => {
  const control = new LaneControl()
  const seen = new LaneControl(control.buffer)
  assert.equal(seen.working, false)
  control.works(true)
  assert.equal(seen.working, true)
  control.works(false)
  assert.equal(seen.working, false)
  control.works(true)
  seen.reset()
  assert.equal(control.working, false)
  // The floats behind it lie where they did.
  control.inModel(3, () => {})
  assert.deepEqual([seen.observe().units, seen.observe().runs], [3, 1])
})
