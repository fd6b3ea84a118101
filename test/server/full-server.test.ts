import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'

test('a full server refuses before the recording is looked at and the text is read, by whose it is and how much there is to say', async (t) => {
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
  const asked = synthesizer.askedRoom.map(([{ priority, client }, text]) => [priority, client, text.length])
  assert.deepEqual(asked, [
    ['stream', '127.0.0.1', 13],
    ['batch', '127.0.0.1', 280],
  ])
})

for (const transport of TRANSPORTS) {
  test(`${transport}: a full server answers a stream whose recording is still coming, where its fields came before`, async (t) => {
    const full = { slots: 0, queueLimit: 0 }
    const { url, synthesizer } = await startTestServer(t, { transport, script: full })
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const file = '--b\r\nContent-Disposition: form-data; name="prompt_wav"; filename="a.wav"\r\n\r\nRIFF'
    const answerTo = (fields: string) =>
      new Promise<string>((resolve, reject) => {
        const { hostname, port } = new URL(url)
        const socket = connect(Number(port), hostname)
        const head = `POST /inference_zero_shot HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n`
        socket.write(head + fields + file)
        const end = (answer: string) => {
          resolve(answer)
          socket.destroy()
        }
        socket.once('data', (data) => end(data.toString().split('\r\n')[0]!))
        socket.on('error', reject)
        setTimeout(() => end('nothing yet'), 2500)
      })
    const text = part('tts_text', 'Good morning.')
    assert.match(await answerTo(text + part('stream', 'true')), /^HTTP\/1\.1 503 /)
    assert.equal(synthesizer.askedRoom.length, 1)
    // Of these it is not known yet that they are streams, or how long they are.
    const unknown = [text, text + part('stream', 'false'), part('stream', 'true')]
    assert.deepEqual(await Promise.all(unknown.map(answerTo)), Array(3).fill('nothing yet'))
    assert.equal(synthesizer.askedRoom.length, 1)
  })
}
