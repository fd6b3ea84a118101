import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { readFloat32 } from '../../../src/core/tensor-source.ts'
import { DistanceTables } from '../../../src/engine/flow/distance-tables.ts'
import { type FlowDims, flowDims } from '../../../src/engine/flow/flow-dims.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import type { Runtime, RuntimeTensor, Session } from '../../../src/engine/runtime/runtime.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { goldenFloats, maxDifference } from '../../helpers/npy.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'
import {
  convertTinyFlow,
  goldenReply,
  goldenVoice,
  type OpenCosyVoice2,
  openTinyCheckpoint,
} from '../../helpers/tiny-flow.ts'

/** The issue asks for 2e-4; single precision gives 5e-6. */
const TOLERANCE = 5e-5
const TOKENS = [...goldenVoice.speechTokens, ...goldenReply]

let folder: string
let checkpoint: OpenCosyVoice2
let runtime: Runtime
let encoder: Session
let distanceSession: Session
let distances: DistanceTables
let dims: FlowDims

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-encoder-'))
  runtime = await openRuntime()
  checkpoint = await openTinyCheckpoint()
  const paths = await convertTinyFlow(checkpoint, folder, { masked: true })
  encoder = await runtime.load(paths.encoder, { intraOpThreads: 1 })
  distanceSession = await runtime.load(paths.distances, { intraOpThreads: 1 })
  const estimator = await runtime.load(paths.estimator, { intraOpThreads: 1 })
  dims = flowDims(checkpoint.parameters.flow, encoder, estimator, 10)
  distances = new DistanceTables(runtime, runtime.memory(), distanceSession, dims, 160)
  estimator.release()
})
after(async () => {
  distances.release()
  distanceSession.release()
  encoder.release()
  await checkpoint.close()
  await rm(folder, { recursive: true, force: true })
})

/** `[rows, rows]`: which row may attend to which, where blocks of `block` rows see themselves and what is before them. */
function blockMask(rows: number, block: number): Uint8Array {
  return Uint8Array.from({ length: rows * rows }, (_, i) => {
    const [query, key] = [Math.floor(i / rows), i % rows]
    return key < (Math.floor(query / block) + 1) * block ? 1 : 0
  })
}

/** One run over a whole utterance of `fresh` tokens, of which `known` are real with the look-ahead. */
function encode(fresh: number, known: number, blocks: boolean): { mu: Float32Array; speaker: Float32Array } {
  const frames = 2 * fresh
  const tensors: RuntimeTensor[] = []
  const tensor = (data: Float32Array | BigInt64Array | Uint8Array, dims: number[]) => {
    const dtype = data instanceof Float32Array ? 'float32' : data instanceof Uint8Array ? 'bool' : 'int64'
    const made = hostTensor(runtime, dtype, data, dims)
    tensors.push(made)
    return made
  }
  const count = (value: number) => tensor(BigInt64Array.of(BigInt(value)), [1])
  const zeros = (...dims: number[]) => tensor(new Float32Array(dims.reduce((a, b) => a * b)), dims)
  const ids = TOKENS.slice(0, fresh + 3)
  while (ids.length < fresh + 3) ids.push(7)
  const [tokenTable, frameTable] = [distances.tokens(fresh, fresh), distances.frames(frames, frames)]
  const caches = ['keys', 'values'].flatMap((name) =>
    Array.from({ length: 6 }, (_, i) => [`${name}.${i}`, zeros(1, i < 2 ? fresh : frames, 64)] as const),
  )
  const inputs = {
    tokens: tensor(BigInt64Array.from(ids, BigInt), [1, ids.length]),
    known: count(known),
    token_past: count(0),
    token_valid: count(fresh),
    frame_past: count(0),
    frame_valid: count(frames),
    token_context: zeros(1, 2, 128),
    frame_context: zeros(1, 2, 240),
    embedding: tensor(goldenVoice.embedding, [1, 192]),
    prompt: zeros(1, frames, 80),
    token_mask: tensor(blockMask(fresh, blocks ? 25 : fresh), [fresh, fresh]),
    frame_mask: tensor(blockMask(frames, blocks ? 50 : frames), [frames, frames]),
    token_zero: tokenTable.zeroRow,
    frame_zero: frameTable.zeroRow,
    ...Object.fromEntries([...tokenTable.tensors, ...frameTable.tensors, ...caches]),
  }
  try {
    const { mu, speaker } = encoder.fetch(inputs, ['mu', 'speaker'])
    return { mu: mu!.data as Float32Array, speaker: speaker!.data as Float32Array }
  } finally {
    for (const one of tensors) one.release()
  }
}

it('the token embedding is the table of the checkpoint', async () => {
  const table = await readFloat32(checkpoint.flow.take('input_embedding.weight', [486, 64]))
  const rows = TOKENS.slice(30, 50).flatMap((id) => [...table.subarray(id * 64, (id + 1) * 64)])
  assert.deepEqual(Float32Array.from(rows), goldenFloats('flow/input_embedding').data)
})

