/** Row 15: a disk that is full, read-only or failing costs the request that stores a voice, and no other. */
import assert from 'node:assert/strict'
import { mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { it } from 'node:test'
import { type FileCalls, writeDurably } from '../../src/core/durable-file.ts'
import { TtsError } from '../../src/core/errors.ts'
import { goldenDir } from '../helpers/paths.ts'
import { TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'
import { assertAtRest, convertTiny, listen, openTiny, ask as speak } from '../helpers/tiny-synthesizer.ts'
import { ask, assertCensus, besieged, census } from './invariant.ts'

type Step = 'open' | 'write' | 'sync' | 'rename' | 'none'

/** File calls that fail with `code` at one step; `at` may change while they are in use. */
function failing(fault: { at: Step; code: string }): FileCalls {
  const failAt = (step: Step) => {
    if (fault.at === step) throw Object.assign(new Error(`${fault.code}: told to fail`), { code: fault.code })
  }
  return {
    open: async (path, flags) => {
      if (flags === 'wx') failAt('open')
      const file = await open(path, flags)
      return new Proxy(file, {
        get: (target, key) => {
          const value = Reflect.get(target, key, target) as unknown
          if (typeof value !== 'function') return value
          return async (...args: unknown[]) => {
            if (key === 'writeFile') {
              // Half of it gets through, as on a disk that fills up.
              if (fault.at === 'write') await target.write(Buffer.alloc(100))
              failAt('write')
            }
            if (key === 'sync' && flags === 'wx') failAt('sync')
            return Reflect.apply(value, target, args)
          }
        },
      })
    },
    rename: async (from, to) => {
      failAt('rename')
      await rename(from, to)
    },
    rm,
  }
}

it('a write that fails at any step leaves the earlier file whole and nothing beside it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-row15-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'a.voice')
  await writeDurably(path, Buffer.from('earlier'))
  const before = census([folder])
  for (const at of ['open', 'write', 'sync', 'rename'] as const) {
    for (const [code, words] of [
      ['ENOSPC', /disk is full/],
      ['EROFS', /read-only/],
      ['EIO', /disk failed/],
    ] as const) {
      await assert.rejects(
        writeDurably(path, Buffer.from('later'), failing({ at, code })),
        (error: unknown) => error instanceof TtsError && error.status === 507 && words.test(error.detail),
      )
      assert.deepEqual(await readdir(folder), ['a.voice'])
      assert.equal(await readFile(path, 'utf8'), 'earlier')
    }
  }
  await assertCensus(before, [folder])
})

test('a full disk refuses the upload; listening, other voices and later uploads go on', async (t) => {
  const bundle = await convertTiny()
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-row15-'))
  t.after(async () => {
    await bundle.remove()
    await rm(folder, { recursive: true })
  })
  const fault = { at: 'none' as Step, code: 'ENOSPC' }
  const server = await openTiny(bundle, { voicesDir: folder, also: { fileCalls: failing(fault) } })
  const audio = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  const store = (id: string) =>
    server.synthesizer.storeVoice(
      id,
      { kind: 'recording', audio, promptText: '', promptMode: 'auto' },
      { replace: true },
    )
  const hear = async (voice: string) =>
    (await listen(await speak(server, { text: 'Hi.', seed: 1, voice }))).length
  await store('first')
  fault.at = 'write'
  await assert.rejects(store('second'), (error: unknown) => error instanceof TtsError && error.status === 507)
  await assert.rejects(store('first'), (error: unknown) => error instanceof TtsError && error.status === 507)
  assert.deepEqual(await readdir(folder), ['first.voice'])
  assert((await hear('first')) > 0)
  fault.at = 'none'
  await store('second')
  assert((await hear('second')) > 0)
  await assertAtRest(server)
  assert.equal(await server.close(5000), true)
})

for (const transport of TRANSPORTS) {
  test(`${transport}: the answer is 507 with words, and the next request is served`, async (t) => {
    const detail = 'it was not stored: the disk is full'
    const { url, synthesizer } = await besieged(t, {
      transport,
      script: { storeError: new TtsError('STORAGE_FAILED', 'Insufficient storage', detail) },
    })
    const send = () => ask(`${url}/v1/voices`, { body: zeroShotForm({ tts_text: null, id: 'a' }) })
    const refused = await send()
    assert.equal(refused.status, 507)
    assert.equal(JSON.parse(refused.body.toString()).detail, detail)
    synthesizer.script.storeError = undefined
    assert.equal((await send()).status, 201)
  })
}
