import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { LiveSequence } from '../../../src/engine/llm/live-sequence.ts'
import type { LlmRunner } from '../../../src/engine/llm/llm-runner.ts'
import { barIds, PlainSequence } from '../../../src/engine/llm/llm-sequence.ts'
import { speakGreedily } from '../../../src/verify/greedy-decoding.ts'
import { goldenFloats } from '../../helpers/npy.ts'
import { goldenDir } from '../../helpers/paths.ts'
import { convertTinyLlm, type GoldenLlmCase, goldenJson, type TinyLlm } from '../../helpers/tiny-llm.ts'

let model: TinyLlm
let runner: LlmRunner
before(async () => {
  model = await convertTinyLlm()
  runner = await model.open(2)
})
after(async () => {
  runner.release()
  await model.remove()
})

it('greedy tokens are the reference’s, and log-probabilities are within 1e-3 at every stored step', async () => {
  const cases = await goldenJson<GoldenLlmCase[]>('llm/cases.json')
  assert(cases.length >= 5)
  let compared = 0
  for (const golden of cases) {
    const { min_token_text_ratio: min = 2, max_token_text_ratio: max = 20 } = golden.ratios
    const sequence = new PlainSequence(
      Int32Array.from(golden.prompt_text_ids),
      Int32Array.from(golden.prompt_speech),
      Int32Array.from(golden.text_ids),
      model.rules,
      { min, max },
    )
    assert.equal(sequence.pending.length, golden.lm_input_len)
    // A case that was cut has more speech to come; one that ended needs one step more to choose its end.
    const steps = golden.ended_by.startsWith('cut') ? golden.tokens.length : Infinity
    const spoken = speakGreedily(runner, sequence, steps, (step, logProbabilities) => {
      const name = `llm/${golden.case}_logp_step${step}`
      if (!existsSync(join(goldenDir, 'expected', `${name}.npy`))) return
      const expected = goldenFloats(name).data
      let worst = 0
      for (const [i, value] of expected.entries())
        worst = Math.max(worst, Math.abs(value - logProbabilities[i]!))
      assert(worst < 1e-3, `${name}: ${worst}`)
      compared++
    })
    assert.deepEqual(spoken, golden.tokens, golden.case)
  }
  assert(compared >= 15, `only ${compared} stored steps were compared`)
})

interface GoldenEvent {
  readonly type: 'text' | 'step'
  readonly id?: number
  readonly feed?: readonly (readonly [string, number?])[]
  readonly emit?: number
  readonly how?: 'argmax' | 'forced fill'
}
interface GoldenLiveCase {
  readonly case: string
  readonly prompt_text_ids: number[]
  readonly prompt_speech: number[]
  readonly tokens: number[]
  readonly events: readonly GoldenEvent[]
}

it('text that arrives while speaking goes through the LLM event by event as in the reference', async () => {
  const { ids } = model.rules
  const graphId = ([kind, id = 0]: readonly [string, number?]) =>
    ({ sos: ids.sos, task_id: ids.task, text: ids.text + id, speech: ids.speech + id })[kind]!
  for (const golden of await goldenJson<GoldenLiveCase[]>('llm/bistream.json')) {
    const sequence = new LiveSequence(
      Int32Array.from(golden.prompt_text_ids),
      Int32Array.from(golden.prompt_speech),
      model.rules,
    )
    const row = runner.pool.take()
    const spoken: number[] = []
    const texts = golden.events.filter(({ type }) => type === 'text').length
    let seen = 0
    if (texts === 0) sequence.finish()
    for (const [i, event] of golden.events.entries()) {
      const where = `${golden.case}, event ${i}`
      if (event.type === 'text') {
        assert.equal(sequence.pending.length, 0, `${where}: text is asked for while something is pending`)
        sequence.append(Int32Array.of(event.id!))
        if (++seen === texts) sequence.finish()
        continue
      }
      assert.deepEqual(sequence.pending, event.feed!.map(graphId), where)
      const logits = runner.prefill(row, sequence.pending).slice()
      const choice = sequence.choice()
      if (choice.how === 'sample') barIds(logits, choice)
      const token = choice.how === 'forced' ? choice.token : logits.indexOf(Math.max(...logits))
      assert.equal(token, event.emit, where)
      assert.equal(choice.how === 'forced', event.how === 'forced fill', where)
      if (sequence.accept(token) === 'spoken') spoken.push(token)
    }
    assert.equal(sequence.pending.length, 0, `${golden.case} has not ended`)
    assert.deepEqual(spoken, golden.tokens, golden.case)
    runner.pool.release(row)
  }
})
