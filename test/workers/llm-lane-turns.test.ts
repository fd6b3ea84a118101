/** The LLM lane's turns say what each utterance says alone, whatever shares its rows; the offline path is the oracle. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { decodeAlone } from '../../src/engine/llm/decode-alone.ts'
import { LiveSequence } from '../../src/engine/llm/live-sequence.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { PlainSequence } from '../../src/engine/llm/llm-sequence.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { convertTinyLlm, type TinyLlm } from '../helpers/tiny-llm.ts'
import { openLane } from '../reliability/llm-lane.ts'

let llm: TinyLlm
let runner: LlmRunner
before(async () => {
  llm = await convertTinyLlm()
  runner = await llm.open(3)
})
after(async () => {
  runner?.release()
  await llm?.remove()
})

const promptTextIds = Int32Array.of(11, 12, 13)
const textOf = (slot: number, length: number) => Int32Array.from({ length }, (_, i) => 20 + i + slot)

function alone(text: Int32Array, speech: Int32Array, seed: number, how: 'ras' | 'greedy', live: boolean) {
  let sequence: PlainSequence | LiveSequence
  if (live) {
    sequence = new LiveSequence(promptTextIds, speech, llm.rules)
    sequence.append(text)
    sequence.finish()
  } else sequence = new PlainSequence(promptTextIds, speech, text, llm.rules)
  return [...decodeAlone(runner, sequence, { how, sampling: llm.parameters.llm.sampling, seed })]
}

it('more utterances than rows, whole and live, each says what it says alone', () => {
  const random = new SeededRandom(3)
  for (let round = 0; round < 3; round++) {
    const lane = openLane(llm, runner, 5)
    const asked = Array.from({ length: 7 }, (_, slot) => ({
      slot,
      text: textOf(slot, 4 + random.below(8)),
      speech: Int32Array.from({ length: random.below(20) }, () => random.below(llm.rules.speechTokenSize)),
      how: random.pick(['ras', 'ras', 'greedy'] as const),
      live: random.next() < 0.4,
      sent: 0,
    }))
    const expected = asked.map(({ slot, text, speech, how, live }) => alone(text, speech, slot, how, live))
    const waiting = [...asked]
    for (let turns = 0; lane.left.size < asked.length; turns++) {
      assert.ok(turns < 20_000, 'the lane finds no end')
      if (waiting.length > 0 && random.next() < 0.3) {
        const one = waiting.shift()!
        one.sent = one.live ? random.below(one.text.length) : one.text.length
        lane.admit(one.slot, {
          promptTextIds,
          promptSpeechTokens: one.speech,
          textIds: one.text.subarray(0, one.sent),
          live: one.live,
          sampling: one.how,
        })
      }
      for (const one of asked) {
        if (!lane.said.has(one.slot) || lane.left.has(one.slot)) continue
        const unread = lane.said.get(one.slot)!.length - (lane.taken.get(one.slot) ?? 0)
        if (unread > 0 && random.next() < 0.5) {
          const read = 1 + random.below(unread)
          lane.taken.set(one.slot, (lane.taken.get(one.slot) ?? 0) + read)
        }
        if (!one.live || one.sent > one.text.length || random.next() > 0.1) continue
        const to = Math.min(one.text.length, one.sent + random.below(4))
        const more = one.text.subarray(one.sent, to)
        if (more.length > 0) lane.turns.apply({ type: 'append', slot: one.slot, epoch: 1, textIds: more })
        one.sent = to
        if (to < one.text.length) continue
        lane.turns.apply({ type: 'finish', slot: one.slot, epoch: 1 })
        one.sent++
      }
      lane.turns.turn()
    }
    for (const { slot } of asked) {
      assert.equal(lane.left.get(slot), undefined)
      assert.equal(lane.rings.get(slot), false)
      assert.deepEqual(lane.said.get(slot), expected[slot], `round ${round}, slot ${slot}`)
      const runs = lane.worked.filter((of) => of === slot).length
      assert.ok(runs > expected[slot]!.length, `its prompt and each token are told, got ${runs}`)
    }
    assert.deepEqual([runner.pool.used, lane.turns.size], [0, 0])
  }
})

it('a cancelled utterance leaves its row, and the one that moves into it goes on as before', () => {
  const speech = Int32Array.of(5, 6, 7)
  const expected = [0, 1, 2].map((slot) => alone(textOf(slot, 12), speech, slot, 'ras', false))
  for (const gone of [0, 1, 2]) {
    const lane = openLane(llm, runner)
    for (const slot of [0, 1, 2]) lane.admit(slot)
    for (let turns = 0; turns < 9; turns++) lane.turns.turn()
    lane.turns.apply({ type: 'cancel', slot: gone, epoch: 2 })
    assert.equal(lane.left.has(gone), false, 'a cancel of another epoch is not for this utterance')
    lane.turns.apply({ type: 'cancel', slot: gone, epoch: 1 })
    assert.equal(lane.left.has(gone), true)
    while (lane.turns.turn());
    for (const slot of [0, 1, 2]) {
      const said = lane.said.get(slot)!
      assert.deepEqual(said, slot === gone ? expected[slot]!.slice(0, said.length) : expected[slot])
    }
    assert.equal(runner.pool.used, 0)
  }
})

it("a fault of the device is not one utterance's: the lane ends, and nobody is told that a speech failed", () => {
  const lane = openLane(llm, runner)
  for (const slot of [0, 1]) lane.admit(slot)
  for (let turns = 0; turns < 9; turns++) lane.turns.turn()
  const { decode } = runner
  runner.decode = () => {
    throw new TtsError('DEVICE_UNAVAILABLE', 'cuda:1', 'an illegal memory access (700)')
  }
  try {
    assert.throws(
      () => {
        while (lane.turns.turn());
      },
      { code: 'DEVICE_UNAVAILABLE' },
    )
  } finally {
    Object.assign(runner, { decode })
  }
  assert.equal(lane.left.size, 0)
  for (const slot of [0, 1]) lane.turns.apply({ type: 'cancel', slot, epoch: 1 })
  assert.equal(runner.pool.used, 0)
})

it('what cannot be said, and text for an utterance that takes none, ends that utterance as failed', () => {
  const lane = openLane(llm, runner)
  lane.admit(0, { textIds: new Int32Array(0) })
  assert.match(lane.left.get(0)!, /needs text/)
  assert.equal(lane.rings.get(0), true)
  lane.admit(1)
  lane.admit(2)
  lane.turns.turn()
  lane.turns.apply({ type: 'append', slot: 1, epoch: 1, textIds: Int32Array.of(9) })
  assert.match(lane.left.get(1)!, /not live/)
  assert.equal(lane.rings.get(1), true)
  while (lane.turns.turn());
  assert.deepEqual([lane.left.get(2), lane.rings.get(2)], [undefined, false])
})
