/** Jobs in a backup that is made while they are spoken: put back elsewhere, they go on and give what they would have given. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { restoreBackup } from '../../src/backup/restore.ts'
import { saveBackup } from '../../src/backup/save.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { describeError } from '../../src/core/errors.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const PARTS = 5
/** Three chapters of two thousand letters would be one part each; these are one part each as well. */
const CHAPTERS = Array.from({ length: PARTS }, (_, i) => ({
  title: `Chapter ${i}`,
  input: `Words of ${i}. `.repeat(9),
}))

test('jobs that are done and under way come back with a backup, and a server that runs is asked to stop first', async (t) => {
  const root = testFolder(t)
  const [voicesDir, jobsDir, folder] = ['voices', 'jobs', 'backup'].map((name) => join(root, name))
  const configOf = (dir: string) => loadConfig({ set: [`voicesDir=${voicesDir}`, `jobs.dir=${dir}`] })
  const serve = (dir: string) =>
    startTestServer(t, { set: [`jobs.dir=${dir}`], script: { samplesPerCharacter: 40 } })
  const first = await serve(jobsDir!)
  const create = async (url: string, body: object) => {
    const init = { method: 'POST', body: JSON.stringify({ voice: 'anna', seed: 1, ...body }) }
    return ((await (await fetch(`${url}/v1/jobs`, init)).json()) as { id: string }).id
  }
  const find = async (url: string, id: string) =>
    (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as { state: string; parts: { done: number } }
  const untilDone = (url: string, id: string) =>
    until(async () => (await find(url, id)).state === 'done', `the end of job ${id}`)
  const tagOf = async (url: string, id: string) =>
    (await fetch(`${url}/v1/jobs/${id}/audio`)).headers.get('etag')

  const done = await create(first.url, { input: 'A short one.' })
  await untilDone(first.url, done)
  const removed = await create(first.url, { input: 'Another short one.' })
  await untilDone(first.url, removed)
  const removedTag = await tagOf(first.url, removed)
  first.synthesizer.script.chunkMs = 20
  const open = await create(first.url, { chapters: CHAPTERS })
  await until(async () => (await find(first.url, open)).parts.done >= 2, 'two parts')
  const saved = await saveBackup({ config: configOf(jobsDir!), folder: folder!, note: assert.fail })
  const names = saved.map(({ path }) => path)
  assert.equal(names[0], 'jobs/jobs.db', 'records come first')
  assert(!names.some((name) => /lock|-wal|-shm/.test(name)), names.join())
  first.synthesizer.script.chunkMs = 0
  await untilDone(first.url, open)
  const openTag = await tagOf(first.url, open)
  const doneTag = await tagOf(first.url, done)

  const restore = (dir: string) => restoreBackup({ config: configOf(dir), folder: folder!, replace: true })
  await assert.rejects(restore(jobsDir!), (error: unknown) => {
    assert.match(describeError(error), /which another server uses/)
    return true
  })
  assert.equal((await find(first.url, open)).state, 'done', 'nothing was written')
  const elsewhere = join(root, 'elsewhere')
  await restore(elsewhere)
  // As a removal between the records and the files leaves it.
  rmSync(join(elsewhere, removed), { recursive: true })
  const second = await serve(elsewhere)
  await untilDone(second.url, open)
  await untilDone(second.url, removed)
  assert.equal(await tagOf(second.url, open), openTag)
  assert.equal(await tagOf(second.url, done), doneTag)
  assert.equal(await tagOf(second.url, removed), removedTag)
  const spokenAgain = second.synthesizer.spoken.length
  assert(spokenAgain < PARTS + 2, `${spokenAgain} parts: what was spoken is not spoken again`)
})

test('records that are put back do not meet what the replaced ones kept beside themselves', async (t) => {
  const root = testFolder(t)
  const [jobsDir, folder] = [join(root, 'jobs'), join(root, 'backup')]
  const config = loadConfig({ set: [`voicesDir=${join(root, 'voices')}`, `jobs.dir=${jobsDir}`] })
  await t.test('a server with a job', async (t) => {
    const { url } = await startTestServer(t, { set: [`jobs.dir=${jobsDir}`] })
    const init = { method: 'POST', body: JSON.stringify({ voice: 'anna', input: 'Hello.' }) }
    assert.equal((await fetch(`${url}/v1/jobs`, init)).status, 202)
    await saveBackup({ config, folder, note: assert.fail })
  })
  const records = join(jobsDir, 'jobs.db')
  writeFileSync(records, 'other')
  writeFileSync(`${records}-wal`, 'of the other')
  await restoreBackup({ config, folder, replace: true })
  assert.deepEqual([existsSync(`${records}-wal`), existsSync(`${records}-shm`)], [false, false])
  assert(readFileSync(records).equals(readFileSync(join(folder, 'jobs/jobs.db'))))
  assert.deepEqual(
    readdirSync(jobsDir).filter((name) => /lock|partial/.test(name)),
    [],
  )
})
