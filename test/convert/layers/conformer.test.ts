import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { Weights } from '../../../src/convert/checkpoint/weights.ts'
import { blockNorm, outerNorm } from '../../../src/convert/layers/conformer.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { sourceOf } from '../../../src/core/tensor-source.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'

it('norms inside a block keep rows of one thousandth apart, the outer norm does not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-conformer-'))
  const ones = sourceOf(Float32Array.of(1, 1), [2])
  const zeros = sourceOf(Float32Array.of(0, 0), [2])
  const weights = new Weights(
    'test',
    new Map([
      ['n.weight', ones],
      ['n.bias', zeros],
    ]),
  )
  const file = new WeightFile(join(folder, 'norms.data'))
  const g = new GraphBuilder('norms', file)
  const x = g.input('x', 'float32', [1, 2])
  const author = { g, weights, dtype: 'float32' } as const
  g.output('inner', blockNorm(author, x, 'n'), [1, 2])
  g.output('outer', outerNorm(author, x, 'n'), [1, 2])
  await g.save(join(folder, 'norms.onnx'))
  await file.write()
  const runtime = await openRuntime()
  const session = await runtime.load(join(folder, 'norms.onnx'), { intraOpThreads: 1 })
  const input = hostTensor(runtime, 'float32', Float32Array.of(1e-3, -1e-3), [1, 2])
  const { inner, outer } = session.fetch({ x: input }, ['inner', 'outer'])
  // Variance 1e-6: ε = 1e-12 disappears beside it, ε = 1e-5 outweighs it.
  assert.ok(Math.abs(Number(inner!.data[0]) - 1) < 1e-5)
  assert.ok(Math.abs(Number(outer!.data[0]) - 1e-3 / Math.sqrt(1e-6 + 1e-5)) < 1e-5)
  input.release()
  session.release()
  await rm(folder, { recursive: true, force: true })
})
