import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { createRateLimiter } from '../../src/server/limits/rate-limit.ts'

/** What a refusal says; undefined where the request is let in. */
const refusalOf = (counted: Promise<void>) =>
  counted.then(
    () => undefined,
    (error: unknown) => {
      assert(error instanceof TtsError)
      assert.equal(error.code, 'RATE_LIMITED')
      return error
    },
  )

it('each address starts as many syntheses as the setting says, then is told when to come back', async () => {
  const limiter = createRateLimiter('3/hour')
  for (let i = 0; i < 3; i++) assert.equal(await refusalOf(limiter.consume('a')), undefined)
  const refusal = await refusalOf(limiter.consume('a'))
  assert.match(refusal!.detail, /expected at most 3\/hour from one address, got more; retry in \d+ s/)
  assert(refusal!.retryAfterSeconds! > 3500 && refusal!.retryAfterSeconds! <= 3600)
  assert.equal(await refusalOf(limiter.consume('b')), undefined)
})

it('speech is counted beside syntheses, a minute for each, rounded up', async () => {
  const limiter = createRateLimiter('2/hour')
  assert.equal(await refusalOf(limiter.consumeSpeech('a', 60)), undefined)
  for (let i = 0; i < 59; i++) assert.equal(await refusalOf(limiter.consumeSpeech('a', 0.4)), undefined)
  assert.equal(await refusalOf(limiter.consumeSpeech('a', 1)), undefined)
  const refusal = await refusalOf(limiter.consumeSpeech('a', 0.1))
  assert.match(refusal!.detail, /at most 120 s of speech in 3600 s/)
  for (let i = 0; i < 2; i++) assert.equal(await refusalOf(limiter.consume('a')), undefined)
  assert.notEqual(await refusalOf(limiter.consume('a')), undefined)
})

it('one text that is longer than all that is allowed is let in once', async () => {
  const limiter = createRateLimiter('1/hour')
  assert.equal(await refusalOf(limiter.consumeSpeech('a', 500)), undefined)
  assert.notEqual(await refusalOf(limiter.consumeSpeech('a', 1)), undefined)
})

it('the address unseen for longest is forgotten where there are too many, and counts anew', async () => {
  const limiter = createRateLimiter('1/hour', { maxKeys: 2 })
  for (const key of ['a', 'b']) {
    await limiter.consume(key)
    await limiter.consumeSpeech(key, 60)
  }
  assert.notEqual(await refusalOf(limiter.consume('a')), undefined)
  await limiter.consume('c')
  assert.notEqual(await refusalOf(limiter.consume('a')), undefined, 'it was seen a moment ago')
  assert.equal(await refusalOf(limiter.consume('b')), undefined)
  assert.equal(await refusalOf(limiter.consumeSpeech('b', 60)), undefined)
})

it('off lets everything in', async () => {
  const limiter = createRateLimiter('off')
  for (let i = 0; i < 1000; i++) await limiter.consume('a')
  await limiter.consumeSpeech('a', 1e9)
})
