import assert from 'node:assert/strict'
import test from 'node:test'
import { startTestServer, zeroShotForm } from '../helpers/test-server.ts'

test('a full server refuses before the recording is looked at and the text is read, by whose it is and how long it will be', async (t) => {
  const { url, synthesizer } = await startTestServer(t, { script: { slots: 0, queueLimit: 0 } })
  for (const [text, stream] of [
    ['Good morning.', 'true'],
    ['A long one, said by nobody. '.repeat(10), 'false'],
  ] as const) {
    const body = zeroShotForm({ tts_text: text, stream })
    const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body })
    assert.equal(answer.status, 503)
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  }
  assert.deepEqual([synthesizer.prepared.length, synthesizer.spoken.length], [0, 0])
  const [short, long] = synthesizer.askedRoom.map(([{ priority, client }, seconds]) => {
    assert.equal(client, '127.0.0.1')
    return { priority, seconds }
  })
  assert.deepEqual([short!.priority, long!.priority], ['stream', 'batch'])
  assert(short!.seconds > 0.5 && short!.seconds < 2)
  assert(long!.seconds > 10 && long!.seconds < 30)
})
