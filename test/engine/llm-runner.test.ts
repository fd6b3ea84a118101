import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import fc from 'fast-check'
import { companyOf } from '../../src/engine/llm/batch-company.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { barIds, PlainSequence } from '../../src/engine/llm/llm-sequence.ts'
import { sampleRas } from '../../src/engine/llm/sampler.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { convertTinyLlm, type GoldenLlmCase, goldenJson, type TinyLlm } from '../helpers/tiny-llm.ts'

let model: TinyLlm
let runner: LlmRunner
let cases: GoldenLlmCase[]
before(async () => {
  model = await convertTinyLlm()
  runner = await model.open(6)
  cases = await goldenJson('llm/cases.json')
})
after(async () => {
  runner.release()
  await model.remove()
})

const sequenceOf = (golden: GoldenLlmCase) =>
  new PlainSequence(
    Int32Array.from(golden.prompt_text_ids),
    Int32Array.from(golden.prompt_speech),
    Int32Array.from(golden.text_ids),
    model.rules,
  )

it('a prompt gives the same logits however its prefill is cut', () => {
  const ids = sequenceOf(cases[0]!).pending
  const row = runner.pool.take()
  const whole = runner.prefill(row, ids).slice()
  runner.pool.release(row)
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: ids.length - 1 }), { maxLength: 5 }), (cuts) => {
      const row = runner.pool.take()
      let logits: Float32Array = whole

      let from = 0
      for (const to of [...cuts.sort((a, b) => a - b), ids.length]) {
        logits = runner.prefill(row, ids.slice(from, to))
        from = to
      }
      for (const [i, value] of whole.entries())
        assert(Math.abs(value - logits[i]!) < 1e-5, `logit ${i} after cuts at ${cuts}`)
      runner.pool.release(row)
    }),
    { seed: 2, numRuns: 20 },
  )
})

interface Speaker {
  readonly golden: GoldenLlmCase
  readonly seed: number
  readonly sequence: PlainSequence
  row: number
  steps: number
  readonly tokens: number[]
}

const speaker = (golden: GoldenLlmCase, seed: number): Speaker => {
  const sequence = sequenceOf(golden)
  const row = runner.pool.take()
  const one = { golden, seed, sequence, row, steps: 0, tokens: [] }
  choose(one, runner.prefill(row, sequence.pending))
  return one
}

/** Samples as the lane does: from its own seed and step, and nothing else. */
function choose(speaker: Speaker, logits: Float32Array): void {
  const { sequence, seed, tokens } = speaker
  const choice = sequence.choice()
  if (choice.how === 'sample') barIds(logits, choice)
  const token = sampleRas(logits, sequence.chosen, model.parameters.llm.sampling, seed, speaker.steps++)
  if (sequence.accept(token) === 'spoken') tokens.push(token)
}

const STEPS = 25

/** Speaks alone on an otherwise empty pool. */
function alone(golden: GoldenLlmCase, seed: number): number[] {
  const one = speaker(golden, seed)
  for (let step = 0; step < STEPS && one.sequence.pending.length > 0; step++) {
    choose(one, runner.decode([{ row: one.row, id: one.sequence.pending[0]! }]).logitsOf(0))
  }
  runner.pool.release(one.row)
  return one.tokens
}

it('a request samples the same tokens alone as among others that join, pause and leave at any step', () => {
  const expected = cases.map((golden, i) => alone(golden, 100 + i))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(4), fc.nat(12)), { minLength: 2, maxLength: 6 }),
      fc.nat(),
      (joins, pauses) => {
        const active: Speaker[] = []
        const waiting = joins.map(([which, at]) => ({ which, at }))
        for (let step = 0; waiting.length + active.length > 0; step++) {
          for (const join of waiting.filter(({ at }) => at <= step)) {
            if (!runner.pool.canTake()) break
            waiting.splice(waiting.indexOf(join), 1)
            active.push(speaker(cases[join.which]!, 100 + join.which))
          }
          const batch = active.filter((_, i) => ((pauses >> ((step + i) % 16)) & 1) === 0 || step % 5 === 0)
          if (batch.length > 0) {
            const { logitsOf } = runner.decode(
              batch.map(({ row, sequence }) => ({ row, id: sequence.pending[0]! })),
            )
            for (const [i, one] of batch.entries()) choose(one, logitsOf(i))
          }
          for (const one of active.filter(
            ({ steps, sequence }) => steps > STEPS || sequence.pending.length === 0,
          )) {
            active.splice(active.indexOf(one), 1)
            const moved = runner.pool.release(one.row)
            for (const other of active) if (other.row === moved) other.row = one.row
            const which = cases.indexOf(one.golden)
            assert.deepEqual(one.tokens, expected[which], `case ${which} among ${JSON.stringify(joins)}`)
          }
        }
        assert.equal(runner.pool.used, 0)
      },
    ),
    { seed: 4, numRuns: 15 },
  )
})

