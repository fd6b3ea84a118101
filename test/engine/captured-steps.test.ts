/** Steps that are recorded and played again: which sizes, and that a strict device sees nothing change but values on it. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import fc from 'fast-check'
import { capturedFor, capturedSizes } from '../../src/engine/llm/captured-steps.ts'
import { SELF_CHECK_MODEL } from '../../src/engine/runtime/self-check-model.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { convertTinyLlm, type TinyLlm } from '../helpers/tiny-llm.ts'

let model: TinyLlm
before(async () => {
  model = await convertTinyLlm()
})
after(() => model.remove())

it('small steps are captured in every size, larger ones in few, the last with all rows', () => {
  assert.deepEqual(capturedSizes(0), [])
  assert.deepEqual(capturedSizes(1), [1])
  assert.deepEqual(capturedSizes(11), [1, 2, 3, 4, 5, 6, 7, 8, 11])
  assert.deepEqual(capturedSizes(64), [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64])
})

it('any number of rows has a captured step with at most half as many padding rows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 512 }), fc.nat(511), (pool, given) => {
      const rows = 1 + (given % pool)
      const taken = capturedFor(rows, capturedSizes(pool))!
      assert(taken >= rows && taken <= pool && taken <= 1.5 * rows, `${rows} rows of ${pool}: ${taken}`)
    }),
    { seed: 3 },
  )
  assert.equal(capturedFor(3, []), undefined)
  assert.equal(capturedFor(9, [1, 2, 8]), undefined)
})

it('captured steps give the logits of plain ones, at fixed addresses, with nothing changed on the host', async () => {
  const plain = await model.open(12)
  const recorded = await model.open(12)
  recorded.capture()
  assert.deepEqual(recorded.capturedSizes, capturedSizes(12))
  assert.deepEqual(plain.capturedSizes, [])
  const rows = Array.from({ length: 11 }, (_, row) => row)
  for (const runner of [plain, recorded])
    for (const row of rows) runner.prefill(runner.pool.take(), [1, 2, 3, 4].slice(0, 1 + (row % 4)))
  for (const used of [1, 3, 9, 11, 10, 2, 11]) {
    const given = rows.slice(0, used).map((row) => ({ row, id: 5 + row }))
    const [one, other] = [plain, recorded].map((runner) => runner.decode(given))
    for (const i of rows.slice(0, used))
      for (const [at, value] of one!.logitsOf(i).entries())
        assert(Math.abs(value - other!.logitsOf(i)[at]!) < 1e-5, `row ${i} of ${used}, logit ${at}`)
  }
  assert.equal(recorded.pool.release(3), 10, 'rows move as they do in plain steps')
  recorded.decode([{ row: 3, id: 9 }])
  plain.release()
  recorded.release()
})

it('steps are captured before rows are in use, and only where rows are alike', async () => {
  const busy = await model.open(2)
  busy.pool.take()
  assert.throws(() => busy.capture(), /while no row is in use/)
  busy.release()
  const pairs = await model.open(2, 'pairs')
  pairs.capture()
  assert.deepEqual(pairs.capturedSizes, [])
  pairs.release()
})

it('a strict device refuses what a card would not see of a captured run', async (t) => {
  const runtime = await openStrictRuntime()
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1 })
  t.after(() => session.release())
  const device = runtime.memory()
  const tensor = () => runtime.tensor('float32', device.alloc('float32', 4), [4])
  const [x, y, z] = [tensor(), tensor(), tensor()]
  const binding = session.bind({ x }, { y }, 1)
  binding.set('y', z)
  binding.run()
  assert.throws(() => binding.set('y', y), /'y' of a captured run is bound anew/)
  assert.throws(() => session.bind({ x }, { y }, 1), /two bindings of graph 1/)
  binding.run()
  binding.release()
})
