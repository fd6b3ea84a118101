import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Profile, pickProfile } from '../../src/config/profile.ts'
import { expectedStepMs, profileDoubts, stepDoubt } from '../../src/config/profile-fit.ts'

const measuredOn = (cpu: string, cores: number): Profile =>
  ({ provenance: { cost: { cpu, cores }, tuned: { cpu, cores } } }) as unknown as Profile

it('a profile of another CPU, or of more cores, is doubted in words', () => {
  const here = { cpu: 'Fast 9000', cores: 4 }
  assert.deepEqual(profileDoubts(measuredOn('Fast 9000', 4), here), [])
  assert.deepEqual(profileDoubts(measuredOn('Fast 9000', 2), here), [])
  assert.deepEqual(profileDoubts({} as Profile, here), [])
  const [cost, tuned] = profileDoubts(measuredOn('Slow 1', 4), here)
  assert.match(cost!, /'cost' was measured on Slow 1, this is Fast 9000/)
  assert.match(tuned!, /'tuned' was/)
  assert.match(profileDoubts(measuredOn('Fast 9000', 8), here)[0]!, /with 8 cores, here are 4/)
})

it('every stored profile is doubted on another machine, or says that nothing was measured', async () => {
  for (const device of ['cpu', 'cpu:2', 'cuda']) {
    const { profile } = await pickProfile(device)
    const doubts = profileDoubts(profile, { cpu: 'another', cores: 1 })
    assert.equal(doubts.length > 0, !profile.estimated, device)
  }
})

it('a step that takes twice what the profile expects is doubted', async () => {
  const expected = expectedStepMs((await pickProfile('cpu')).profile)
  assert.ok(expected! > 0)
  assert.equal(expectedStepMs((await pickProfile('cuda')).profile), undefined)
  assert.equal(stepDoubt(expected! * 1.9, expected), undefined)
  assert.match(stepDoubt(3.5, 1)!, /3\.50 ms, 3\.5 times/)
  assert.equal(stepDoubt(100, undefined), undefined)
})
