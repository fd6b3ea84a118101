/** Names of stored voices in any script, what is known of a voice, taken ids, and how many are kept. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Bundle } from '../../src/core/bundle.ts'
import { writeDurably } from '../../src/core/durable-file.ts'
import { TtsError } from '../../src/core/errors.ts'
import { encodeVoice, type Voice, voiceBytes } from '../../src/core/voice.ts'
import { voiceFacts } from '../../src/voice/known-voices.ts'
import { type VoiceCaps, VoiceLibrary } from '../../src/voice/voice-library.ts'

const VOICE: Voice = {
  key: 'k',
  transcript: 'What she says.',
  mode: 'transcript',
  seconds: 0.04,
  language: undefined,
  speechTokens: Int32Array.of(7),
  mel: new Float32Array(2 * 80),
  embedding: new Float32Array(192),
}

async function open(t: TestContext, caps?: VoiceCaps) {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-library-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeDurably(join(folder, '1.bundled'), encodeVoice({ ...VOICE, transcript: '' }))
  const bundle = {
    manifest: {
      parameters: { features: { mel: { mels: 80 } }, llm: { speechTokenSize: 10 } },
      voices: [{ id: '中文女', file: '1.bundled', kind: 'sft', aliases: ['lan', '老兰'] }],
    },
    path: (file: string) => join(folder, file),
  } as unknown as Bundle
  const voices = join(folder, 'voices')
  const events = { onQuarantine: (line: string) => assert.fail(line), onUnreadable: assert.fail }
  return { library: await VoiceLibrary.open(bundle, voices, events, caps), voices, bundle, events }
}

const refusedAs = (code: string) => (error: unknown) => error instanceof TtsError && error.code === code

test('an id may be in any script; its file’s name is harmless, and it is there after a restart', async (t) => {
  const { library, voices, bundle, events } = await open(t)
  const ids = ['anna', '小美', 'Ольга', 'مريم', 'नेहा', 'José', 'v1.5', 'x_', 'CON', 'が']
  const owner = 'ab'.repeat(32)
  for (const id of ids) await library.store(id, { ...VOICE, owner }, false)
  for (const id of ids) await library.store(id, VOICE, false)
  for (const name of await readdir(voices)) assert.match(name, /^[+\w][\w-]*(~[0-9a-f]{32})?\.voice$/)
  const again = await VoiceLibrary.open(bundle, voices, events)
  const listed = new Set(again.list().map(({ id }) => id))
  for (const id of ids) {
    assert(listed.has(id.normalize('NFC')), id)
    // Beside one without an owner, whose file is read first.
    assert.equal(await again.keyOf(id, owner), await library.keyOf(id, owner))
    assert.notEqual(await again.keyOf(id, owner), await again.keyOf(id))
    // However the client composes its letters.
    for (const form of ['NFC', 'NFD'] as const) assert((await again.load(id.normalize(form))).mel.length > 0)
  }
  await again.delete('José'.normalize('NFD'))
  assert.equal(await again.keyOf('José'), await library.keyOf('José', owner), 'the owner’s stays')
  await again.delete('José', owner)
  assert(!again.has('José', undefined))
  for (const bad of [
    '',
    ' ',
    '.',
    '..',
    '-a',
    '_a',
    'a b',
    'a/b',
    'a\\b',
    'a\0b',
    '小/美',
    'a~b',
    'x'.repeat(65),
    '\u0301a',
  ])
    await assert.rejects(
      library.store(bad, VOICE, false),
      refusedAs('INVALID_PARAMETER'),
      JSON.stringify(bad),
    )
})

test('an id that is taken is refused unless it shall be replaced; of two at once one is stored', async (t) => {
  const { library } = await open(t)
  await library.store('小美', VOICE, false)
  await assert.rejects(library.store('小美', VOICE, false), refusedAs('VOICE_EXISTS'))
  assert.equal((await library.store('小美', { ...VOICE, gender: 'male' }, true)).gender, 'male')
  await library.store('小美', { ...VOICE, owner: 'cd'.repeat(32) }, false)
  await assert.rejects(library.store('中文女', VOICE, true), refusedAs('INVALID_PARAMETER'))
  const both = await Promise.allSettled([
    library.store('new', VOICE, false),
    library.store('new', VOICE, false),
  ])
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('no more voices, and no more bytes of them, are kept than is allowed', async (t) => {
  const few = await open(t, { voices: 2, bytes: 1e9 })
  await few.library.store('a', VOICE, false)
  await few.library.store('b', VOICE, false)
  await assert.rejects(few.library.store('c', VOICE, false), refusedAs('STORAGE_FAILED'))
  await few.library.store('b', VOICE, true)
  await few.library.delete('a')
  await few.library.store('c', VOICE, false)
  const small = await open(t, { voices: 10, bytes: 1.5 * voiceBytes(VOICE) })
  await small.library.store('a', VOICE, false)
  await assert.rejects(small.library.store('b', VOICE, false), refusedAs('STORAGE_FAILED'))
  const restarted = await VoiceLibrary.open(small.bundle, small.voices, small.events, {
    voices: 1,
    bytes: 1e9,
  })
  await assert.rejects(restarted.store('b', VOICE, false), refusedAs('STORAGE_FAILED'))
})

test('what is known of a voice: what was stored, else what its name or its text says', async (t) => {
  const { library } = await open(t)
  assert.equal((await library.store('a', VOICE, false)).language, 'en')
  const told = { language: 'en-GB', gender: 'neutral', description: 'Warm.' } as const
  const { language, gender, description } = await library.store('b', { ...VOICE, ...told }, false)
  assert.deepEqual({ language, gender, description }, told)
  const bundled = library.infoOf('中文女')
  assert.deepEqual([bundled.language, bundled.gender, bundled.origin], ['zh', 'female', 'bundle'])
  assert.deepEqual(voiceFacts('粤语男'), { language: 'yue', gender: 'male' })
  assert.deepEqual([voiceFacts('女'), voiceFacts('中文'), voiceFacts('rms')], [{}, {}, {}])
})

test('a voice of the model is found by its aliases, and no voice can be stored under one', async (t) => {
  const { library } = await open(t)
  for (const name of ['lan', '老兰']) {
    assert.equal(library.infoOf(name).id, '中文女')
    assert.equal(await library.keyOf(name, 'ab'.repeat(32)), await library.keyOf('中文女'))
    assert.equal(library.idOf(name), '中文女')
    assert(library.has(name, undefined))
    await assert.rejects(library.store(name, VOICE, true), refusedAs('INVALID_PARAMETER'))
    await assert.rejects(library.delete(name), refusedAs('INVALID_REQUEST'))
  }
  assert.deepEqual(
    library.list().map(({ id, aliases }) => [id, aliases]),
    [['中文女', ['lan', '老兰']]],
  )
  assert.throws(() => library.infoOf('Lan'), refusedAs('VOICE_NOT_FOUND'))
})

test('what a voice was kept under is told once it is deleted or replaced, and never while it is there', async (t) => {
  const { bundle, voices, events } = await open(t)
  const gone: string[] = []
  const library = await VoiceLibrary.open(bundle, voices, { ...events, onGone: (key) => gone.push(key) })
  await library.store('anna', VOICE, false)
  const first = await library.keyOf('anna')
  await library.store('anna', VOICE, true)
  assert.deepEqual(gone, [], 'the same recording once more')
  await library.store('anna', { ...VOICE, key: 'another' }, true)
  assert.deepEqual(gone, [first])
  const second = await library.keyOf('anna')
  await library.delete('anna')
  assert.deepEqual(gone, [first, second])
})
