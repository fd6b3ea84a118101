import assert from 'node:assert/strict'
import { it } from 'node:test'
import { cardStateBytes } from '../../src/config/card-memory.ts'

const GIB = 2 ** 30
const load = { models: 1, llmSlots: 16, kvCapacity: 2560 }

it('flow states have what models, keys and values leave of a card', () => {
  const l4 = cardStateBytes({ ...load, cardBytes: 24 * GIB })
  assert(l4 > 18e9 && l4 < 21e9, `${l4}`)
  assert(cardStateBytes({ ...load, cardBytes: 80 * GIB }) > 70e9)
  const two = cardStateBytes({ ...load, cardBytes: 24 * GIB, models: 2 })
  assert(two < l4 / 2)
  assert(cardStateBytes({ ...load, cardBytes: 24 * GIB, llmSlots: 128 }) < l4 - 3e9)
  assert.equal(cardStateBytes({ ...load, cardBytes: 2 * GIB }), 0)
})

it('what other programs have of a card is not given away, and the margin stays', () => {
  const empty = cardStateBytes({ ...load, cardBytes: 24 * GIB })
  assert.equal(cardStateBytes({ ...load, cardBytes: 24 * GIB, freeBytes: 24 * GIB }), empty)
  assert.equal(cardStateBytes({ ...load, cardBytes: 24 * GIB, freeBytes: 20 * GIB }), empty - 4 * GIB)
  assert.equal(cardStateBytes({ ...load, cardBytes: 24 * GIB, freeBytes: 4 * GIB }), 0)
})
