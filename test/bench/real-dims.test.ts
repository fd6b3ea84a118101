/** The generator of random checkpoints writes what the reference would: same keys, same shapes, same settings. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { REAL_DIMENSIONS } from '../../bench/real-dims/dimensions.ts'
import { writeRandomCheckpoint } from '../../bench/real-dims/random-checkpoint.ts'
import { FileBytes } from '../../src/convert/checkpoint/byte-source.ts'
import {
  type ExpectedTensor,
  flowTensors,
  hiftTensors,
  llmTensors,
} from '../../src/convert/checkpoint/expected-tensors.ts'
import { readTorch } from '../../src/convert/checkpoint/torch.ts'
import { numElements } from '../../src/core/dtype.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { goldenDir } from '../helpers/paths.ts'

let folder = ''
let golden: Awaited<ReturnType<typeof openCosyVoice2>>

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-real-dims-'))
  golden = await openCosyVoice2(goldenDir)
})
after(async () => {
  await golden.close()
  await rm(folder, { recursive: true })
})

for (const part of ['llm', 'flow', 'hift'] as const) {
  test(`the layout of ${part}, given tiny-a's dimensions, is tiny-a's`, async () => {
    const { llm, flow, hift } = golden.parameters
    const layouts = {
      llm: () => llmTensors(llm),
      flow: () => flowTensors(flow),
      hift: () => hiftTensors(hift),
    }
    const shapes = (plan: readonly ExpectedTensor[]) =>
      plan.map(({ key, shape }) => `${key} [${shape}]`).sort()
    const bytes = await FileBytes.open(join(goldenDir, `${part}.pt`), `${part}.pt`)
    const stored = [...(await readTorch(bytes)).tensors].map(([key, { shape }]) => `${key} [${shape}]`).sort()
    await bytes.close()
    assert.deepEqual(shapes(layouts[part]()), stored)
  })
}

test("the real model's layout has the published number of parameters", () => {
  const parameters = (plan: readonly ExpectedTensor[]) =>
    plan
      .filter(({ sharedWith }) => sharedWith === undefined)
      .reduce((sum, { shape }) => sum + numElements(shape), 0)
  const millions = (plan: readonly ExpectedTensor[]) => Math.round(parameters(plan) / 1e6)
  // Qwen2-0.5B has 494 M, its speech head and embedding 12 M; flow.pt has 450 MB and hift.pt 83 MB, at 4 bytes each.
  assert.deepEqual(
    [
      millions(llmTensors(REAL_DIMENSIONS.llm)),
      millions(flowTensors(REAL_DIMENSIONS.flow)),
      millions(hiftTensors(REAL_DIMENSIONS.hift)),
    ],
    [506, 113, 21],
  )
})

test('a random checkpoint of changed dimensions opens, and its settings agree with its weights', async () => {
  const { llm, flow, hift } = golden.parameters
  const dimensions = {
    llm: {
      ...llm,
      hidden: 48,
      heads: 6,
      kvHeads: 3,
      headDim: 8,
      layers: 3,
      mlp: 96,
      speechTokenSize: 500,
      decoderRows: 503,
    },
    flow: {
      ...flow,
      vocab: 500,
      width: 96,
      heads: 6,
      encoderBlocks: 3,
      ffn: 72,
      channels: [48],
      nBlocks: 2,
      numMid: 3,
      estimatorHeads: 3,
      estimatorHeadDim: 8,
    },
    hift: { ...hift, channels: 64, f0Channels: 24 },
  }
  await writeRandomCheckpoint(folder, dimensions, goldenDir)
  const opened = await openCosyVoice2(folder)
  const { features, acoustic, ...parameters } = opened.parameters
  assert.equal(acoustic, 'unet')
  assert.deepEqual(parameters, dimensions)
  assert.deepEqual(features, golden.parameters.features)
  const embedding = await opened.llm.take('llm.model.model.embed_tokens.weight').read()
  assert.equal(embedding.length, llm.textVocab * 48 * 4)
  await opened.close()
})
