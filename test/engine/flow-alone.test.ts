/** The estimator that a card has where utterances share no runs: without lengths of rows. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import { maxDifference } from '../helpers/npy.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, goldenVoice, openTinyFlow, solveAll } from '../helpers/tiny-flow.ts'

it('the estimator for utterances that are alone gives the same frames, and refuses company', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-alone-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const runtime = await openStrictRuntime()
  const [withLengths, alone] = await Promise.all(
    [false, true].map((isAlone) =>
      openTinyFlow(runtime, join(folder, `alone-${isAlone}`), { dtype: 'float16' }, { together: 2 }, isAlone),
    ),
  )
  const open = (from: FlowRunner) => {
    const state = from.open(goldenVoice, 200)
    state.push(goldenReply)
    state.finish()
    return state
  }
  const [frames, others] = [alone!, withLengths!].map((from) => {
    const state = open(from)
    const solved = solveAll(from, state)
    state.release()
    return solved
  })
  assert.ok(maxDifference(frames!, others!) < 1e-6)
  const work = alone!.beginTogether([open(alone!), open(alone!)])
  work.step()
  assert.throws(() => work.step(), /for utterances alone was given several/)
  work.abort()
  withLengths!.release()
  alone!.release()
})
