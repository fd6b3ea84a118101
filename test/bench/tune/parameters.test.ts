import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { costModelSchema } from '../../../bench/cost/cost-model.ts'
import { Journal } from '../../../bench/tune/journal.ts'
import { OBJECTIVE_FACTS, OBJECTIVES } from '../../../bench/tune/objective.ts'
import { candidateOf, differences, parametersFor, profileOf } from '../../../bench/tune/parameters.ts'
import { loadOf, machineOf, predictScore } from '../../../bench/tune/predict.ts'
import { pickProfile, profileSchema } from '../../../src/config/profile.ts'

it('every candidate is a profile that the server takes, and reads back as itself', async () => {
  const { profile } = await pickProfile('cpu:4')
  const parameters = parametersFor(4, ['fp32', 'int8'])
  for (let i = 0; i < 7; i++) {
    const candidate = parameters.map(({ values }) => Math.min(i, values.length - 1))
    const changed = profileOf(profile, parameters, candidate)
    profileSchema.parse(changed)
    assert.deepEqual(candidateOf(changed, parameters), candidate)
  }
})

it('two threads cannot be split otherwise, and one weight format is no choice', () => {
  const names = (threads: number | undefined, weights: ('fp32' | 'int8')[]) =>
    parametersFor(threads, weights).map(({ name }) => name)
  assert(!names(1, ['fp32']).includes('acousticLaneShare'))
  assert(names(2, ['fp32']).includes('acousticLaneShare'))
  assert(!names(2, ['fp32']).includes('llmThreadShare'))
  assert(names(3, ['fp32']).includes('llmThreadShare'))
  assert(!names(2, ['fp32']).includes('weights'))
  assert(names(2, ['fp32', 'int8']).includes('weights'))
  assert(!names(2, ['fp32']).includes('acousticBatch'))
  assert(names(undefined, ['fp32']).includes('acousticBatch'), 'another device than a CPU')
})

it('a value between two is taken for the nearer, and changes are named', async () => {
  const { profile } = await pickProfile('cpu:2')
  const parameters = parametersFor(2, [])
  const odd = { ...profile, tuning: { ...profile.tuning, prefillChunk: 70 } }
  const at = parameters.findIndex(({ name }) => name === 'prefillChunk')
  const candidate = candidateOf(odd, parameters)
  assert.equal(parameters[at]!.values[candidate[at]!], 64)
  const other = candidate.map((value, i) => (i === at ? value + 1 : value))
  assert.equal(differences(parameters, candidate, other), 'prefillChunk 64 → 128')
  assert.equal(differences(parameters, candidate, candidate), 'as it is')
})

it('a prediction gets worse where the device does, for every objective', async () => {
  const { profile } = await pickProfile('cpu:2')
  const cost = costModelSchema.parse(profile.cost)
  for (const objective of OBJECTIVES) {
    const facts = OBJECTIVE_FACTS[objective]
    const machine = machineOf(profile, cost, 2)
    const clients = loadOf(facts, machine)
    assert(clients >= 1)
    const narrow = { ...profile, slots: 2, maxQueued: 0 }
    // With next to no room and no queue most are refused, which must never look good.
    assert(
      predictScore(narrow, machine, facts, clients) > 2 * predictScore(profile, machine, facts, clients),
      objective,
    )
  }
})

it('a journal goes on where it was, unless conditions changed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-journal-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'state.json')
  let measured = 0
  const measure = async () => ++measured
  assert.equal(await new Journal(file, 'a').once('x', measure), 1)
  assert.equal(await new Journal(file, 'a').once('x', measure), 1)
  assert.equal(await new Journal(file, 'b').once('x', measure), 2)
})
