import assert from 'node:assert/strict'
import { after, afterEach, before, it } from 'node:test'
import type { SpeechStream } from '../../src/core/speech-port.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import {
  ask,
  assertAtRest,
  convertTiny,
  digest,
  listen,
  openTiny,
  optionsOf,
  type TinyBundle,
} from '../helpers/tiny-synthesizer.ts'
import { cancelAtAnyMoment, code, LONG, pause, SENTENCE, stopInTheMiddle } from './listeners-that-leave.ts'

let bundle: TinyBundle
let server: OpenSynthesizer
before(async () => {
  bundle = await convertTiny()
  server = await openTiny(bundle, { slots: 6, maxQueued: 20 })
})
afterEach(() => assertAtRest(server))
after(async () => {
  assert.equal(await server.close(5000), true)
  await bundle.remove()
})

it('a request cancelled at any moment frees all it holds, and disturbs nobody', async () => {
  const expected = digest(await listen(await ask(server, { text: SENTENCE, seed: 5 })))
  await cancelAtAnyMoment(server, { seed: 21, rounds: 40, besideEvery: 8 }, (samples) =>
    assert.equal(digest(samples), expected),
  )
})

it('one who waits in the queue can leave, and a full queue refuses at once', async () => {
  // Each asks for the segment that is heard and the next one: 13 fill 6 slots and a queue of 20.
  const streams: SpeechStream[] = []
  // However slow the machine is, only the queue's length decides.
  const timeoutMs = 1e7
  for (let i = 0; i < 13; i++) streams.push(await ask(server, { text: LONG, seed: i, timeoutMs }))
  assert(server.synthesizer.held().slots <= 6)
  await assert.rejects(async () => {
    for (let i = 0; i < 4; i++) streams.push(await ask(server, { text: LONG, seed: 1, timeoutMs }))
  }, code('OVERLOADED'))
  for (const stream of streams.reverse()) stream.cancel()
})

it('one who does not listen pauses only himself', async () => {
  const expected = digest(await listen(await ask(server, { text: SENTENCE, seed: 5 })))
  const slow = await ask(server, { text: LONG, seed: 9 })
  await slow.next()
  await pause(1500)
  for (let i = 0; i < 8; i++) {
    assert.equal(digest(await listen(await ask(server, { text: SENTENCE, seed: 5 }))), expected)
  }
  const heard = digest(await listen(slow))
  const quick = await ask(server, { text: LONG, seed: 9 })
  await quick.next()
  assert.equal(digest(await listen(quick)), heard)
})

it('a text of many segments is what its segments are, in order', async () => {
  const whole = await listen(await ask(server, { text: `${SENTENCE} ${SENTENCE}`.repeat(2), seed: 3 }))
  const again = await listen(await ask(server, { text: `${SENTENCE} ${SENTENCE}`.repeat(2), seed: 3 }))
  assert.equal(digest(whole), digest(again))
  assert(whole.length > 2 * 24_000)
})

for (const speed of [0.25, 0.5, 0.8, 1.3, 2]) {
  it(`at speed ${speed} a stream and a whole are as long as that says`, async () => {
    for (const priority of ['stream', 'batch'] as const) {
      const plain = (await listen(await ask(server, { text: SENTENCE, seed: 4, priority }))).length
      const changed = (await listen(await ask(server, { text: SENTENCE, seed: 4, priority, speed }))).length
      assert(Math.abs((changed * speed) / plain - 1) < 0.03, `${priority}: ${plain} became ${changed}`)
    }
  })
}

it('too little memory for everybody delays, and fails nobody', async (t) => {
  const tight = await openTiny(bundle, { slots: 6, tuning: { flowStateBytes: 3e6 } }, t)
  try {
    const expected = digest(await listen(await ask(server, { text: SENTENCE, seed: 5 })))
    const all = await Promise.all(
      Array.from({ length: 10 }, () => ask(tight, { text: SENTENCE, seed: 5 }).then(listen)),
    )
    for (const samples of all) assert.equal(digest(samples), expected)
    await assertAtRest(tight)
  } finally {
    assert.equal(await tight.close(5000), true)
  }
})

it('live text is spoken while it is written, to its end, however it is cut', async () => {
  const random = new SeededRandom(8)
  for (let round = 0; round < 6; round++) {
    const voice = await server.synthesizer.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, 'default')
    const stream = server.synthesizer.speakLive(optionsOf({ voice, seed: round }))
    voice.release()
    const heard = listen(stream)
    for (let at = 0; at < LONG.length / 3; ) {
      const size = 1 + random.below(12)
      stream.append(LONG.slice(at, at + size))
      at += size
      if (round % 2 === 0) await pause(random.below(8))
      if (random.next() < 0.03) stream.flush()
    }
    stream.finish()
    assert.throws(() => stream.append('more'), code('INVALID_REQUEST'))
    assert((await heard).length > 24_000)
  }
})

it('live text that stops coming holds nothing once it is cancelled', async () => {
  const voice = await server.synthesizer.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, 'default')
  const stream = server.synthesizer.speakLive(optionsOf({ voice, seed: 1 }))
  voice.release()
  stream.append('The quick brown fox jumps over the lazy dog and then it')
  await stream.next()
  await pause(100)
  assert.equal(server.synthesizer.held().slots, 1)
  stream.cancel()
  await assert.rejects(stream.next(), code('CANCELLED'))
})

it('stopping in the middle ends all streams with an error and every lane in time', async (t) => {
  const doomed = await openTiny(bundle, { devices: 'cpu:1,cpu:1' }, t)
  await stopInTheMiddle(doomed, { count: 8, afterMs: 150 })
})
