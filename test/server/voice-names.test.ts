/** Which voice a name means where the model brings aliases, the configuration has some, and OpenAI's names are asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredVoice } from '../../src/core/speech-port.ts'
import { storedVoiceOf, voiceAliases } from '../../src/server/requests/voice-names.ts'

const voice = (id: string, language: string, aliases: readonly string[] = []): StoredVoice => ({
  ...{ id, language, aliases, seconds: 3, transcript: '', gender: 'male', origin: 'bundle' },
})
const VOICES = [voice('james', 'en', ['rms', 'José']), voice('ming', 'zh', ['echo'])]
const names = (voices: Readonly<Record<string, string>> = {}) => ({
  config: { openai: { voices, strictModel: false } },
  synthesizer: { listVoices: () => VOICES },
})

test('an alias of the model stays as it is, so that words for it hold, and goes before OpenAI’s name', () => {
  const configured = names({ rms: 'ming', narrator: 'rms' })
  for (const name of ['rms', 'José', 'José'.normalize('NFD'), 'echo', 'james'])
    assert.equal(storedVoiceOf(configured, name, undefined, { text: 'Good morning.' }), name)
  assert.equal(storedVoiceOf(configured, 'narrator', undefined), 'rms')
  assert.equal(storedVoiceOf(names(), 'onyx', undefined, { text: '今天天气真不错。' }), 'ming')
})

test('aliases are listed once each, with the voice that they lead to', () => {
  const listed = voiceAliases(names({ narrator: 'rms', lost: 'nobody' }), undefined)
  const leads = new Map(listed.map(({ alias, voice: { id } }) => [alias, id]))
  assert.equal(leads.size, listed.length)
  assert.deepEqual(
    ['rms', 'José', 'echo', 'narrator', 'onyx', 'lost', 'james'].map((alias) => leads.get(alias)),
    ['james', 'james', 'ming', 'james', 'james', undefined, undefined],
  )
})
