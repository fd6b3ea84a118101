/** `auto` and cards by number: what a server runs on, and what it says of it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { it, type TestContext } from 'node:test'
import { chooseDevices } from '../../src/commands/chosen-devices.ts'
import type { CudaReport } from '../../src/cuda/cuda-report.ts'

const report = (works: readonly boolean[], general: readonly string[] = []): CudaReport => ({
  libraries: { own: '/cache/cuda-13', runtime: '', preload: [], missing: [] },
  driver: {
    cuda: '13.0',
    cards: works.map((_, index) => ({ index, name: `NVIDIA L${index}`, bytes: 1, capability: [8, 9] })),
  },
  trials: general.length > 0 ? [] : works.map((ok) => (ok ? { ok } : { ok, why: 'CUDA failure 999' })),
  missing: [...general, ...works.flatMap((ok, i) => (ok ? [] : [`card ${i}: CUDA failure 999`]))],
})

async function choose(t: TestContext, asked: readonly string[], found: CudaReport, hasCard = true) {
  const own = await mkdtemp(`${tmpdir()}/light-tts-own-`)
  t.after(() => rm(own, { recursive: true, force: true }))
  let looked = 0
  const chosen = await chooseDevices(asked, {
    folders: { own },
    report: async () => {
      looked++
      return found
    },
    hasCard,
  })
  return { ...chosen, looked }
}

it('auto takes the cards that work, and says so of those that do not', async (t) => {
  const { names, why, cards } = await choose(t, ['auto'], report([true, false, true]))
  assert.deepEqual(names, ['cuda:0', 'cuda:2'])
  assert.deepEqual(why, ['auto: cuda:0 (NVIDIA L0), cuda:2 (NVIDIA L2)', 'card 1: CUDA failure 999'])
  assert.deepEqual(
    cards.map(({ name }) => name),
    ['NVIDIA L0', 'NVIDIA L2'],
  )
})

it('auto takes the CPU where no card works, and says why', async (t) => {
  const none = await choose(t, ['auto'], report([false]))
  assert.deepEqual(none.names, ['auto'])
  assert.deepEqual(none.why, ['auto: the CPU, since no card works: card 0: CUDA failure 999'])
  const old = await choose(
    t,
    ['auto'],
    report([], ['driver: expected one for CUDA 13, got one for CUDA 12.8']),
  )
  assert.match(old.why[0]!, /the CPU, since no card works: driver: expected one for CUDA 13/)
})

it('a machine without a card, or a server on its CPU, is not asked', async (t) => {
  for (const [asked, hasCard] of [
    [['auto'], false],
    [['cpu:2', 'cpu:2'], true],
  ] as const) {
    const { names, why, looked } = await choose(t, asked, report([true]), hasCard)
    assert.deepEqual([names, why, looked], [asked, [], 0])
  }
})

it('auto on a card without libraries says how to get them', async () => {
  const questions = { folders: { own: '/nowhere' }, report: () => assert.fail('asked'), hasCard: true }
  const { names, why } = await chooseDevices(['auto'], questions)
  assert.deepEqual(names, ['auto'])
  assert.match(why[0]!, /^auto: the CPU, though there is an NVIDIA card; `npm run -s cuda`/)
})

it('a card by number is refused where what all need is missing, else taken as it is', async (t) => {
  await assert.rejects(choose(t, ['cuda:0'], report([], ['driver: no NVIDIA driver here'])), {
    code: 'DEVICE_UNAVAILABLE',
    detail: 'driver: no NVIDIA driver here',
  })
  const { names, cards } = await choose(t, ['cpu:1', 'cuda:1'], report([true, false]))
  assert.deepEqual(names, ['cpu:1', 'cuda:1'])
  assert.deepEqual(
    cards.map(({ index }) => index),
    [1],
  )
  const both = await choose(t, ['cuda:0', 'auto'], report([true, true]))
  assert.deepEqual(both.names, ['cuda:0', 'cuda:1'])
})
