import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import type { Dictionary, Synthesizer } from '../../src/core/speech-port.ts'
import { ModelShelf } from '../../src/speech/model-shelf.ts'
import { ScriptedSynthesizer } from '../helpers/scripted-synthesizer.ts'
import { PROMPT_WAV } from '../helpers/test-server.ts'

const code = (expected: string) => (error: unknown) => error instanceof TtsError && error.code === expected

it('the server is loading until every model is there, and failed once one is', () => {
  const shelf = new ModelShelf(['a', 'b'])
  assert.equal(shelf.status().state, 'loading')
  shelf.put('a', new ScriptedSynthesizer())
  assert.equal(shelf.status().state, 'loading')
  const broken = new ScriptedSynthesizer()
  shelf.put('b', broken)
  assert.equal(shelf.status().state, 'ready')
  broken.script.state = 'failed'
  assert.equal(shelf.status().state, 'failed')
})

it('a name finds its model, default the first; others are told apart from those not loaded yet', async () => {
  const shelf = new ModelShelf(['a', 'b'])
  const [a, b] = [new ScriptedSynthesizer(), new ScriptedSynthesizer()]
  shelf.put('a', a)
  const stored = { kind: 'stored', id: 'none' } as const
  assert.throws(() => shelf.prepareVoice(stored, 'b'), code('MODEL_NOT_READY'))
  shelf.put('b', b)
  assert.throws(() => shelf.prepareVoice(stored, 'c'), code('MODEL_NOT_FOUND'))
  assert.deepEqual(shelf.listVoices(), a.listVoices())
  const voice = await shelf.prepareVoice({ kind: 'stored', id: a.listVoices()[0]!.id }, 'b')
  assert.deepEqual([a.voicesHeld, b.voicesHeld], [0, 1])
  voice.release()
})

it('voices belong to a model: each lists, keeps and forgets its own', async () => {
  const shelf = new ModelShelf(['a', 'b'])
  const [a, b] = [new ScriptedSynthesizer(), new ScriptedSynthesizer()]
  shelf.put('a', a)
  assert.deepEqual(shelf.listVoices(undefined, 'b'), [])
  shelf.put('b', b)
  const recording = { kind: 'recording', audio: PROMPT_WAV, promptText: 'x', promptMode: 'auto' } as const
  await shelf.storeVoice('mine', recording, { model: 'b' })
  const ids = (model?: string) => shelf.listVoices(undefined, model).map(({ id }) => id)
  assert.deepEqual([ids(), ids('default'), ids('b')], [['anna'], ['anna'], ['anna', 'mine']])
  await assert.rejects(async () => shelf.deleteVoice('mine'), code('VOICE_NOT_FOUND'))
  await shelf.deleteVoice('mine', undefined, 'b')
  assert.deepEqual(ids('b'), ['anna'])
  assert.throws(() => shelf.listVoices(undefined, 'c'), code('MODEL_NOT_FOUND'))
})

it('words for all voices are kept for every model, those for one voice with the models that have it', async () => {
  const shelf = new ModelShelf(['a', 'b'])
  const kept: string[] = []
  const model = (name: string, ids: readonly string[]) => {
    const synthesizer: Synthesizer = new ScriptedSynthesizer()
    const words: { server: Dictionary; voices: Record<string, Dictionary> } = { server: {}, voices: {} }
    synthesizer.listVoices = () =>
      ids.map((id) => ({ id, language: 'en', seconds: 1, transcript: '', origin: 'user' }))
    synthesizer.dictionaries = () => words
    synthesizer.putDictionary = async (dictionary, voice) => {
      kept.push(`${name} ${voice}`)
      if (voice === undefined) words.server = dictionary
      else words.voices[voice] = dictionary
      return words
    }
    return synthesizer
  }
  shelf.put('a', model('a', ['anna', 'both']))
  await assert.rejects(shelf.putDictionary({ SQL: 'sequel' }, undefined), code('MODEL_NOT_READY'))
  assert.deepEqual(kept, [])
  shelf.put('b', model('b', ['bert', 'both', 'é']))
  const all = await shelf.putDictionary({ SQL: 'sequel' }, undefined)
  assert.deepEqual([all.server, kept.splice(0)], [{ SQL: 'sequel' }, ['a undefined', 'b undefined']])
  await shelf.putDictionary({ x: 'y' }, 'both')
  await shelf.putDictionary({ x: 'z' }, 'e\u0301')
  const { voices } = await shelf.putDictionary({ x: 'w' }, 'bert')
  assert.deepEqual(kept.splice(0), ['a both', 'b both', 'b e\u0301', 'b bert'])
  assert.deepEqual([voices.both, voices.bert], [{ x: 'y' }, { x: 'w' }])
  await shelf.putDictionary({ x: 'y' }, 'nobody')
  assert.deepEqual(kept, ['a nobody'], 'which says that it has none')
})
