import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { OpenFiles } from '../../../src/convert/checkpoint/open-files.ts'
import type { DitFlowParameters } from '../../../src/core/hyper-parameters.ts'
import { weightSet } from '../../../src/core/weight-set.ts'
import { flowNoise } from '../../../src/engine/flow/flow-noise.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import type { Runtime, RuntimeTensor, Session } from '../../../src/engine/runtime/runtime.ts'
import { readCosyVoice3 } from '../../../src/families/cosyvoice3/checkpoint.ts'
import { buildCosyVoice3Parts } from '../../../src/families/cosyvoice3/model-parts.ts'
import { GraphTensors } from '../../helpers/graph-tensors.ts'
import { goldenFloats, goldenInts, maxDifference, transposedRows } from '../../helpers/npy.ts'
import { goldenDir3 } from '../../helpers/paths.ts'

const MELS = 80
const golden = (name: string) => goldenFloats(`flow/${name}`, goldenDir3).data
const mel = (name: string) => transposedRows(golden(name), MELS)
const prompt = [...goldenInts('flow/prompt_token', goldenDir3).data]
const reply = [...goldenInts('flow/token', goldenDir3).data]
const noise = flowNoise(MELS)

let folder: string
let runtime: Runtime
let hyper: DitFlowParameters
let encoder: Session
let estimator: Session
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-solve3-'))
  runtime = await openRuntime()
  const files = new OpenFiles(goldenDir3)
  const checkpoint = await readCosyVoice3(files)
  const { parts } = buildCosyVoice3Parts(checkpoint, folder, weightSet('fp32'))
  assert.deepEqual(checkpoint.llm.unused(), [])
  assert.deepEqual(checkpoint.flow.unused(), [])
  assert.deepEqual(checkpoint.hift.unused(), [])
  for (const { graphs, weights } of parts) {
    for (const { path, graph } of graphs) await graph.save(path)
    await weights.write()
  }
  await files.close()
  hyper = checkpoint.parameters.flow
  encoder = await runtime.load(join(folder, 'flow-encoder.onnx'), { intraOpThreads: 1 })
  estimator = await runtime.load(join(folder, 'flow-estimator.onnx'), { intraOpThreads: 1 })
})
after(async () => {
  encoder?.release()
  estimator?.release()
  await rm(folder, { recursive: true, force: true })
})

/**
 * Mel of all `tokens`, prompt included, in runs that end at the token counts `cuts`. Tokens beyond the last cut are
 * look-ahead.
 */
function solve(tokens: readonly number[], promptMel: Float32Array, cuts: readonly number[]): Float32Array {
  const tensors = new GraphTensors(runtime)
  const { width, lookaheadWidth, spkDim, preLookahead, convTaps, blocks, heads, headDim, eulerSteps } = hyper
  const total = cuts.at(-1)! * 2
  const inner = 2 * heads * headDim
  const caches = Array.from({ length: eulerSteps }, () =>
    Array.from({ length: 2 * blocks }, () => new Float32Array(total * inner)),
  )
  const contexts = Array.from({ length: eulerSteps }, () => new Float32Array(4 * width * (convTaps - 1)))
  let ahead = new Float32Array(2 * lookaheadWidth)
  const out = new Float32Array(total * MELS)
  let from = 0
  for (const to of cuts) {
    const count = to - from
    const ids = tokens.slice(from, to + preLookahead)
    const known = ids.length
    while (ids.length < count + preLookahead) ids.push(-1)
    const frames = 2 * count
    const shown = new Float32Array(frames * MELS)
    shown.set(promptMel.subarray(2 * from * MELS, 2 * to * MELS))
    const coded = encoder.fetch(
      {
        tokens: tensors.of(BigInt64Array.from(ids, BigInt), [1, ids.length]),
        known: tensors.counts(known),
        embedding: tensors.of(golden('embedding'), [1, spkDim]),
        prompt: tensors.of(shown, [1, frames, MELS]),
        token_context: tensors.of(ahead, [1, 2, lookaheadWidth]),
      },
      ['guide', 'token_context_next'],
    )
    ahead = (coded.token_context_next!.data as Float32Array).slice()
    let x = noise.slice(2 * from * MELS, 2 * to * MELS)
    for (let step = 0; step < eulerSteps; step++) {
      const next = new Float32Array(x.length)
      const feeds: Record<string, RuntimeTensor> = {
        x: tensors.of(x, [1, frames, MELS]),
        guide: tensors.of(coded.guide!.data, [1, 2 * frames, width]),
        step: tensors.of(BigInt64Array.of(BigInt(step)), []),
        past: tensors.counts(2 * from),
        valid: tensors.counts(2 * to),
        context: tensors.of(contexts[step]!, [1, 4 * width, convTaps - 1]),
      }
      const results: Record<string, RuntimeTensor> = {
        x_next: tensors.of(next, [1, frames, MELS]),
        context_next: tensors.of(contexts[step]!, [1, 4 * width, convTaps - 1]),
      }
      for (let layer = 0; layer < blocks; layer++)
        for (const [part, name] of ['keys', 'values'].entries()) {
          const cache = caches[step]![2 * layer + part]!.subarray(0, 2 * to * inner)
          const tensor = tensors.of(cache, [1, 2 * to, inner])
          feeds[`${name}.${layer}`] = tensor
          results[`${name}_next.${layer}`] = tensor
        }
      const binding = estimator.bind(feeds, results)
      binding.run()
      binding.release()
      x = next
    }
    out.set(x, 2 * from * MELS)
    from = to
  }
  tensors.release()
  return out
}

const promptMel = goldenFloats('flow/prompt_feat', goldenDir3).data
const replyOf = (all: Float32Array) => all.subarray(2 * prompt.length * MELS)
const blockCuts = (count: number) => {
  const cuts = Array.from({ length: Math.floor(count / 25) }, (_, i) => 25 * (i + 1))
  return count % 25 === 0 ? cuts : [...cuts, count]
}

describe('the flow solved in ten Euler steps', () => {
  const all = [...prompt, ...reply]

  it('over the whole with full attention is the reference', () => {
    const worst = maxDifference(replyOf(solve(all, promptMel, [all.length])), mel('mel_a'))
    assert.ok(worst < 1e-3, `${worst}`)
  })

  it('block by block is the reference under the block mask', () => {
    const worst = maxDifference(replyOf(solve(all, promptMel, blockCuts(all.length))), mel('mel_b'))
    assert.ok(worst < 1e-4, `${worst}`)
  })

  for (const kept of [50, 75, 100, 125, 150])
    it(`up to ${kept} tokens is the reference's open chunk`, () => {
      const tokens = all.slice(0, kept + hyper.preLookahead)
      const worst = maxDifference(replyOf(solve(tokens, promptMel, blockCuts(kept))), mel(`mel_c_${kept}`))
      assert.ok(worst < 1e-4, `${worst}`)
    })

  it('ends inside a block', () => {
    const tokens = [...prompt, ...reply.slice(0, 80)]
    const worst = maxDifference(replyOf(solve(tokens, promptMel, blockCuts(tokens.length))), mel('mel_d_80'))
    assert.ok(worst < 1e-4, `${worst}`)
  })

  it('works without a prompt', () => {
    const none = new Float32Array(0)
    assert.ok(maxDifference(solve(reply.slice(0, 30), none, [30]), mel('mel_noprompt')) < 1e-3)
    const stream = solve(reply.slice(0, 60), none, blockCuts(60))
    assert.ok(maxDifference(stream, mel('mel_noprompt_stream')) < 1e-4)
  })
})
