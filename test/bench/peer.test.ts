import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { bootstrapRatio } from '../../bench/peer/bootstrap.ts'
import { repoRoot } from '../helpers/paths.ts'
import { startScripted } from './load/scripted-server.ts'

it('what slows both sides of a pair does not widen the interval of their ratio', () => {
  const noise = [1, 5, 2, 9, 4, 3]
  const { ratio, low, high } = bootstrapRatio(
    noise,
    noise.map((value) => 2 * value),
  )
  assert.deepEqual([ratio, low, high], [2, 2, 2])
  const wide = bootstrapRatio([10, 11, 9, 10], [10, 13, 8, 9])
  assert(wide.low < 1 && wide.high > 1)
})

it('two servers of known ratio are told apart', async () => {
  const a = await startScripted(() => ({ delaysMs: [40, 10], audioMs: 50 }))
  const b = await startScripted(() => ({ delaysMs: [120, 10], audioMs: 50 }))
  try {
    const args = ['--a', a.url, '--b', b.url, '--rounds', '4', '--stream', '--requests', '4']
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(repoRoot, 'dist/bench/peer/main.js'),
      ...args,
    ])
    const { result } = JSON.parse(stdout.trim().split('\n').at(-1)!)
    const { ratio, low, high } = result.ratios['first audio p50, ms']
    assert(ratio > 2 && ratio < 3.6, `${ratio}`)
    assert(low > 1.5 && low <= ratio && ratio <= high)
  } finally {
    await a.close()
    await b.close()
  }
})

it('a server that answers nothing, and rounds that are no number, are told and not compared', async () => {
  const peer = (...more: string[]) =>
    promisify(execFile)(process.execPath, [
      join(repoRoot, 'dist/bench/peer/main.js'),
      ...['--a', 'http://127.0.0.1:9', '--b', 'http://127.0.0.1:9', ...more],
    ]).catch(({ code, stderr }) => ({ code, stderr }))
  assert.deepEqual(await peer('--requests', '1'), {
    code: 1,
    stderr: 'peer: http://127.0.0.1:9 answered nothing: ECONNREFUSED\n',
  })
  assert.match((await peer('--rounds', 'x')).stderr, /expected a whole number above 0, got 'x'/)
})
