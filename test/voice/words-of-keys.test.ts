/** Which words hold for a key: its own go before those that were put without a key, and no other key's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DictionaryStore } from '../../src/voice/dictionary-store.ts'
import { testFolder } from '../helpers/proxy-process.ts'

const [ANN, BOB] = ['a', 'b'].map((digit) => digit.repeat(64)) as [string, string]

test('words without a key hold for every key, a key’s own go first, and another’s do not', async (t) => {
  const folder = testFolder(t)
  const store = await DictionaryStore.open(folder, assert.fail)
  await store.put(undefined, undefined, { SQL: 'sequel', GIF: 'jif' })
  await store.put(undefined, 'anna', { cat: 'kitty' })
  await store.put(ANN, undefined, { SQL: 'squirrel' })
  await store.put(ANN, 'anna', { dog: 'puppy' })
  await store.put(BOB, 'anna', { GIF: 'gift' })
  for (const each of [store, await DictionaryStore.open(folder, assert.fail)]) {
    assert.deepEqual(each.wordsFor(undefined, 'anna'), { SQL: 'sequel', GIF: 'jif', cat: 'kitty' })
    assert.deepEqual(each.wordsFor(ANN), { SQL: 'squirrel', GIF: 'jif' })
    assert.deepEqual(each.wordsFor(ANN, 'anna'), { SQL: 'squirrel', GIF: 'jif', cat: 'kitty', dog: 'puppy' })
    assert.deepEqual(each.wordsFor(BOB, 'anna', 'no other name'), {
      SQL: 'sequel',
      GIF: 'gift',
      cat: 'kitty',
    })
    assert.deepEqual(
      each.of(BOB),
      { server: {}, voices: { anna: { GIF: 'gift' } } },
      'only its own are shown',
    )
  }
})
