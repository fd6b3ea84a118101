import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  CARDS,
  type CardFacts,
  capturedHop,
  costOf,
  estimate,
  runMs,
} from '../../bench/cards/card-estimate.ts'
import { cardProfile, PROFILED } from '../../bench/cards/card-profile.ts'
import { COSYVOICE2, COSYVOICE3 } from '../../bench/cards/model-work.ts'
import { costModelSchema, decodeMs, eulerStepMs, vocodeMs } from '../../bench/cost/cost-model.ts'
import { pickProfile } from '../../src/config/profile.ts'
import { repoRoot } from '../helpers/paths.ts'

const card = (name: string) => CARDS.find((each) => each.name.startsWith(name))!

it('a run takes the longer of starting its kernels and doing their work', () => {
  const facts: CardFacts = { name: 'x', file: 'x', memory: 1, bandwidth: 1000, half: 100 }
  const launching = runMs({ launches: 1000, bytes: 1e6, flops: 1e6 }, facts)
  assert.equal(launching, 5)
  const reading = runMs({ launches: 1, bytes: 7e9, flops: 0 }, facts)
  assert(Math.abs(reading - 10) < 1e-9)
  const computing = runMs({ launches: 1, bytes: 0, flops: 4e11 }, facts)
  assert(Math.abs(computing - 10) < 1e-9)
})

for (const model of [COSYVOICE2, COSYVOICE3])
  describe(model.name, () => {
    it('captured steps follow the cards, and none takes longer than one whose kernels the host starts', () => {
      for (const each of CARDS) {
        const { eulerStepMs: started, eulerStepCapturedMs: captured } = estimate(each, model)
        assert(started >= captured, each.name)
      }
      const captured = ['L4', 'A10', 'RTX', 'A100', 'H100', 'H200'].map(
        (name) => estimate(card(name), model).eulerStepCapturedMs,
      )
      assert.deepEqual(
        captured,
        [...captured].sort((a, b) => b - a),
      )
      assert(runMs(model.eulerStep(1800), card('L4')) >= runMs(model.eulerStep(100), card('L4')))
      assert(runMs(model.llmStep(64), card('L4')) > runMs(model.llmStep(1), card('L4')))
    })

    it('the cost model says what the estimate says where its lines were drawn', () => {
      for (const each of CARDS) {
        const cost = costModelSchema.parse(costOf(each, model, false))
        const near = (value: number, wanted: number, what: string) =>
          assert(Math.abs(value / wanted - 1) < 0.02, `${each.name}, ${what}: ${value} of ${wanted}`)
        for (const rows of [1, 64])
          near(decodeMs(cost, rows), runMs(model.llmStep(rows), each), `${rows} rows`)
        for (const frames of [100, 1800])
          near(eulerStepMs(cost, [frames]), runMs(model.eulerStep(frames), each), `${frames} frames`)
        near(vocodeMs(cost, [200]), runMs(capturedHop(model.vocoder(200)), each), 'a hop')
        assert(cost.sharedRunShare > 0.5 && cost.sharedRunShare <= 1, each.name)
      }
    })
  })

it('by its dimensions the published CosyVoice2 holds and reads what was counted of it', () => {
  // Of 2.29 MB per frame and ten evaluations, 4.59 MB of state per token, 13.2 GFLOP a step, within rounding.
  assert(Math.abs(COSYVOICE2.eulerStep(1).bytes - COSYVOICE2.eulerStep(0).bytes - 0.229e6) < 1e3)
  assert(Math.abs(COSYVOICE2.stateBytesPerToken / 4.62e6 - 1) < 0.01, `${COSYVOICE2.stateBytesPerToken}`)
  assert(Math.abs(COSYVOICE2.eulerStep(0).flops / 13.2e9 - 1) < 0.05, `${COSYVOICE2.eulerStep(0).flops}`)
})

it('every card has a profile for each family, which is what the command writes and the server takes', async () => {
  for (const { model, suffix } of PROFILED)
    for (const each of CARDS) {
      const file = join(repoRoot, 'config', `${each.file}${suffix}.json`)
      const wanted = `${JSON.stringify(cardProfile(each, model), undefined, 2)}\n`
      assert.equal(
        await readFile(file, 'utf8'),
        wanted,
        `${file}: node dist/bench/cards/main.js --write config`,
      )
      const { profile } = await pickProfile('cuda:0', file)
      assert(profile.estimated && profile.tuning.flowStateBytes > 10e9)
    }
})
