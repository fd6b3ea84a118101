import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'

import { type FlowPaths, FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import {
  convertTinyFlow,
  goldenReply,
  goldenVoice,
  openTinyCheckpoint,
  solveAll,
} from '../helpers/tiny-flow.ts'

const SOLVERS = ['euler10', '2m-10', '2m-7', '2m-6', 'euler60']
let folder: string
let runners: Map<string, FlowRunner>

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-solvers-'))
  const runtime = await openStrictRuntime()
  const checkpoint = await openTinyCheckpoint()
  const paths: FlowPaths = await convertTinyFlow(checkpoint, folder, { solvers: SOLVERS })
  await checkpoint.close()
  const open = (solver: string) =>
    FlowRunner.load(
      runtime,
      paths,
      checkpoint.parameters.flow,
      { intraOpThreads: 1 },
      { solvers: SOLVERS, solver },
    )
  runners = new Map()
  for (const solver of SOLVERS) runners.set(solver, await open(solver))
  await assert.rejects(open('2m-9'), { code: 'BAD_CONFIG', detail: /expected euler10 or 2m-10.*got '2m-9'/ })
})
after(async () => {
  for (const runner of runners.values()) runner.release()
  await rm(folder, { recursive: true, force: true })
})

const whole = (solver: string) => finishWork(runners.get(solver)!.whole(goldenVoice, goldenReply))

it('with as many evaluations second order comes closer to the true solution, with seven as close', async () => {
  const truth = await whole('euler60')
  const rms = (mel: Float32Array) =>
    Math.sqrt(mel.reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0) / mel.length)
  const euler = rms(await whole('euler10'))
  const [ten, seven] = [rms(await whole('2m-10')), rms(await whole('2m-7'))]
  assert.ok(ten < 0.9 * euler, `2m-10 ${ten}, euler10 ${euler}`)
  assert.ok(seven < 1.1 * euler, `2m-7 ${seven}, euler10 ${euler}`)
})

it('with every solver a stream is the same bit for bit however its tokens come, and a block is the whole', async () => {
  const random = new SeededRandom(5)
  for (const solver of ['2m-7', '2m-6']) {
    const runner = runners.get(solver)!
    const speak = async (largest: number) => {
      const state = runner.open(goldenVoice, 200)
      const frames: number[] = []
      for (let at = 0; at < goldenReply.length; ) {
        const count = 1 + random.below(largest)
        state.push(goldenReply.subarray(at, at + count))
        at += count
        const work = runner.begin(state)
        if (work !== undefined) frames.push(...finishWork(work))
      }
      state.finish()
      frames.push(...solveAll(runner, state))
      state.release()
      return Float32Array.from(frames)
    }
    assert.deepEqual(await speak(60), await speak(4), solver)
    const voice = { ...goldenVoice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }
    const state = runner.open(voice, 25)
    state.push(goldenReply.subarray(0, 25))
    state.finish()
    const block = solveAll(runner, state)
    const all = finishWork(runner.whole(voice, goldenReply.subarray(0, 25)))
    assert.ok(maxDifference(block, all) < 1e-5, solver)
  }
})

it('an utterance’s state is a set of keys and values for each evaluation', () => {
  const bytes = (solver: string) => runners.get(solver)!.stateBytes(200)
  assert.ok(bytes('2m-7') < 0.75 * bytes('euler10'))
})
