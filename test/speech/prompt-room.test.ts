/** What a recording that is said again may be long: its tokens have to fit a row of the model. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { PromptRoom } from '../../src/speech/prompt-room.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

it('a recording whose tokens would not fit is refused, never cut', async () => {
  const room = new PromptRoom(await goldenTokenizer(), 25, 512)
  room.checkSource(512)
  assert.throws(() => room.checkSource(513), { code: 'AUDIO_TOO_LONG', status: 422, detail: /at most 20 s/ })
})
