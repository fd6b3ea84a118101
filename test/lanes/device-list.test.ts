import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { parseDevices } from '../../src/lanes/device-list.ts'

const threads = (name: string, llmThreadShare = 0.5, acousticLaneShare = 0) => {
  const split = { llmThreadShare, acousticLaneShare }
  const [{ device }] = parseDevices([name], 8, split) as [ReturnType<typeof parseDevices>[number]]
  const { kind, index, llmThreads, acousticLanes, acousticThreads } = device
  return [kind, index, llmThreads, ...(acousticLaneShare === 0 ? [] : [acousticLanes]), acousticThreads]
}

it('a CPU share is split between its lanes, each with one thread at least', () => {
  assert.deepEqual(threads('cpu:1'), ['cpu', 0, 1, 1])
  assert.deepEqual(threads('cpu:2'), ['cpu', 0, 1, 1])
  assert.deepEqual(threads('cpu:8'), ['cpu', 0, 4, 4])
  assert.deepEqual(threads('cpu:8', 0.25), ['cpu', 0, 2, 6])
  assert.deepEqual(threads('cpu:8', 0), ['cpu', 0, 1, 7])
  assert.deepEqual(threads('cpu:8', 1), ['cpu', 0, 7, 1])
  assert.deepEqual(threads('cpu:1', 0.5, 1), ['cpu', 0, 1, 1, 1])
  assert.deepEqual(threads('cpu:2', 0.5, 1), ['cpu', 0, 1, 2, 1])
  assert.deepEqual(threads('cpu:8', 0.25, 0.25), ['cpu', 0, 2, 2, 3])
  assert.deepEqual(threads('cpu:8', 0.25, 1), ['cpu', 0, 2, 8, 1])
})

it('a lone utterance may have all cores of its device, where that is more than its lane has', () => {
  const lone = (name: string) =>
    parseDevices([name], 8, { llmThreadShare: 0.5, acousticLaneShare: 1 })[0].device.loneThreads
  assert.deepEqual(['cpu:1', 'cpu:2', 'cpu:8', 'cuda:0'].map(lone), [undefined, 2, 8, undefined])
})

it('auto is all cores; GPUs go by number; several devices are several', () => {
  assert.deepEqual(threads('auto'), ['cpu', 0, 4, 4])
  assert.deepEqual(threads('cuda:3'), ['cuda', 3, 1, 1])
  assert.deepEqual(
    parseDevices(['cpu:1', ' cpu:1'], 2, { llmThreadShare: 0.5, acousticLaneShare: 1 }).map(
      ({ name }) => name,
    ),
    ['cpu:1', 'cpu:1'],
  )
})

it('more CPU threads than cores are refused, over all shares; GPUs are not counted', () => {
  const split = { llmThreadShare: 0.5, acousticLaneShare: 1 }
  assert.equal(parseDevices(['cpu:1', 'cpu:1', 'cuda:0'], 2, split).length, 3)
  for (const [names, got] of [
    [['cpu:99'], '99 in "cpu:99"'],
    [['cpu:2', 'cuda:0', 'cpu:1'], '3 in "cpu:2,cpu:1"'],
  ] as const)
    assert.throws(
      () => parseDevices(names, 2, split),
      (error) =>
        error instanceof TtsError &&
        error.code === 'BAD_CONFIG' &&
        error.detail.includes('expected at most 2 CPU threads') &&
        error.detail.endsWith(`got ${got}`),
    )
})

for (const wrong of ['cpu', 'cpu:0', 'cpu:1000', 'gpu:0', 'cuda:-1', 'cuda:', '']) {
  it(`'${wrong}' is refused with what was expected`, () => {
    assert.throws(
      () => parseDevices([wrong], 2, { llmThreadShare: 0.5, acousticLaneShare: 1 }),
      (error) =>
        error instanceof TtsError && error.code === 'BAD_CONFIG' && error.detail.includes(`got "${wrong}"`),
    )
  })
}

it('a card has what was told of cards, a CPU nothing of it', () => {
  const card = { libraries: { own: '/cuda' }, captures: true }
  const [cpu, cuda] = parseDevices(
    ['cpu:1', 'cuda:1'],
    2,
    { llmThreadShare: 0.5, acousticLaneShare: 1 },
    card,
  )
  assert.deepEqual([cuda!.device.libraries, cuda!.device.captures], [card.libraries, true])
  assert.equal(cpu.device.captures, undefined)
})
