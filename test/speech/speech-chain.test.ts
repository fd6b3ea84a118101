/** A speech of several utterances: what is asked for when, what is heard, and that nothing is left behind. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { SpeechChain } from '../../src/speech/speech-chain.ts'
import { type HandLent, lentOf, pushSeconds } from '../reliability/faults/lent-by-hand.ts'

interface Part {
  readonly complete: boolean
  readonly before?: number
  readonly silence?: number
}

interface Asked {
  readonly index: number
  readonly start: () => HandLent
  readonly refuse: (error: TtsError) => void
  isWithdrawn: boolean
}

function open({ ahead = 1, timeoutMs = 60_000, refuse = false, cushionSeconds = 0 } = {}) {
  const asked: Asked[] = []
  let ends = 0
  const chain = new SpeechChain<Part>(
    'id',
    { sampleRate: 1000, ahead, timeoutMs },
    (_part, index, started, refused) => {
      if (refuse) throw new TtsError('OVERLOADED', 'Service unavailable', 'full')
      const one: Asked = {
        index,
        start: () => {
          const lent = lentOf()
          started(lent)
          return lent
        },
        refuse: refused,
        isWithdrawn: false,
      }
      asked.push(one)
      return {
        withdraw: () => {
          one.isWithdrawn = true
        },
      }
    },
    () => ends++,
    ({ before = 0, silence = 0 }) => ({ before, behind: silence }),
    { cushion: () => ({ seconds: cushionSeconds, mostMs: 60_000 }) },
  )
  return { chain, asked, ends: () => ends }
}

const part: Part = { complete: true }

async function read(chain: SpeechChain<Part>): Promise<number> {
  let samples = 0
  for (let got = await chain.next(); got !== undefined; got = await chain.next()) samples += got.length
  return samples
}

it('silence before a part is heard once there is sound, and counts as what is still to come', async () => {
  const { chain, asked } = open()
  chain.add([{ complete: true, before: 500, silence: 300 }, part])
  chain.complete()
  const first = asked[0]!.start()
  const samples: number[] = []
  const reading = (async () => {
    for (let got = await chain.next(); got !== undefined; got = await chain.next()) samples.push(...got)
  })()
  await new Promise(setImmediate)
  assert.equal(samples.length, 0, 'what fails before there is sound is a refusal')
  first.writer.push(new Float32Array(1000).fill(0.5))
  first.writer.end()
  asked[1]!.start().writer.end()
  await reading
  assert.deepEqual(
    [samples.length, samples.findIndex((sample) => sample !== 0), samples.lastIndexOf(0.5)],
    [1800, 500, 1499],
  )
})

it('parts are asked for as far ahead as allowed, heard in order, and closed once read', async () => {
  const { chain, asked, ends } = open()
  chain.add([part, { complete: true, silence: 300 }, part])
  chain.complete()
  assert.deepEqual(
    asked.map(({ index }) => index),
    [0, 1],
    'the one being read and one ahead',
  )
  const second = asked[1]!.start()
  pushSeconds(second, 2)
  second.writer.end()
  const first = asked[0]!.start()
  pushSeconds(first, 1)
  first.writer.end()
  const heard = read(chain)
  while (asked.length < 3) await new Promise(setImmediate)
  assert.deepEqual([first.isClosed, chain.left > 0], [true, true])
  const third = asked[2]!.start()
  third.writer.end()
  assert.equal(await heard, 1000 + 2000 + 300)
  assert.deepEqual([chain.left, ends()], [0, 1])
  assert.ok([first, second, third].every(({ isClosed }) => isClosed))
})

it('cancelling withdraws what waits, closes what has a slot, once, and a slot that comes later goes back', async () => {
  const { chain, asked, ends } = open()
  chain.add([part, part])
  const lent = asked[0]!.start()
  const waiting = chain.next()
  chain.cancel()
  chain.cancel()
  await assert.rejects(waiting, { code: 'CANCELLED' })
  assert.deepEqual([lent.isClosed, asked[1]!.isWithdrawn, ends()], [true, true, 1])
  assert.equal(asked[1]!.start().isClosed, true)
})

it('a part that is refused ends the speech with the refusal; where it is the first, whoever adds it is told', async () => {
  const { chain, asked, ends } = open()
  chain.add([part, part])
  asked[1]!.refuse(new TtsError('OVERLOADED', 'Service unavailable', 'too late'))
  await assert.rejects(chain.next(), { code: 'OVERLOADED', detail: 'too late' })
  assert.deepEqual([asked[0]!.isWithdrawn, ends()], [true, 1])
  const full = open({ refuse: true })
  assert.throws(() => full.chain.add([part]), { code: 'OVERLOADED' })
  assert.equal(full.ends(), 1)
})

it('a part whose text is still written is waited for without a limit, one that is complete is not', async () => {
  const { chain, asked } = open({ timeoutMs: 30 })
  const growing = { complete: false }
  chain.add([growing])
  asked[0]!.start()
  const failures: unknown[] = []
  const next = chain.next().catch((error: unknown) => failures.push(error))
  for (let looks = 0; looks < 4; looks++) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(failures, [])
  growing.complete = true
  await next
  assert.deepEqual(
    failures.map((error) => (error as TtsError).code),
    ['DEADLINE_EXCEEDED'],
  )
})

/** What is lent works at every look for it, `looks` times. */
function working(lent: HandLent, looks: number): void {
  let worked = 0
  Object.defineProperty(lent, 'worked', { get: () => (worked < looks ? ++worked : worked) })
}

