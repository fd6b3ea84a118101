/** Row 2: however a session cuts its text, the server hands it on in bounded slices and turns between them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test, { it } from 'node:test'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import type { LiveSpeechStream } from '../../src/core/speech-port.ts'
import { LiveFeed, SLICE_LENGTH, sliceEnd } from '../../src/server/ws/live-feed.ts'
import { linuxOnly, mainThreadMs } from '../helpers/main-thread-cpu.ts'
import { PROMPT_WAV, TRANSPORTS } from '../helpers/test-server.ts'
import { convertTiny, openTiny, optionsOf } from '../helpers/tiny-synthesizer.ts'
import { ask, besieged } from './invariant.ts'

const KINDS = ['a ', '你', 'Dr. ', 'word']

for (const transport of TRANSPORTS) {
  test(`${transport}: thousands of tiny messages become few slices, and liveness answers between them`, async (t) => {
    const { url, wsUrl, synthesizer } = await besieged(t, { transport })
    const frames = 4000
    const sockets = await Promise.all(
      KINDS.map(async (piece) => {
        const socket = new WebSocket(wsUrl)
        await once(socket, 'open')
        socket.send(JSON.stringify({ prompt_text: 'Hello there.', tts_model_name: 'default' }))
        socket.send(PROMPT_WAV)
        for (let i = 0; i < frames; i++) socket.send(JSON.stringify({ tts_text: piece }))
        return socket
      }),
    )
    for (let i = 0; i < 10; i++) assert.equal((await ask(`${url}/liveness`)).status, 200)
    for (const socket of sockets) socket.send(JSON.stringify({ cancel: true }))
    for (const socket of sockets) {
      socket.close()
      await once(socket, 'close')
    }
    const { appended } = synthesizer
    assert(appended.every(({ length }) => length <= SLICE_LENGTH))
    const total = appended.reduce((sum, { length }) => sum + length, 0)
    assert(
      appended.length < 200 + (4 * total) / SLICE_LENGTH,
      `${appended.length} slices of ${total} characters`,
    )
  })
}

it('with the rules of texts, no turn of the event loop takes a tenth of a second', {
  skip: linuxOnly,
}, async (t) => {
  const bundle = await convertTiny()
  t.after(() => bundle.remove())
  const server = await openTiny(bundle)
  const siege = async (piece: string, pieces: number, sessions: number): Promise<number> => {
    const voice = await server.synthesizer.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, 'default')
    const speeches = Array.from({ length: sessions }, (_, seed) =>
      server.synthesizer.speakLive(optionsOf({ voice, seed })),
    )
    let refused = 0
    const feeds = speeches.map((speech) => new LiveFeed(speech, () => void refused++))
    for (const feed of feeds) for (let i = 0; i < pieces; i++) feed.append(piece)
    let worst = 0
    for (let turn = 0; turn < 10 + (sessions * pieces * piece.length) / 350 && refused < sessions; turn++) {
      const before = mainThreadMs()
      await turns(1)
      worst = Math.max(worst, mainThreadMs() - before)
    }
    for (const feed of feeds) feed.stop()
    for (const speech of speeches) speech.cancel()
    voice.release()
    return worst
  }
  await siege('Warm up. a ', 200, 1)
  const slow: string[] = []
  for (const piece of [...KINDS, '_a_', '1/2/']) {
    const worst = await siege(piece, 6000 / piece.length / 6, 6)
    if (worst > 100) slow.push(`${JSON.stringify(piece)}: ${worst} ms`)
  }
  assert.deepEqual(slow, [])
  assert.equal(await server.close(5000), true)
})

/** A live speech that writes down what it is given, and how often the event loop turned in between. */
function recorder() {
  const given: string[] = []
  const speech = {
    append: (text: string) => void given.push(text),
    flush: () => void given.push('<flush>'),
    finish: () => void given.push('<finish>'),
  }
  return { given, speech: speech as unknown as LiveSpeechStream }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

it('nothing is lost, doubled or reordered, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 900 }), fc.constant('<flush>'))),
      async (parts) => {
        const { given, speech } = recorder()
        const feed = new LiveFeed(speech, () => assert.fail('refused'))
        for (const part of parts) {
          if (part === '<flush>') feed.flush()
          else feed.append(part)
        }
        feed.finish()
        await turns(parts.join('').length / 200 + parts.length + 2)
        assert.equal(given.join(''), `${parts.join('')}<finish>`)
        assert(given.every(({ length }) => length <= SLICE_LENGTH))
      },
    ),
    { seed: 2, numRuns: 30 },
  )
})

it('the event loop turns between two slices, and nothing follows a stop or a refusal', async () => {
  const { given, speech } = recorder()
  const feed = new LiveFeed(speech, () => {})
  feed.append('word '.repeat(1000))
  assert.equal(given.length, 0)
  await turns(2)
  assert(given.length <= 3, String(given.length))
  feed.stop()
  const before = given.length
  await turns(5)
  assert.equal(given.length, before)
  let refusals = 0
  const refusing = new LiveFeed(
    { ...speech, append: () => assert.fail('no') } as unknown as LiveSpeechStream,
    () => refusals++,
  )
  refusing.append('x'.repeat(2000))
  await turns(5)
  assert.equal(refusals, 1)
})

it('texts of many sessions take turns: one slice in a turn, and none waits for another’s end', async () => {
  const log: number[] = []
  const feeds = Array.from({ length: 30 }, (_, i) => {
    const speech = { append: () => void log.push(i), flush: () => {}, finish: () => {} }
    return new LiveFeed(speech as unknown as LiveSpeechStream, () => assert.fail('refused'))
  })
  for (const feed of feeds) feed.append('word '.repeat(200))
  for (let turn = 1; turn <= 30; turn++) {
    await turns(1)
    assert(log.length <= turn + 1, `${log.length} slices in ${turn} turns`)
  }
  assert(new Set(log).size >= 29)
  for (const feed of feeds) feed.stop()
  await turns(40)
})

it('a long text is cut behind a sentence, else behind a blank, never inside a character', () => {
  const sentence = 'It has 3.5 apples, and eats them. '
  const text = sentence.repeat(20)
  assert.equal(sliceEnd(text) % sentence.length, 0)
  assert.equal(sliceEnd('word '.repeat(200)) % 5, 0)
  assert.equal(sliceEnd(`a${'𠀀'.repeat(400)}`), SLICE_LENGTH - 1)
  assert.equal(sliceEnd('short'), 5)
})
