import assert from 'node:assert/strict'
import { beforeEach, it } from 'node:test'
import type { AcousticUtterance, NextRun } from '../../src/engine/acoustic/acoustic-model.ts'
import { StateBudget } from '../../workers/state-budget.ts'

interface Holder extends AcousticUtterance {
  next: NextRun | undefined
  bytes: number
  needs: number
}

let holders: Map<string, { made: Holder; arrivedMs: number; fullSinceMs: number | undefined }>
let kept: number
let nowMs: number

beforeEach(() => {
  holders = new Map()
  kept = 0
  nowMs = 0
})

const model = {
  get bytes() {
    return kept + [...holders.values()].reduce((sum, { made }) => sum + made.bytes, 0)
  },
  freeableBytes: () => kept,
  growth: ({ needs }: Holder) => needs,
  growthOnceFreed: ({ needs }: Holder) => needs,
  free: (over: () => number) => {
    kept -= Math.min(kept, Math.max(0, over()))
  },
}

function open(bytes: number): StateBudget<Holder> {
  return new StateBudget<Holder>(model, holders, { bytes, patienceMs: 1000 }, () => nowMs)
}

function come(name: string, arrivedMs: number, bytes: number, needs: number): Holder {
  const made: Holder = { next: 'block', bytes, needs }
  holders.set(name, { made, arrivedMs, fullSinceMs: undefined })
  return made
}

it('a run that fits may be made, what is kept counts as room, and making room takes no more than is needed', () => {
  const budget = open(100)
  const one = come('one', 2, 60, 30)
  come('older', 1, 0, 0)
  kept = 25
  assert.equal(budget.mayGrow(one), true)
  budget.makeRoom(one)
  assert.equal(kept, 10)
})

it('beyond the budget the oldest under way goes on, and no other', () => {
  const budget = open(100)
  const [young, old] = [come('young', 2, 50, 10), come('old', 1, 50, 10)]
  const waiting = come('waiting', 0, 0, 10)
  assert.deepEqual(
    [young, old, waiting].map((each) => budget.mayGrow(each)),
    [false, true, false],
  )
  old.bytes = 0
  holders.delete('old')
  assert.deepEqual(
    [young, waiting].map((each) => budget.mayGrow(each)),
    [true, true],
  )
})

it('where none is under way the oldest begins, however much it needs', () => {
  const budget = open(1)
  const [young, old] = [come('young', 2, 0, 10), come('old', 1, 0, 1e9)]
  assert.deepEqual(
    [young, old].map((each) => budget.mayGrow(each)),
    [false, true],
  )
})

it('one that waits for much memory is not overtaken for ever: in time later ones begin after it', () => {
  const budget = open(100)
  const large = come('large', 0, 0, 120)
  large.next = 'whole'
  const under = come('under way', 1, 10, 5)
  const small = come('small', 2, 0, 5)
  nowMs = 900
  assert.deepEqual(
    [large, under, small].map((each) => budget.mayGrow(each)),
    [false, true, true],
  )
  nowMs = 1100
  assert.deepEqual(
    [large, under, small].map((each) => budget.mayGrow(each)),
    [false, true, false],
  )
  holders.delete('under way')
  assert.deepEqual(
    [large, small].map((each) => budget.mayGrow(each)),
    [true, false],
  )
})
