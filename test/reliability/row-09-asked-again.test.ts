/** Row 9: a lane's death costs a listener nothing where nothing of the part was heard, and is never a shorter speech. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { SpeechChain } from '../../src/speech/speech-chain.ts'
import { type HandLent, lentOf, pushSeconds } from './faults/lent-by-hand.ts'
import { admitOne, openUnlucky } from './faults/unlucky-device.ts'

const laneDied = () =>
  new TtsError('LANE_FAILED', 'Speech synthesis failed', 'the llm lane died', {
    status: 503,
    retryAfterSeconds: 2,
  })

/** A chain of two parts, and every slot that it was lent. */
function openChain(refuseAgain = false) {
  const lent: HandLent[] = []
  const asked: [index: number, isAgain: boolean][] = []
  const chain = new SpeechChain<{ complete: true }>(
    'id',
    { sampleRate: 1000, ahead: 0, timeoutMs: 60_000 },
    (_part, index, started, _refused, isAgain) => {
      if (isAgain && refuseAgain) throw new TtsError('DRAINING', 'Service unavailable', 'shutting down')
      asked.push([index, isAgain])
      lent.push(lentOf())
      started(lent.at(-1)!)
      return { withdraw: () => {} }
    },
    () => {},
  )
  chain.add([{ complete: true }, { complete: true }])
  chain.complete()
  return { chain, lent, asked }
}

async function readAll(chain: SpeechChain<{ complete: true }>): Promise<number> {
  let samples = 0
  for (let got = await chain.next(); got !== undefined; got = await chain.next()) samples += got.length
  return samples
}

it('a part of which nothing was heard is made again, the first and a later one', async () => {
  const { chain, lent, asked } = openChain()
  lent[0]!.breakWith(laneDied())
  const heard = readAll(chain)
  await new Promise(setImmediate)
  pushSeconds(lent[1]!, 2)
  lent[1]!.writer.end()
  while (lent.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  lent[2]!.breakWith(laneDied())
  while (lent.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  pushSeconds(lent[3]!, 3)
  lent[3]!.writer.end()
  assert.equal(await heard, 5000)
  assert.deepEqual(asked, [
    [0, false],
    [0, true],
    [1, false],
    [1, true],
  ])
  assert(lent.every(({ isClosed }) => isClosed))
})

it('a second death is the caller’s 503, with a time to come back', async () => {
  const { chain, lent } = openChain()
  lent[0]!.breakWith(laneDied())
  const first = chain.next()
  while (lent.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  lent[1]!.breakWith(laneDied())
  await assert.rejects(first, (error) => {
    const { status, code, retryAfterSeconds } = error as TtsError
    return status === 503 && code === 'LANE_FAILED' && retryAfterSeconds === 2
  })
  assert(lent.every(({ isClosed }) => isClosed))
})

it('what was heard in part is never begun again: a failure that no client takes for a refusal or an end', async () => {
  const { chain, lent } = openChain()
  pushSeconds(lent[0]!, 2)
  assert((await chain.next())!.length > 0)
  lent[0]!.breakWith(laneDied())
  await assert.rejects(readAll(chain), (error) => (error as TtsError).status === 500)
  assert.equal(lent.length, 1)
})

it('a part that is itself at fault is not tried on the next lane', async () => {
  const { chain, lent } = openChain()
  lent[0]!.breakWith(new TtsError('LANE_FAILED', 'Speech synthesis failed', 'this row failed'))
  await assert.rejects(chain.next(), (error) => (error as TtsError).status === 500)
  assert.equal(lent.length, 1)
})

it('where it is shutting down the answer is that', async () => {
  const { chain, lent } = openChain(true)
  lent[0]!.breakWith(laneDied())
  await assert.rejects(chain.next(), (error) => (error as TtsError).code === 'DRAINING')
})

it('a device names a death as what another try may help against', async () => {
  const device = await openUnlucky({ do: 'die' })
  const lent = admitOne(device)
  const { status, retryAfterSeconds } = await lent.failed
  assert.equal(status, 503)
  assert(retryAfterSeconds !== undefined)
  lent.close()
  assert.equal(await device.stop(5000), true)
})
