import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { decodeNpy } from '../../src/audio/npy.ts'
import { FileBytes } from '../../src/convert/checkpoint/byte-source.ts'
import { readTorch } from '../../src/convert/checkpoint/torch.ts'
import { Weights } from '../../src/convert/checkpoint/weights.ts'
import { buildFlow } from '../../src/convert/models/flow.ts'
import type { FlowHyperParameters } from '../../src/core/hyper-parameters.ts'
import { FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import { maxDifference, transposedRows } from '../helpers/npy.ts'
import { repoRoot } from '../helpers/paths.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { flowPaths, solveAll } from '../helpers/tiny-flow.ts'

const golden = join(repoRoot, 'test', 'golden', 'flow-other')
const hyper: FlowHyperParameters = {
  vocab: 60,
  width: 24,
  heads: 3,
  headDim: 8,
  ffn: 40,
  encoderBlocks: 1,
  upBlocks: 4,
  upsampleStride: 2,
  preLookahead: 3,
  chunkTokens: 25,
  mel: 80,
  spkDim: 20,
  channels: [16],
  nBlocks: 2,
  numMid: 1,
  estimatorHeads: 3,
  estimatorHeadDim: 8,
  cfgRate: 0.7,
  tScheduler: 'cosine',
  eulerSteps: 10,
  tokenMelRatio: 2,
}

async function array<T>(name: string): Promise<T> {
  return decodeNpy(await readFile(join(golden, `${name}.npy`)), name).data as T
}

it('a flow of other dimensions, no two alike, gives what the reference computes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-other-'))
  const file = await FileBytes.open(join(golden, 'flow.pt'), 'flow.pt')
  const weights = new Weights('flow.pt', (await readTorch(file)).tensors)
  const built = buildFlow(hyper, weights, folder)
  for (const { path, graph } of built.graphs) await graph.save(path)
  await built.weights.write()
  await file.close()
  const runner = await FlowRunner.load(
    await openStrictRuntime(),
    flowPaths(folder),
    hyper,
    { intraOpThreads: 1 },
    { solvers: ['euler10'] },
  )
  const voice = {
    speechTokens: await array<Int32Array>('prompt_token'),
    mel: await array<Float32Array>('prompt_mel'),
    embedding: await array<Float32Array>('embedding'),
  }
  const reply = await array<Int32Array>('token')
  const whole = finishWork(runner.whole(voice, reply))
  assert.ok(maxDifference(whole, transposedRows(await array<Float32Array>('mel_whole'), 80)) < 1e-4)
  const state = runner.open(voice, 100)
  state.push(reply)
  state.finish()
  const frames = solveAll(runner, state)
  assert.ok(maxDifference(frames, transposedRows(await array<Float32Array>('mel_stream'), 80)) < 1e-4)
  runner.release()
  await rm(folder, { recursive: true, force: true })
})
