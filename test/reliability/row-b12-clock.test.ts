/** B12: the wall clock may jump; only what is a date by its nature reads it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import type { TtsError } from '../../src/core/errors.ts'
import { createRateLimiter } from '../../src/server/limits/rate-limit.ts'
import { repoRoot } from '../helpers/paths.ts'

/** File → why it reads a date. */
const DATES: Readonly<Record<string, string>> = {
  'src/backup/save.ts': 'the day on which a backup was made',
  'src/commands/bundles.ts': 'the day on which a bundle was used',
  'src/convert/bundle-cache.ts': 'the day on which a bundle was used',
  'src/server/requests/key-ring.ts': 'when a key ends is a date',
  'src/server/requests/api-keys.ts': 'when a key ends is a date',
  'src/cluster/ticket-queue.ts': 'when BullMQ gives a ticket out again',
  'src/jobs/folder-lock.ts': 'how old a file of another host is',
  'src/server/requests/byte-range.ts': 'the headers If-Range, If-Modified-Since and If-Unmodified-Since',
  'src/server/transport/node-transport.ts': 'the header Date',
  'src/server/transport/node-exchange.ts': 'the header Date',
  'src/core/durable-file.ts': 'the name of a file that is set aside',
}

it('no duration is measured by the clock on the wall', () => {
  const readers = ['src', 'workers'].flatMap((folder) =>
    readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`)
      .filter((name) =>
        /\bDate\.(now|parse)\(|new Date\(\)/.test(readFileSync(join(repoRoot, name), 'utf8')),
      ),
  )
  assert.deepEqual(readers.sort(), Object.keys(DATES).sort())
})

/** From here on the clock on the wall is so much later; negative: earlier. The monotonic one goes on. */
function jump(t: TestContext, ms: number): void {
  const real = Date.now
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) super(real() + ms)
      else super(...(args as [number]))
    }
    static override now = () => real() + ms
  } as DateConstructor
  t.after(() => {
    globalThis.Date = RealDate
  })
}

const refusedAfter = async (act: () => Promise<void>) => {
  try {
    await act()
    return undefined
  } catch (error) {
    return (error as TtsError).retryAfterSeconds
  }
}

for (const [what, ms] of [
  ['two hours on', 7_200_000],
  ['an hour back', -3_600_000],
] as const) {
  it(`a jump of the clock ${what} locks nobody out for longer than the window, and refuses no newcomer`, async (t) => {
    const limiter = createRateLimiter('3/minute', { quota: '600/minute' })
    for (let i = 0; i < 3; i++) await limiter.consume('early')
    assert(Number(await refusedAfter(() => limiter.consume('early'))) <= 60)
    await limiter.consumeSpeech('early', 600)
    jump(t, ms)
    for (const again of [() => limiter.consume('early'), () => limiter.consumeSpeech('early', 600)]) {
      const seconds = await refusedAfter(again)
      assert(seconds === undefined || (seconds >= 1 && seconds <= 60), `told to come back in ${seconds} s`)
    }
    for (let i = 0; i < 3; i++) assert.equal(await refusedAfter(() => limiter.consume('new')), undefined)
    const seconds = Number(await refusedAfter(() => limiter.consume('new')))
    assert(seconds >= 1 && seconds <= 60, `${seconds} s`)
  })
}
