/** The activation made for cards is the one for the CPU. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { elu } from '../../../src/convert/layers/elu.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'

it('both forms agree to a last bit, at zero and far from it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-elu-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const values = Float32Array.of(-200, -20, -1, -1e-3, -0, 0, 1e-3, 1, 20, 3e4)
  const runtime = await openRuntime()
  const outputs: Float32Array[] = []
  for (const forCards of [false, true]) {
    const g = new GraphBuilder('elu', new WeightFile(join(folder, 'none.data')))
    g.output('y', elu(g, g.input('x', 'float32', [values.length]), forCards), [values.length])
    assert.equal(Buffer.from(g.toBytes()).includes('Elu'), !forCards)
    const session = await runtime.load(g.toBytes(), { intraOpThreads: 1 })
    const x = hostTensor(runtime, 'float32', values, [values.length])
    outputs.push(session.fetch({ x }, ['y']).y!.data as Float32Array)
    session.release()
  }
  for (const [i, value] of outputs[0]!.entries())
    assert(Math.abs(value - outputs[1]![i]!) <= 1.2e-7, `${values[i]}`)
})
