/** Row 16: a decoding step that throws ends the utterance that is to blame; the others go on with the same bytes. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { DecodeRow, LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { convertTinyLlm, type TinyLlm } from '../helpers/tiny-llm.ts'
import { openLane } from './llm-lane.ts'

const COUNT = 7

let llm: TinyLlm
before(async () => {
  llm = await convertTinyLlm()
})
after(() => llm.remove())

/** A runner whose steps throw while `isGuilty` holds for one of their rows; steps and throws are counted. */
function failing(runner: LlmRunner, isGuilty: (row: DecodeRow) => boolean) {
  const counts = { throws: 0 }
  const proxy = new Proxy(runner, {
    get: (target, key) => {
      if (key !== 'decode') {
        const value = Reflect.get(target, key, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      }
      return (rows: readonly DecodeRow[]) => {
        if (rows.some(isGuilty)) {
          counts.throws++
          throw new Error('told to fail')
        }
        return target.decode(rows)
      }
    },
  })
  return { runner: proxy, counts }
}

async function speakAll(guilty: readonly number[], fromTurn: number) {
  const runner = await llm.open(COUNT)
  let turn = 0
  let rowsOf: ReadonlySet<number> = new Set()
  const faulty = failing(runner, ({ row }) => turn >= fromTurn && rowsOf.has(row))
  const lane = openLane(llm, faulty.runner)
  for (let slot = 0; slot < COUNT; slot++) lane.admit(slot)
  // Rows are taken in order of arrival, and none leaves before the fault.
  rowsOf = new Set(guilty)
  for (; lane.left.size < COUNT && turn < 2000; turn++) {
    lane.turns.turn()
    // An utterance that moved into a guilty one's row is not to blame.
    if (lane.left.size > 0 && guilty.length < COUNT) rowsOf = new Set()
  }
  assert.equal(runner.pool.used, 0)
  runner.release()
  return { ...lane, throws: faulty.counts.throws }
}

it('whoever is to blame ends alone, wherever in the batch; the others say the same as without a fault', async () => {
  const calm = await speakAll([], 0)
  assert([...calm.left.values()].every((failed) => failed === undefined))
  for (const guilty of [[0], [3], [6], [1, 5], [0, 1, 2]]) {
    const { left, said, throws } = await speakAll(guilty, 12)
    for (let slot = 0; slot < COUNT; slot++) {
      if (guilty.includes(slot)) {
        assert.equal(left.get(slot), 'told to fail', `slot ${slot} of ${guilty}`)
        assert.deepEqual(said.get(slot), calm.said.get(slot)!.slice(0, said.get(slot)!.length))
      } else {
        assert.equal(left.get(slot), undefined, `slot ${slot} of ${guilty}`)
        assert.deepEqual(said.get(slot), calm.said.get(slot), `slot ${slot} of ${guilty}`)
      }
    }
    assert(throws <= 2 * COUNT, `${throws} tries`)
  }
})

it('a fault of the whole device ends all of them', async () => {
  const { left, throws } = await speakAll([0, 1, 2, 3, 4, 5, 6], 5)
  assert([...left.values()].every((failed) => failed === 'told to fail'))
  assert(throws < 2 * COUNT)
})
