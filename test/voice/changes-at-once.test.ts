/** Voices and words that are changed while they are read, stored or deleted: each change begins with what the last one left. */
import assert from 'node:assert/strict'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Bundle } from '../../src/core/bundle.ts'
import type { FileCalls } from '../../src/core/durable-file.ts'
import type { Voice } from '../../src/core/voice.ts'
import { prepareVoice } from '../../src/speech/prepare-voice.ts'
import { DictionaryStore } from '../../src/voice/dictionary-store.ts'
import { VoiceCache } from '../../src/voice/voice-cache.ts'
import { VoiceLibrary } from '../../src/voice/voice-library.ts'
import { until } from '../helpers/until.ts'

const voice = (number: number): Voice => ({
  ...{ key: `k${number}`, transcript: `number ${number}`, mode: 'transcript', seconds: 0.04, language: 'en' },
  ...{ speechTokens: Int32Array.of(number), mel: new Float32Array(160).fill(number) },
  embedding: new Float32Array(192),
})

/** A call of the file system that waits until it is let go. */
class Held {
  isReached = false
  #letGo = () => {}
  readonly #gone = new Promise<void>((resolve) => {
    this.#letGo = resolve
  })

  async wait(): Promise<void> {
    this.isReached = true
    await this.#gone
  }

  letGo(): void {
    this.#letGo()
  }
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(join(tmpdir(), 'light-tts-changes-'))
  t.after(() => fs.rm(folder, { recursive: true, force: true }))
  return folder
}

async function libraryIn(folder: string, fileCalls: Partial<FileCalls> = {}): Promise<VoiceLibrary> {
  const parameters = { features: { mel: { mels: 80 } }, llm: { speechTokenSize: 10 } }
  const bundle = { manifest: { parameters, voices: [] }, path: String } as unknown as Bundle
  const { open, rename, rm } = fs
  return await VoiceLibrary.open(bundle, folder, {
    ...{ onQuarantine: assert.fail, onUnreadable: assert.fail },
    fileCalls: { open, rename, rm, ...fileCalls },
  })
}

/** Until the act is done, or has had turns enough for it and more: it waits. */
async function doneOrWaits(act: Promise<unknown>): Promise<void> {
  let isDone = false
  act.finally(() => (isDone = true)).catch(() => {})
  for (let turn = 0; turn < 2000 && !isDone; turn++) await new Promise(setImmediate)
}

test('a voice that is stored again while it is deleted is there, now and after a restart', async (t) => {
  const folder = await folderOf(t)
  const held = new Held()
  const library = await libraryIn(folder, {
    rm: async (path, options) => {
      await fs.rm(path, options)
      if (String(path).endsWith('.voice')) await held.wait()
    },
  })
  await library.store('anna', voice(1))
  const deleting = library.delete('anna')
  await until(() => held.isReached, 'the file to go')
  const storing = library.store('anna', voice(2), true)
  await doneOrWaits(storing)
  held.letGo()
  await Promise.all([deleting, storing])
  assert.equal(library.has('anna', undefined), true)
  assert.equal((await library.load('anna')).transcript, 'number 2')
  assert.equal((await libraryIn(folder)).has('anna', undefined), true)
})

test('a voice that is deleted twice at once is gone for one and unknown to the other', async (t) => {
  const library = await libraryIn(await folderOf(t))
  await library.store('anna', voice(1))
  const done = await Promise.allSettled([library.delete('anna'), library.delete('anna')])
  assert.deepEqual(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('what is read of a voice while it is replaced goes by its own key', async (t) => {
  const folder = await folderOf(t)
  const renamed = new Held()
  let isReplacing = false
  const library = await libraryIn(folder, {
    rename: async (from, to) => {
      await fs.rename(from, to)
      // The new file lies there, and is not entered yet.
      if (isReplacing) await renamed.wait()
    },
  })
  await library.store('anna', voice(1))
  const voices = new VoiceCache(1 << 20)
  const dictionaries = await DictionaryStore.open(undefined, assert.fail)
  const parts = {
    voices,
    library,
    dictionaries,
    maker: undefined,
    promptRoom: { admit: (one: unknown) => one },
  }
  const prepare = () =>
    prepareVoice(
      parts as unknown as Parameters<typeof prepareVoice>[0],
      {
        ...{ kind: 'stored', id: 'anna', owner: undefined },
      },
      { client: '', signal: new AbortController().signal, timeoutMs: 1000 },
    )
  isReplacing = true
  const storing = library.store('anna', voice(2), true)
  await until(() => renamed.isReached, 'the new file')
  const preparing = prepare()
  await doneOrWaits(preparing)
  renamed.letGo()
  await storing
  const prepared = await preparing
  assert.equal(prepared.voice.transcript, 'number 2')
  assert.match(prepared.voice.key, /k2$/)
  prepared.release()
  isReplacing = false
  await library.store('anna', voice(1), true)
  const again = await prepare()
  assert.equal(again.voice.transcript, 'number 1', 'nothing else is kept under its key')
  again.release()
})

test('words that are put at once all stay', async (t) => {
  const folder = await folderOf(t)
  const store = await DictionaryStore.open(folder, assert.fail)
  const ids = ['anna', 'bert', 'cleo']
  await Promise.all(ids.map((id) => store.put(undefined, id, { SQL: id })))
  await Promise.all([store.put(undefined, undefined, { a: 'b' }), store.put(undefined, 'bert', {})])
  const expected = { server: { a: 'b' }, voices: { anna: { SQL: 'anna' }, cleo: { SQL: 'cleo' } } }
  assert.deepEqual(store.of(undefined), expected)
  assert.deepEqual((await DictionaryStore.open(folder, assert.fail)).of(undefined), expected)
})

test('a change that fails does not keep the next one from its turn', async (t) => {
  const { open, rm } = fs
  let renames = 0
  const rename: FileCalls['rename'] = async (from, to) => {
    if (renames++ === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    await fs.rename(from, to)
  }
  const store = await DictionaryStore.open(await folderOf(t), assert.fail, { open, rename, rm })
  const puts = ['anna', 'bert'].map((id) => store.put(undefined, id, { a: 'b' }))
  const ends = await Promise.allSettled(puts)
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  assert.deepEqual(Object.keys(store.of(undefined).voices), ['bert'])
})

test('words are found by the id of their voice, however its letters are composed', async (t) => {
  const store = await DictionaryStore.open(await folderOf(t), assert.fail)
  await store.put(undefined, 'José'.normalize('NFD'), { SQL: 'sequel' })
  for (const form of ['NFC', 'NFD'] as const)
    assert.deepEqual(store.wordsFor(undefined, 'José'.normalize(form)), { SQL: 'sequel' })
  await store.forget('José'.normalize('NFD'), () => false)
  assert.deepEqual(store.wordsFor(undefined, 'José'), {})
})