it('a part is waited for while anything is done for the speech, at whatever pace, and no longer', async () => {
  // Each look comes a whole time-out after the last one.
  const own = open({ timeoutMs: 20 })
  own.chain.add([part, part])
  own.chain.complete()
  const first = own.asked[0]!.start()
  working(first, Number.POSITIVE_INFINITY)
  const reading = read(own.chain)
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 20))
  pushSeconds(first, 1)
  first.writer.end()
  while (own.asked[1] === undefined) await new Promise(setImmediate)
  // The next one has no slot and nothing to show, the one behind it none of either.
  await assert.rejects(reading, { code: 'DEADLINE_EXCEEDED', detail: /nothing was made of it, for 20 ms/ })

  const later = open({ timeoutMs: 20 })
  later.chain.add([part, part])
  const looks = 10
  working(later.asked[1]!.start(), looks)
  const beganMs = performance.now()
  await assert.rejects(later.chain.next(), { code: 'DEADLINE_EXCEEDED' })
  assert(performance.now() - beganMs >= (looks - 1) * 20, 'the part behind it was worked for')
})

it('what was made before a failure is heard, then the failure, and never an end', async () => {
  const { chain, asked } = open()
  chain.add([part])
  chain.complete()
  const lent = asked[0]!.start()
  pushSeconds(lent, 1)
  lent.breakWith(new TtsError('LANE_FAILED', 'Speech synthesis failed', 'told to fail'))
  assert.equal((await chain.next())!.length, 1000)
  await assert.rejects(chain.next(), { code: 'LANE_FAILED', detail: 'told to fail' })
  await assert.rejects(chain.next(), { code: 'LANE_FAILED' })
})

it('first samples wait for what is made ahead of all parts that are asked for, and for nothing that cannot come', async () => {
  const { chain, asked } = open({ cushionSeconds: 5 })
  chain.add([part, part, part])
  chain.complete()
  let heard = 0
  const reading = chain.next().then((samples) => {
    heard = samples!.length
  })
  const first = asked[0]!.start()
  const second = asked[1]!.start()
  pushSeconds(first, 2)
  first.writer.end()
  pushSeconds(second, 2)
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(heard, 0, '4 s of 5 are there, and more will come')
  second.writer.end()
  await reading
  assert(heard > 0, 'the third part is not begun before the first is read')
  chain.cancel()
})

it('a part that failed is told at once, although first samples were held back', async () => {
  const { chain, asked } = open({ cushionSeconds: 5 })
  chain.add([part, part])
  chain.complete()
  const reading = read(chain)
  const first = asked[0]!.start()
  pushSeconds(first, 1)
  first.breakWith(new TtsError('LANE_FAILED', 'Speech synthesis failed', 'gone'))
  await assert.rejects(reading, { code: 'LANE_FAILED' })
})
