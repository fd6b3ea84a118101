/** Listeners that leave and servers that stop, at moments of a seed: what tests of every model family ask. */
import assert from 'node:assert/strict'
import { TtsError } from '../../src/core/errors.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { ask, assertAtRest, listen } from '../helpers/tiny-synthesizer.ts'

export const SENTENCE = 'The quick brown fox jumps over the lazy dog, and nobody is surprised at all.'
/** Speaks for longer than an audio ring holds. */
export const LONG = Array.from({ length: 12 }, () => SENTENCE).join(' ')

export const code = (expected: string) => (error: unknown) =>
  error instanceof TtsError && error.code === expected
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Cancels requests from before their first step to after their last; every `besideEvery`th has `SENTENCE` by seed 5 beside it. */
export async function cancelAtAnyMoment(
  server: OpenSynthesizer,
  {
    seed,
    rounds,
    besideEvery,
  }: { readonly seed: number; readonly rounds: number; readonly besideEvery: number },
  assertSame: (samples: Float32Array) => void,
): Promise<void> {
  const random = new SeededRandom(seed)
  for (let round = 0; round < rounds; round++) {
    const victim = await ask(server, {
      text: round % 3 === 0 ? LONG : SENTENCE,
      seed: round,
      priority: round % 4 === 0 ? 'batch' : 'stream',
    })
    const other =
      round % besideEvery === 0 ? ask(server, { text: SENTENCE, seed: 5 }).then(listen) : undefined
    await pause(random.below(round % 2 === 0 ? 40 : 250))
    if (random.next() < 0.5) await victim.next().catch(() => undefined)
    victim.cancel()
    await assert.rejects(victim.next(), code('CANCELLED'))
    if (other !== undefined) assertSame(await other)
    await assertAtRest(server)
  }
}

/** Closes a server while it speaks `count` long texts: each ends with an error. */
export async function stopInTheMiddle(
  server: OpenSynthesizer,
  { count, afterMs }: { readonly count: number; readonly afterMs: number },
): Promise<void> {
  const streams = await Promise.all(
    Array.from({ length: count }, (_, i) => ask(server, { text: LONG, seed: i, priority: 'batch' })),
  )
  const outcomes = streams.map((stream) => listen(stream).catch((error: unknown) => error))
  await pause(afterMs)
  assert.equal(await server.close(5000), true)
  for (const outcome of await Promise.all(outcomes))
    assert(outcome instanceof TtsError, 'a part passed for the whole')
}
