import assert from 'node:assert/strict'
import { it } from 'node:test'
import { IdleMemory } from '../../src/lanes/idle-memory.ts'

/** Looks once a second of a made-up clock. `works` says at which seconds there is work, `frees` what expires at each. */
function watch(seconds: number, works: (second: number) => boolean, frees = (_silence: boolean) => 0) {
  const gave: number[] = []
  const expired: { second: number; silence: boolean }[] = []
  let second = 0
  let collected = 0
  const memory = new IdleMemory(
    (silence) => {
      expired.push({ second, silence })
      return frees(silence)
    },
    0,
    {
      collect: () => {
        collected++
      },
      held: () => 0,
      // A trim before the collection would find nothing free.
      trim: () => {
        assert.equal(collected, gave.length + 1)
        gave.push(second)
      },
    },
  )
  for (second = 1; second <= seconds; second++) memory.look(second * 1000, works(second))
  return { gave, expired, memory }
}

it('memory is given back once after ten seconds without work, and again after the next work', () => {
  const { gave } = watch(120, (second) => second === 30 || second === 35 || second === 70)
  assert.deepEqual(gave, [10, 45, 80])
})

it('what expires in a silence is given back, and a silence in which nothing does costs nothing', () => {
  let left = 2
  const { gave, expired } = watch(
    300,
    () => false,
    () => (left-- > 0 ? 1000 : 0),
  )
  assert.deepEqual(gave, [10, 15, 30])
  assert.deepEqual(
    expired.slice(0, 2).map(({ second, silence }) => [second, silence]),
    [
      [15, true],
      [30, true],
    ],
  )
})

it('while there is work, only what is worth a collection is given back', () => {
  const busy = watch(
    60,
    () => true,
    () => 12e6,
  )
  assert.deepEqual(busy.gave, [45])
  assert.ok(busy.expired.every(({ silence }) => !silence))
})

it('a thread that did nothing gives back what it is told of', () => {
  const { gave, memory } = watch(20, () => false)
  assert.deepEqual(gave, [10])
  memory.look(100_000, false)
  assert.equal(gave.length, 1)
  memory.owe()
  memory.look(101_000, false)
  assert.equal(gave.length, 2)
})

it('at work freed pieces go back now and then, by the thread that does so for all', () => {
  const trimmed: number[] = []
  let second = 0
  const memory = new IdleMemory(() => 0, 0, {
    collect: () => assert.fail('there is work'),
    held: () => 0,
    trim: () => assert.fail('there is work'),
    trimAtWork: () => trimmed.push(second),
  })
  for (second = 1; second <= 70; second++) memory.look(second * 1000, second % 5 === 0)
  assert.deepEqual(trimmed, [20, 40, 60])
})

it('at work arrays that are not reached any more are collected once they weigh enough', () => {
  let held = 50e6
  const collected: number[] = []
  let second = 0
  const memory = new IdleMemory(() => 0, 0, {
    collect: () => {
      collected.push(second)
      held = 55e6
    },
    held: () => held,
    trim: () => {},
  })
  for (second = 1; second <= 150; second++) {
    held += 1e6
    memory.look(second * 1000, true)
  }
  // Looked at every 15 s: after 30 s more it is 30 MB above the least, after 45 s 45.
  assert.deepEqual(collected, [60, 105, 150])
})
