/** Calls that share one answer, for a while. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sharedCall } from '../../src/core/shared-call.ts'
import { until } from '../helpers/until.ts'

it('a crowd makes one call, later ones another, and a failure is not kept', async () => {
  let calls = 0
  const call = sharedCall(async () => {
    calls++
    if (calls === 2) throw new Error('once')
    return calls
  }, 1)
  const crowd = await Promise.all(Array.from({ length: 300 }, call))
  assert.deepEqual([calls, new Set(crowd).size], [1, 1])
  let failed = false
  await until(async () => {
    await call().catch(() => (failed = true))
    return failed
  }, 'a call of its own')
  assert.equal(await call(), 3)
})
