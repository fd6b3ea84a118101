/** A CosyVoice2 checkpoint folder, opened: its numbers, its stored voices, and state dicts however they were saved. */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Weights } from '../../../src/convert/checkpoint/weights.ts'
import { bfloat16ToFloat } from '../../../src/core/dtype.ts'
import { readFloat32 } from '../../../src/core/tensor-source.ts'
import { openCosyVoice2 } from '../../../src/families/cosyvoice2/checkpoint.ts'
import { CheckpointCopy, inType, renamed, type Stored } from '../../helpers/checkpoint-copy.ts'
import { goldenDir } from '../../helpers/paths.ts'
import { float32Safetensors } from '../../helpers/safetensors-writer.ts'

let copy: CheckpointCopy
beforeEach(async () => {
  copy = await CheckpointCopy.make()
})
afterEach(() => copy.remove())

async function refused(message: RegExp, detail: RegExp): Promise<void> {
  await assert.rejects(openCosyVoice2(copy.folder), { code: 'BAD_CHECKPOINT', message, detail })
}

async function weightOf(
  part: 'llm' | 'flow' | 'hift',
  key: string,
): Promise<{ dtype: string; values: Float32Array }> {
  const opened = await openCosyVoice2(copy.folder)
  const source = opened[part].take(key)
  const values = await readFloat32(source)
  await opened.close()
  return { dtype: source.dtype, values }
}

test('the reference folder opens with every number read from its files', async () => {
  const { parameters, llm, flow, hift, leftOut, close } = await openCosyVoice2(goldenDir)
  const { maxPositions, ...language } = parameters.llm
  assert.equal(maxPositions, 32768)
  assert.deepEqual(language, {
    hidden: 64,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 16,
    mlp: 160,
    textVocab: 2304,
    speechTokenSize: 486,
    decoderRows: 489,
    ropeTheta: 1e6,
    rmsEps: 1e-6,
    mixRatio: [5, 15],
    sampling: { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 },
  })
  assert.deepEqual(parameters.flow, {
    vocab: 486,
    width: 64,
    heads: 4,
    headDim: 16,
    ffn: 128,
    encoderBlocks: 2,
    upBlocks: 4,
    upsampleStride: 2,
    preLookahead: 3,
    chunkTokens: 25,
    mel: 80,
    spkDim: 192,
    channels: [64],
    nBlocks: 1,
    numMid: 2,
    estimatorHeads: 2,
    estimatorHeadDim: 32,
    cfgRate: 0.7,
    tScheduler: 'cosine',
    eulerSteps: 10,
    tokenMelRatio: 2,
  })
  const dilations = [
    [1, 3, 5],
    [1, 3, 5],
    [1, 3, 5],
  ]
  assert.deepEqual(parameters.hift, {
    mel: 80,
    channels: 32,
    upsampleRates: [8, 5, 3],
    upsampleKernels: [16, 11, 7],
    resblockKernels: [3, 7, 11],
    resblockDilations: dilations,
    sourceKernels: [7, 7, 11],
    sourceDilations: dilations,
    nFft: 16,
    hop: 4,
    harmonics: 8,
    nsfAlpha: 0.1,
    nsfSigma: 0.003,
    voicedThreshold: 10,
    lreluSlope: 0.1,
    audioLimit: 0.99,
    f0Channels: 32,
    sampleRate: 24000,
  })
  assert.deepEqual(parameters.features, {
    mel: { sampleRate: 24000, nFft: 1920, hop: 480, window: 1920, mels: 80, fMin: 0, fMax: 8000 },
    tokenizerMels: 128,
    fbankMels: 80,
    tokenRate: 25,
  })
  assert.deepEqual(
    [llm, flow, hift].map((weights: Weights) => weights.keys().length),
    [31, 249, 328],
  )
  assert.equal(leftOut.size, 0)
  await close()
})

test('stored voices come with their text, tokens and mel, trimmed to whole tokens', async () => {
  const { voices, tokenizer, close } = await openCosyVoice2(goldenDir)
  await close()
  const [zeroShot, sft] = voices
  assert.deepEqual(
    [zeroShot!.id, zeroShot!.kind, sft!.id, sft!.kind],
    ['zero_shot_spk', 'zero-shot', 'sft_spk', 'sft'],
  )
  assert.equal(tokenizer.decode(zeroShot!.textIds), 'The golden prompt is a short sentence.')
  assert.equal(zeroShot!.speechTokens.length, 77)
  assert.equal(zeroShot!.mel.length, 154 * 80)
  assert.equal(sft!.embedding.length, 192)
})

