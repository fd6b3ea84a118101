/** A request's samples depend on nothing but the request, also with the DiT flow and the causal vocoder. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { maxDifference } from '../helpers/npy.ts'
import { goldenDir3 } from '../helpers/paths.ts'
import {
  type Ask,
  ask,
  assertAtRest,
  convertTiny,
  listen,
  openTiny,
  type TinyBundle,
} from '../helpers/tiny-synthesizer.ts'

/** Kernels may round the ends of longer matrices differently, and hops differ in length. */
const ROUNDING = 1e-5

const REQUESTS: Ask[] = ['Good morning.', '今天天气真不错。', 'Seven trains leave before noon.', 'Yes.'].map(
  (text, i) => ({ text, seed: 1000 + i, priority: i === 3 ? 'batch' : 'stream' }),
)

let bundle: TinyBundle
before(async () => {
  bundle = await convertTiny(goldenDir3)
})
after(() => bundle.remove())

it('requests at once, in lanes of one device and with runs shared, are what they are alone', async (t) => {
  const one = await openTiny(bundle, { devices: 'cpu:1' }, t)
  const alone: Float32Array[] = []
  for (const request of REQUESTS) alone.push(await listen(await ask(one, request)))
  await assertAtRest(one)
  for (const samples of alone) assert.ok(samples.length > 0 && samples.some((value) => value !== 0))
  for (const acousticBatch of [1, 4]) {
    const server = await openTiny(
      bundle,
      { devices: 'cpu:2', tuning: { maxHopBlocks: 3, hopGrowthMs: 200, acousticBatch } },
      t,
    )
    const asked = [...REQUESTS, ...REQUESTS].map(async (request) => listen(await ask(server, request)))
    for (const [i, samples] of (await Promise.all(asked)).entries()) {
      const expected = alone[i % REQUESTS.length]!
      assert.equal(samples.length, expected.length)
      assert.ok(maxDifference(samples, expected) < ROUNDING, JSON.stringify(REQUESTS[i % REQUESTS.length]))
    }
    await assertAtRest(server)
  }
})