it('mu of a whole utterance, with a zero look-ahead at its end', () => {
  const { mu, speaker } = encode(155, 155, false)
  assert.ok(maxDifference(mu, goldenFloats('flow/mu_full_final').data) < TOLERANCE)
  assert.ok(maxDifference(speaker, goldenFloats('flow/spks').data) < 1e-6)
})

it('mu of a whole utterance whose last tokens are only looked at', () => {
  assert.ok(maxDifference(encode(152, 155, false).mu, goldenFloats('flow/mu_full_ctx').data) < TOLERANCE)
})

it('mu in blocks, both ends', () => {
  assert.ok(maxDifference(encode(155, 155, true).mu, goldenFloats('flow/mu_stream_final').data) < TOLERANCE)
  assert.ok(maxDifference(encode(152, 155, true).mu, goldenFloats('flow/mu_stream_ctx').data) < TOLERANCE)
})

it('several requests in one run give what each gives alone', async () => {
  // Another graph: without masks, as it is used.
  const paths = await convertTinyFlow(checkpoint, join(folder, 'batch'))
  const session = await runtime.load(paths.encoder, { intraOpThreads: 1 })
  const tables = new DistanceTables(runtime, runtime.memory(), distanceSession, dims, 110)
  const random = new SeededRandom(9)
  const noise = (count: number) => Float32Array.from({ length: count }, () => random.next() * 2 - 1)
  const requests = [75, 0, 25].map((past, i) => ({
    past,
    tokens: TOKENS.slice(20 * i, 20 * i + 28),
    known: [28, 26, 28][i]!,
    tokenContext: noise(2 * 128),
    frameContext: noise(2 * 240),
    embedding: noise(192),
    prompt: noise(50 * 80),
    caches: Array.from({ length: 12 }, (_, cache) => noise((cache % 6 < 2 ? past : 2 * past) * 64)),
  }))
  const run = (members: typeof requests, capacity: number) => {
    const tensors: RuntimeTensor[] = []
    const keep = (tensor: RuntimeTensor) => {
      tensors.push(tensor)
      return tensor
    }
    const floats = (part: (one: (typeof requests)[number]) => Float32Array, dims: number[]) => {
      const size = dims.reduce((product, dim) => product * dim)
      const all = new Float32Array(members.length * size)
      for (const [i, one] of members.entries()) all.set(part(one), i * size)
      return keep(hostTensor(runtime, 'float32', all, [members.length, ...dims]))
    }
    const counts = (part: (one: (typeof requests)[number]) => number) =>
      keep(
        hostTensor(
          runtime,
          'int64',
          BigInt64Array.from(members, (one) => BigInt(part(one))),
          [members.length],
        ),
      )
    const ids = BigInt64Array.from(
      members.flatMap(({ tokens }) => tokens),
      BigInt,
    )
    const [tokenTable, frameTable] = [tables.tokens(25, capacity), tables.frames(50, 2 * capacity)]
    const caches = ['keys', 'values'].flatMap((name, part) =>
      Array.from({ length: 6 }, (_, block) => {
        const rows = block < 2 ? capacity : 2 * capacity
        return [`${name}.${block}`, floats((one) => one.caches[6 * part + block]!, [rows, 64])] as const
      }),
    )
    const inputs = {
      tokens: keep(hostTensor(runtime, 'int64', ids, [members.length, 28])),
      known: counts(({ known }) => known),
      token_past: counts(({ past }) => past),
      token_valid: counts(({ past }) => past + 25),
      frame_past: counts(({ past }) => 2 * past),
      frame_valid: counts(({ past }) => 2 * past + 50),
      token_context: floats((one) => one.tokenContext, [2, 128]),
      frame_context: floats((one) => one.frameContext, [2, 240]),
      embedding: floats((one) => one.embedding, [192]),
      prompt: floats((one) => one.prompt, [50, 80]),
      token_zero: tokenTable.zeroRow,
      frame_zero: frameTable.zeroRow,
      ...Object.fromEntries([...tokenTable.tensors, ...frameTable.tensors, ...caches]),
    }
    const out = session.fetch(inputs, ['mu', 'guide_conv', 'token_context_next'])
    for (const tensor of tensors) tensor.release()
    return Object.values(out).map(({ data }) => data as Float32Array)
  }
  const together = run(requests, 110)
  for (const [i, one] of requests.entries())
    for (const [output, alone] of run([one], one.past + 25).entries()) {
      const mine = together[output]!.subarray(i * alone.length, (i + 1) * alone.length)
      assert.ok(maxDifference(mine, alone) < 2e-5, `request ${i}, output ${output}`)
    }
  tables.release()
  session.release()
})
