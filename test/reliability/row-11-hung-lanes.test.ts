/** Row 11: a lane that stands still is ended; no listener waits longer than `requestTimeoutMs` where nothing is done. */
import assert from 'node:assert/strict'
import test, { it } from 'node:test'
import { createRing, RingReader, RingWriter } from '../../src/audio/ring.ts'
import { TtsError } from '../../src/core/errors.ts'
import type { Lent } from '../../src/lanes/utterance.ts'
import { SpeechChain } from '../../src/speech/speech-chain.ts'
import { admitOne, openUnlucky, until } from './faults/unlucky-device.ts'
import { assertCensus, census } from './invariant.ts'

const late = (error: unknown) => error instanceof TtsError && error.code === 'DEADLINE_EXCEEDED'

test('a lane that loops in JavaScript is ended and started again; its utterance fails, the next is served', async () => {
  // Beside its model, and in a model run.
  for (const fate of ['loop', 'spin']) {
    const before = census()
    const device = await openUnlucky({ do: fate })
    const lent = admitOne(device)
    assert.match((await lent.failed).detail, /stood still/)
    lent.close()
    await until('it is back', () => device.healthy && device.freeSlots === 3)
    const marks = device.pulses('llm').map(({ inModel }) => inModel)
    assert.deepEqual(marks, [false], `${fate}: the dead lane left no mark of a run to the next one`)
    assert.equal(await device.stop(5000), true)
    await assertCensus(before)
  }
})

test('a lane that hangs in a native call is reported: only the process can end it', async (t) => {
  let hung: string | undefined
  const device = await openUnlucky({ do: 'hang' }, { onHung: (role) => (hung = role) })
  // The thread sleeps for a minute; the test's process does not wait for it.
  t.after(() => void device.stop(1))
  admitOne(device)
  await until('it is reported', () => hung === 'llm')
  assert.equal(await device.stop(50), false, 'its thread is still there')
})

test('a lane that turns but makes nothing is not hung: its listeners are answered by the limit alone', async () => {
  const device = await openUnlucky({ do: 'mute' }, { onHung: () => assert.fail('not hung') }, 1500)
  const lent = admitOne(device)
  await new Promise((resolve) => setTimeout(resolve, 4000))
  assert.equal(lent.failure, undefined)
  assert.equal(device.healthy, true)
  lent.close()
  assert.equal(await device.stop(5000), true)
})

// --- the limit ---

/** A chain over one utterance whose ring the test fills; `complete` is whether its text has ended. */
function openChain(timeoutMs: number, complete: boolean, heldBack = false) {
  const ring = createRing(Float32Array, 8000)
  const writer = new RingWriter(Float32Array, ring)
  const part = { complete }
  let isClosed = false
  let fail: (error: TtsError) => void = () => {}
  const failed = new Promise<TtsError>((resolve) => {
    fail = resolve
  })
  const lent: Lent = {
    audio: new RingReader(Float32Array, ring),
    places: new RingReader(Int32Array, createRing(Int32Array, 10)),
    failure: undefined,
    failed,
    worked: 0,
    append: () => {},
    finish: () => {},
    roomMade: () => {},
    close: () => {
      isClosed = true
    },
  }
  const chain = new SpeechChain<{ complete: boolean }>(
    'id',
    { sampleRate: 24_000, ahead: 1, timeoutMs },
    (_part, _index, started) => {
      if (!heldBack) started(lent)
      return { withdraw: () => (isClosed = true) }
    },
    () => {},
  )
  chain.add([part])
  chain.complete()
  return { chain, writer, part, fail, isClosed: () => isClosed }
}

it('a speech that makes no audio ends, before its first sample and after it, and lets go of its slot', async () => {
  const before = census()
  const first = openChain(50, true)
  await assert.rejects(first.chain.next(), late)
  assert(first.isClosed())
  const waiting = openChain(50, true, true)
  await assert.rejects(waiting.chain.next(), late)
  assert(waiting.isClosed())
  const later = openChain(50, true)
  later.writer.push(new Float32Array(100))
  assert.equal((await later.chain.next())!.length, 100)
  await assert.rejects(later.chain.next(), late)
  await assertCensus(before)
})

/** A chain over one utterance of a device. */
function chainOf(lent: Lent, timeoutMs: number): SpeechChain<{ complete: true }> {
  const chain = new SpeechChain<{ complete: true }>(
    'id',
    { sampleRate: 100, ahead: 0, timeoutMs },
    (_part, _index, started) => {
      started(lent)
      return { withdraw: () => {} }
    },
    () => {},
  )
  chain.add([{ complete: true }])
  chain.complete()
  return chain
}

test('a device that is slow is waited for as long as it works for the speech, one that does nothing is not', async () => {
  const turns = '40'
  const timeoutMs = 1500
  const slow = await openUnlucky({ do: 'slow', turns }, {}, 10_000, { do: 'mute' })
  const beganMs = performance.now()
  const heard = await chainOf(admitOne(slow), timeoutMs).next()
  assert.equal(heard!.length, 100)
  assert(performance.now() - beganMs > timeoutMs, 'it took longer than the limit')
  const mute = await openUnlucky({ do: 'mute' }, {}, 10_000, { do: 'mute' })
  await assert.rejects(chainOf(admitOne(mute), 300).next(), late)
  for (const device of [slow, mute]) assert.equal(await device.stop(5000), true)
})

it('what the listener does not ask for, and text that has not come, are not waited for', async () => {
  const slow = openChain(50, true)
  slow.writer.push(new Float32Array(100))
  await slow.chain.next()
  await new Promise((resolve) => setTimeout(resolve, 150))
  slow.writer.push(new Float32Array(100))
  assert.equal((await slow.chain.next())!.length, 100)
  const live = openChain(50, false)
  const heard = live.chain.next()
  await new Promise((resolve) => setTimeout(resolve, 200))
  live.part.complete = true
  live.writer.push(new Float32Array(100))
  assert.equal((await heard)!.length, 100)
})

it('a failure is told with its reason, however late that comes after the ring has shown it', async () => {
  const { chain, writer, fail } = openChain(60_000, true)
  writer.fail()
  const heard = chain.next()
  await new Promise((resolve) => setTimeout(resolve, 300))
  fail(new TtsError('LANE_FAILED', 'Speech synthesis failed', 'the very reason'))
  await assert.rejects(
    heard,
    (error: unknown) => error instanceof TtsError && error.detail === 'the very reason',
  )
})