describe('one state dict, however it was saved', () => {
  test('half-precision weights arrive as float32', async () => {
    await copy.rewrite(
      'flow.pt',
      (s) => new Map([...s].map(([key, tensor]) => [key, inType(tensor, 'float16')])),
    )
    const { dtype, values } = await weightOf('flow', 'encoder_proj.bias')
    assert.equal(dtype, 'float32')
    assert.equal(values.length, 80)
  })

  test('one bfloat16 tensor among others arrives as float32 with its own values', async () => {
    const key = 'llm.model.model.embed_tokens.weight'
    let bits: Uint8Array | undefined
    await copy.rewrite('llm.pt', (stored) => {
      const tensor = inType(stored.get(key)!, 'bfloat16')
      bits = tensor.bytes
      return stored.set(key, tensor)
    })
    const { values } = await weightOf('llm', key)
    assert.equal(values[5], bfloat16ToFloat(new Uint16Array(bits!.buffer)[5]!))
  })

  test('a generator prefix is taken off, and a discriminator beside it is left out by name', async () => {
    await copy.rewrite('hift.pt', (stored) => {
      const prefixed = renamed(stored, (key) => `generator.${key}`)
      return prefixed.set('discriminator.conv.weight', stored.get('conv_pre.bias')!)
    })
    const opened = await openCosyVoice2(copy.folder)
    await opened.close()
    assert.ok(opened.hift.has('conv_pre.bias'))
    assert.deepEqual([...opened.leftOut], [['hift.pt', ['discriminator.conv.weight']]])
  })

  test('the older names of weight norm are the newer ones', async () => {
    const older = (key: string) =>
      key
        .replace('parametrizations.weight.original0', 'weight_g')
        .replace('parametrizations.weight.original1', 'weight_v')
    const before = await weightOf('hift', 'conv_pre.parametrizations.weight.original1')
    await copy.rewrite('hift.pt', (stored) => renamed(stored, older))
    assert.deepEqual(await weightOf('hift', 'conv_pre.parametrizations.weight.original1'), before)
  })

  test('a state dict inside a training checkpoint, and the prefix of a parallel run, are taken off', async () => {
    await copy.rewrite('flow.pt', (stored) => renamed(stored, (key) => `module.${key}`), 'state_dict')
    assert.equal((await weightOf('flow', 'encoder_proj.bias')).values.length, 80)
  })

  test('dicts that are no state dict are refused by their names', async () => {
    await copy.rewrite('flow.pt', (stored) => stored, 'ema')
    await refused(/^flow\.pt$/, /a dict of them under state_dict, .*got dicts ema/)
  })

  test("what llm.pt lacks comes from the language model's file, and without that is refused by key", async () => {
    const key = 'llm.model.model.layers.1.mlp.up_proj.weight'
    await copy.rewrite('llm.pt', (stored) => renamed(stored, (k) => (k === key ? undefined : k)))
    assert.equal((await weightOf('llm', key)).values.length, 160 * 64)
    await rm(copy.path('CosyVoice-BlankEN/model.safetensors'))
    await refused(/^llm\.pt, key 'llm\.model\.model\.layers\.1\.mlp\.up_proj\.weight'$/, /got no such key/)
  })

  test('a head that was saved instead of the embedding it is tied to stands in for it', async () => {
    const embedding = 'llm.model.model.embed_tokens.weight'
    const before = await weightOf('llm', embedding)
    await rm(copy.path('CosyVoice-BlankEN/model.safetensors'))
    await copy.rewrite('llm.pt', (stored) => renamed(stored, (key) => (key === embedding ? undefined : key)))
    assert.deepEqual(await weightOf('llm', embedding), before)
  })

  test('safetensors files stand in for .pt files', async () => {
    const before = await weightOf('flow', 'encoder_proj.weight')
    const stored = await copy.read('flow.pt')
    await writeFile(copy.path('flow.safetensors'), asSafetensors(stored))
    await rm(copy.path('flow.pt'))
    assert.deepEqual(await weightOf('flow', 'encoder_proj.weight'), before)
  })
})

function asSafetensors(stored: Stored): Uint8Array {
  return float32Safetensors(
    Object.fromEntries(
      [...stored].map(([key, { shape, bytes }]) => [key, { shape, values: new Float32Array(bytes.buffer) }]),
    ),
  )
}