it('a step does not pay for capacity, and warming up leaves no row in use', () => {
  runner.warmUp()
  assert.equal(runner.pool.used, 0)
  const row = runner.pool.take()
  runner.prefill(row, [1, 2, 3])
  assert.equal(runner.pool.usedBytes, runner.pool.bytesFor(3))
  runner.pool.release(row)
  assert.equal(runner.pool.usedBytes, 0)
})

it('what rows may share a step with is told from equal rows of steps of several sizes', () => {
  const rows = (size: number, values: readonly number[]) =>
    Array.from({ length: size }, (_, row) => Float32Array.of(1, values[row % values.length]!))
  assert.equal(
    companyOf((size) => rows(size, [2])),
    'alike',
  )
  assert.equal(
    companyOf((size) => rows(size, size === 1 ? [3] : [2])),
    'pairs',
  )
  assert.equal(
    companyOf((size) => (size === 3 ? [...rows(2, [2]), ...rows(1, [3])] : rows(size, [2]))),
    'pairs',
  )
  assert.equal(
    companyOf((size) => rows(size, [2, 3])),
    'alone',
  )
  assert.equal(
    companyOf((size) => rows(size, [size])),
    'alone',
  )
})

/** Four steps of five rows with histories of their own, together, and of each row by itself. */
function inCompanyAndAlone(llm: LlmRunner): { together: Float32Array[][]; alone: Float32Array[][] } {
  const random = new SeededRandom(3)
  const histories = Array.from({ length: 5 }, (_, i) =>
    Array.from({ length: 6 + i }, () => Math.floor(random.next() * 2000)),
  )
  const speak = (which: readonly number[]) => {
    const rows = which.map(() => llm.pool.take())
    for (const [i, row] of rows.entries()) llm.prefill(row, histories[which[i]!]!)
    const logits: Float32Array[][] = which.map(() => [])
    for (let step = 0; step < 4; step++) {
      const made = llm.decode(rows.map((row, i) => ({ row, id: 100 + 7 * step + which[i]! })))
      for (const [i] of rows.entries()) logits[i]!.push(made.logitsOf(i).slice())
    }
    for (const [i, row] of rows.entries())
      assert.equal(llm.pool.length(row), histories[which[i]!]!.length + 4)
    for (const row of rows.reverse()) llm.pool.release(row)
    return logits
  }
  const all = [0, 1, 2, 3, 4]
  return { together: speak(all), alone: all.flatMap((each) => speak([each])) }
}

for (const format of ['int8', 'int4'] as const) {
  it(`${format}: a row is bit for bit the same whatever shares its steps, on any processor`, async (t) => {
    const rounded = await convertTinyLlm(format)
    t.after(() => rounded.remove())
    // An odd number of rows: a step of all may be filled up beyond the pool.
    const llm = await rounded.open(5, 'ask')
    t.after(() => llm.release())
    const { together, alone } = inCompanyAndAlone(llm)
    assert.deepEqual(together, alone)
  })
}

it('steps of pairs, and steps of single rows, say what steps of all rows say', async (t) => {
  const said = [inCompanyAndAlone(runner)]
  for (const company of ['pairs', 'alone'] as const) {
    const llm = await model.open(5, company)
    t.after(() => llm.release())
    assert.equal(llm.company, company)
    said.push(inCompanyAndAlone(llm))
  }
  assert.deepEqual(said[1], said[0])
  assert.deepEqual(said[2], said[0])
})
