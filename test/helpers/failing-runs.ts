/** Work on runs that fail, is given up, and is made again: what comes of it must be what comes without. */
import assert from 'node:assert/strict'
import { concatFloats } from '../../src/core/float-arrays.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import type { VocoderStream } from '../../src/engine/vocoder/vocoder-net.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { SeededRandom } from './seeded-random.ts'
import { type ShakyRuntime, succeeds } from './shaky-runtime.ts'

/** Frames of all blocks of a state. Some runs fail, and some blocks are given up and begun again. */
export function solveShakily(runner: FlowRunner, state: FlowState, shaky: ShakyRuntime): Float32Array {
  const frames: number[] = []
  const random = new SeededRandom(5)
  let failed = 0
  shaky.failing = () => random.next() < 0.3
  for (let work = runner.begin(state); work !== undefined; work = runner.begin(state)) {
    if (random.next() < 0.4) {
      for (let runs = random.below(work.runsLeft); runs > 0; runs--) succeeds(() => work.step())
      work.abort()
      continue
    }
    while (work.runsLeft > 0) {
      const left: number = work.runsLeft
      if (!succeeds(() => work.step())) {
        failed++
        assert.equal(work.runsLeft, left)
      }
    }
    frames.push(...work.commit()[0]!)
  }
  shaky.failing = () => false
  assert(failed > 5, `only ${failed} runs failed`)
  return Float32Array.from(frames)
}

/** Samples of all pieces of mel. Before each, work on it is begun and given up, where `fails` with a failed run. */
export function pushShakily(
  vocoder: VocoderRunner,
  stream: VocoderStream,
  pieces: readonly Float32Array[],
  shaky: ShakyRuntime,
  fails: () => boolean = () => true,
): Float32Array {
  const made: Float32Array[] = []
  let failed = 0
  for (const [i, mel] of pieces.entries()) {
    const request = { stream, mel, ended: i === pieces.length - 1 }
    const doomed = vocoder.begin(request)
    assert.throws(() => vocoder.begin(request), /one run of a vocoder stream at a time/)
    if (fails() && doomed.runsLeft > 0) {
      doomed.step()
      shaky.failing = () => true
      assert.throws(() => doomed.step(), /a run failed/)
      shaky.failing = () => false
      failed++
    }
    doomed.abort()
    made.push(vocoder.push(stream, mel, { ended: request.ended }))
  }
  assert.ok(failed > 0, 'no run failed')
  return concatFloats(made)
}

/** A runtime in which no tensor can be made once `isFull`. */
export function fullRuntime(runtime: Runtime): { readonly runtime: Runtime; isFull: boolean } {
  const full = {
    runtime: {
      ...runtime,
      tensor: (...args: Parameters<Runtime['tensor']>) => {
        if (full.isFull) throw new Error('no memory today')
        return runtime.tensor(...args)
      },
    },
    isFull: false,
  }
  return full
}
