/** D6: blocks of a card after long churn: what is held stays at the level of the warm-up, and all of it comes back. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { type Block, CudaBlocks } from '../../src/engine/runtime/cuda-blocks.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'

const CARD_BYTES = 4e9
const LISTENERS = 40
/** Utterances that come and go: five minutes of forty listeners whose speeches take six seconds, ten times. */
const WARM_UP = 4_000
const CHURN = 20_000

/** A card that counts, and refuses what it has no room for. */
function countingCard() {
  const held = new Map<bigint, number>()
  let next = 0x1000n
  let bytes = 0
  return {
    get bytes() {
      return bytes
    },
    calls: {
      malloc: (wanted: number) => {
        if (bytes + wanted > CARD_BYTES) return 0n
        next += 0x1000n
        held.set(next, wanted)
        bytes += wanted
        return next
      },
      free: (address: bigint) => {
        const freed = held.get(address)
        assert(freed !== undefined, 'a block is freed twice')
        held.delete(address)
        bytes -= freed
      },
    },
  }
}

test('after thousands of utterances of every length a card holds what it held after the warm-up, within 2 %', () => {
  const card = countingCard()
  const blocks = new CudaBlocks(card.calls, new SharedArrayBuffer(8 * 4096), () => {})
  // Keys and values of the LLM, which stay.
  blocks.take(2e8)
  const random = new SeededRandom(6)
  const open: Block[][] = []
  /** A few caches, a prompt's copy, guides and histories, sized by the speech's length, at most thirty seconds. */
  const speak = () => {
    const seconds = 0.5 + 29.5 * random.next() ** 3
    return [400_000, 90_000, 24_000, 1024].map((perSecond) => blocks.take(Math.round(seconds * perSecond)))
  }
  const churn = (count: number) => {
    for (let i = 0; i < count; i++) {
      if (open.length === LISTENERS)
        for (const block of open.splice(random.below(LISTENERS), 1)[0]!) blocks.give(block)
      open.push(speak())
      mostUsed = Math.max(mostUsed, blocks.usedBytes)
      assert(card.bytes <= 1.5 * mostUsed, `${card.bytes} held, ${mostUsed} used at most`)
    }
  }
  /** In silence a lane trims; what its collector finds afterwards comes back later. */
  const silence = () => {
    const rest = open.splice(0)
    for (const block of rest.splice(0, rest.length / 2).flat()) blocks.give(block)
    blocks.trim()
    for (const block of rest.flat()) blocks.give(block)
    return card.bytes
  }
  let mostUsed = 0
  churn(WARM_UP)
  const warm = silence()
  churn(CHURN)
  const after = silence()
  assert(Math.abs(after - warm) <= 0.02 * warm, `${warm} bytes after the warm-up, ${after} after the churn`)
})

test('a card that is full gives what is kept back before it refuses, and a thread that died leaves nothing', () => {
  const card = countingCard()
  const ledger = new SharedArrayBuffer(8 * 4096)
  const blocks = new CudaBlocks(card.calls, ledger, () => {})
  const small = Array.from({ length: 30 }, () => blocks.take(1e8))
  for (const block of small) blocks.give(block)
  const large = blocks.take(3.5e9)
  assert(card.bytes <= CARD_BYTES)
  assert.throws(() => blocks.take(1e9), /the card's memory/)
  assert.equal(blocks.usedBytes, large.bytes, 'what was refused is not counted')
  new CudaBlocks(card.calls, ledger, () => {})
  assert.equal(card.bytes, 0)
})
