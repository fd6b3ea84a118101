import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { it } from 'node:test'
import fc from 'fast-check'
import { memoryLimit, memoryPlan, planShortfalls } from '../../src/config/memory-plan.ts'

const WANTED = { flowStateBytes: 2e9, uploadBytes: 512 * 2 ** 20, voiceBytes: 256 * 2 ** 20 }

it('a large machine gets what was wanted, a small one what it has room for, and says so', () => {
  assert.deepEqual(memoryPlan(24e9, WANTED), WANTED)
  assert.deepEqual(planShortfalls(24e9, WANTED, WANTED), [])
  const plan = memoryPlan(1.4e9, WANTED)
  assert.deepEqual(plan, { flowStateBytes: 400e6, uploadBytes: 200e6, voiceBytes: 100e6 })
  assert.deepEqual(planShortfalls(1.4e9, WANTED, plan), [
    'flowStateBytes 400 MB instead of 2000 MB (memory 1400 MB)',
    'uploadBytes 200 MB instead of 537 MB (memory 1400 MB)',
    'voiceBytes 100 MB instead of 268 MB (memory 1400 MB)',
  ])
})

it('whatever the limit, no holder gets more than was wanted, and all together fit where anything does', () => {
  const bytes = fc.integer({ min: 1, max: 1e12 })
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, (limit, flowStateBytes, uploadBytes, voiceBytes) => {
      const wanted = { flowStateBytes, uploadBytes, voiceBytes }
      const plan = memoryPlan(limit, wanted)
      for (const name of ['flowStateBytes', 'uploadBytes', 'voiceBytes'] as const) {
        assert.ok(plan[name] <= wanted[name])
        assert.ok(plan[name] > 0)
      }
      const all = plan.flowStateBytes + plan.uploadBytes + plan.voiceBytes
      if (limit > 600e6) assert.ok(all <= limit)
    }),
  )
})

it('the limit is never more than the machine has', () => {
  assert.ok(memoryLimit() > 0)
  assert.ok(memoryLimit() <= totalmem())
})
