import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { costModelSchema } from '../../bench/cost/cost-model.ts'
import { ownProfileFile, pickProfile } from '../../src/config/profile.ts'
import { TtsError } from '../../src/core/errors.ts'
import { repoRoot } from '../helpers/paths.ts'

const badConfig = (detail: RegExp) => (error: unknown) =>
  error instanceof TtsError && error.code === 'BAD_CONFIG' && detail.test(`${error.message}: ${error.detail}`)

it('every profile in config/ can be read', async () => {
  const names = (await readdir(join(repoRoot, 'config'))).filter((name) => name.endsWith('.json'))
  assert(names.length >= 2)
  for (const name of names) {
    const { profile } = await pickProfile('cpu:1', join(repoRoot, 'config', name))
    if (profile.cost !== undefined) costModelSchema.parse(profile.cost)
  }
})

it("a device gets its own profile, else its kind's", async () => {
  assert.match((await pickProfile('cpu:97')).file, /config\/cpu\.json$/)
  assert.match((await pickProfile('cuda:0')).file, /config\/cuda\.json$/)
})

it('a profile made on one model of CPU is for that model', async (t) => {
  const own = ownProfileFile('cpu:97', ' Some  CPU @ 2.5GHz ')
  assert.match(own, /config\/cpu-97\.some-cpu-2-5ghz\.json$/)
  const { profile } = await pickProfile('cpu:97')
  await writeFile(own, JSON.stringify(profile))
  t.after(() => rm(own))
  assert.equal((await pickProfile('cpu:97', '', ' Some  CPU @ 2.5GHz ')).file, own)
  assert.match((await pickProfile('cpu:97', '', 'Another')).file, /config\/cpu\.json$/)
})

it('a profile that is missing, no JSON or out of range is refused by name', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-profile-'))
  t.after(() => rm(folder, { recursive: true }))
  await assert.rejects(
    pickProfile('cpu:1', join(folder, 'none.json')),
    badConfig(/none\.json: expected a profile/),
  )
  await writeFile(join(folder, 'text.json'), 'hello')
  await assert.rejects(pickProfile('cpu:1', join(folder, 'text.json')), badConfig(/expected JSON/))
  const { profile } = await pickProfile('cpu:1')
  await writeFile(join(folder, 'slots.json'), JSON.stringify({ ...profile, slots: 0 }))
  await assert.rejects(pickProfile('cpu:1', join(folder, 'slots.json')), badConfig(/'slots'/))
})
