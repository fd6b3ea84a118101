import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { SlotTable, type SlotUser } from '../../src/lanes/slot-table.ts'

it('a slot is free again only when both lanes and the reader have let go of it', () => {
  const table = new SlotTable(1)
  const { slot, epoch } = table.take()
  assert.equal(table.freeCount, 0)
  assert.equal(table.leave(slot, epoch, 'llm'), false)
  assert.equal(table.leave(slot, epoch, 'reader'), false)
  assert.equal(table.leave(slot, epoch, 'acoustic'), true)
  assert.equal(table.freeCount, 1)
})

it('a late message of an earlier utterance is recognised', () => {
  const table = new SlotTable(1)
  const first = table.take()
  for (const user of ['llm', 'acoustic', 'reader'] as const) table.leave(first.slot, first.epoch, user)
  const second = table.take()
  assert.equal(table.uses(first.slot, first.epoch, 'llm'), false)
  assert.equal(table.uses(second.slot, second.epoch, 'llm'), true)
  assert.throws(() => table.leave(first.slot, first.epoch, 'llm'), /does not use it/)
})

it('no order of takes and leaves loses a slot or lends one twice', () => {
  const users: readonly SlotUser[] = ['llm', 'acoustic', 'reader']
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 200 }), (steps) => {
      const table = new SlotTable(4)
      const pending: { slot: number; epoch: number; user: SlotUser }[] = []
      for (const [take, pick] of steps) {
        if (take && table.freeCount > 0) {
          const lent = table.take()
          pending.push(...users.map((user) => ({ ...lent, user })))
        } else if (pending.length > 0) {
          const [{ slot, epoch, user }] = pending.splice(pick % pending.length, 1) as [(typeof pending)[0]]
          table.leave(slot, epoch, user)
        }
        const lentSlots = new Set(pending.map(({ slot }) => slot))
        assert.equal(table.freeCount + lentSlots.size, table.total)
      }
    }),
    { seed: 5 },
  )
})

it('low numbers are lent first, so that a lightly loaded device touches few rings', () => {
  const table = new SlotTable(3)
  const first = table.take()
  assert.deepEqual([first.slot, table.take().slot], [0, 1])
  for (const user of ['llm', 'acoustic', 'reader'] as const) table.leave(first.slot, first.epoch, user)
  assert.equal(table.take().slot, 0)
})

it('what a lane takes down with it is what it still uses', () => {
  const table = new SlotTable(2)
  const [first, second] = [table.take(), table.take()]
  table.leave(first.slot, first.epoch, 'llm')
  assert.deepEqual(table.usedBy('llm'), [second])
  assert.deepEqual(table.usedBy('acoustic'), [first, second])
})
