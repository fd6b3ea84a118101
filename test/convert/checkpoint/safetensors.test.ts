import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSafetensors } from '../../../src/convert/checkpoint/safetensors.ts'
import { TtsError } from '../../../src/core/errors.ts'
import { readFloat32 } from '../../../src/core/tensor-source.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { goldenDir } from '../../helpers/paths.ts'
import { safetensorsOf, withHeader } from '../../helpers/safetensors-writer.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const golden = new Uint8Array(readFileSync(join(goldenDir, 'CosyVoice-BlankEN', 'model.safetensors')))
const f32 = (shape: number[], data_offsets: number[]) => ({ dtype: 'F32', shape, data_offsets })

function refused(bytes: Uint8Array, detail: RegExp): Promise<void> {
  return assert.rejects(readSafetensors(new MemoryBytes(bytes, 'm.safetensors')), {
    code: 'BAD_CHECKPOINT',
    detail,
  })
}

test('a file of the reference gives its keys, types and shapes from the header alone', async () => {
  const bytes = new MemoryBytes(golden)
  const tensors = await readSafetensors(bytes)
  const headerEnd = 8 + Number(new DataView(golden.buffer).getBigUint64(0, true))
  assert.equal(bytes.bytesRead, headerEnd)
  assert.equal(tensors.size, 26)
  assert.deepEqual(tensors.get('model.embed_tokens.weight')!.shape, [2304, 64])
  assert.equal(tensors.get('model.norm.weight')!.dtype, 'bfloat16')
  assert.equal(tensors.has('__metadata__'), false)
})

test('a tensor costs one read of exactly its bytes, wherever it lies', async () => {
  const data = new Uint8Array(new Float32Array([1.5, -2, 3.25, 4]).buffer)
  const bytes = new MemoryBytes(safetensorsOf({ b: f32([2], [8, 16]), a: f32([2, 1], [0, 8]) }, data))
  const tensors = await readSafetensors(bytes)
  bytes.reads.length = 0
  assert.deepEqual([...(await readFloat32(tensors.get('b')!))], [3.25, 4])
  assert.deepEqual([...(await readFloat32(tensors.get('a')!))], [1.5, -2])
  assert.deepEqual(
    bytes.reads.map(({ length }) => length),
    [8, 8],
  )
})

test('scalars and empty tensors are tensors', async () => {
  const header = { scalar: f32([], [0, 4]), empty: f32([0, 3], [4, 4]) }
  const tensors = await readSafetensors(new MemoryBytes(safetensorsOf(header, new Uint8Array(4))))
  assert.equal((await tensors.get('scalar')!.read()).length, 4)
  assert.equal((await tensors.get('empty')!.read()).length, 0)
})

for (const [what, header, size, detail] of [
  ['a range past the end', { a: f32([4], [0, 16]) }, 8, /data up to byte 8 at most, got 16/],
  [
    'overlapping ranges',
    { a: f32([2], [0, 8]), b: f32([2], [4, 12]) },
    12,
    /from byte 8, got 4 \(an overlap\)/,
  ],
  ['one range twice', { a: f32([2], [0, 8]), b: f32([2], [0, 8]) }, 8, /an overlap/],
  ['a gap between ranges', { a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12, /from byte 4, got 8 \(a gap\)/],
  ['bytes that no tensor has', { a: f32([1], [0, 4]) }, 8, /4 bytes of data, got 8/],
  ['fewer bytes than its shape', { a: f32([4], [0, 8]) }, 8, /16 bytes for float32 \[4\], got 8/],
  ['offsets that run backwards', { a: f32([2], [8, 0]) }, 8, /8 bytes for float32 \[2\], got -8/],
  ['a negative offset', { a: f32([2], [-8, 0]) }, 8, /two offsets/],
  ['a fractional size', { a: f32([1.5], [0, 6]) }, 6, /a shape/],
  ['sizes that overflow', { a: f32([2 ** 52, 2 ** 52], [0, 8]) }, 8, /bytes for float32/],
  [
    'an unknown type',
    { a: { dtype: 'F8_E4M3', shape: [8], data_offsets: [0, 8] } },
    8,
    /dtype one of F64 .*F8_E4M3/,
  ],
  [
    'a type named after a property',
    { a: { dtype: 'toString', shape: [], data_offsets: [0, 8] } },
    8,
    /dtype one/,
  ],
  ['an entry that is no object', { a: 7 }, 0, /an object/],
] as const) {
  test(`${what} is refused`, () => refused(safetensorsOf(header, new Uint8Array(size)), detail))
}

test('a header length beyond the file or the cap is refused before it is read', async () => {
  await refused(withHeader(Buffer.from('{}'), new Uint8Array(0), 2 ** 40), /at most 2, got 1099511627776/)
  const big = new Uint8Array(20 * 2 ** 20)
  await refused(withHeader(Buffer.from('{}'), big, 18 * 2 ** 20), /at most 16777216/)
  await refused(new Uint8Array(7), /at least 8 bytes/)
})

test('a header that is no JSON, no object or no UTF-8 is refused', async () => {
  await refused(withHeader(Buffer.from('{"a":'), new Uint8Array(0)), /JSON/)
  await refused(withHeader(Buffer.from('[1]'), new Uint8Array(0)), /a JSON object/)
  await refused(withHeader(Buffer.from([0x22, 0xff, 0x22]), new Uint8Array(0)), /UTF-8 text/)
  await refused(withHeader(Buffer.alloc(1 << 20, '['), new Uint8Array(0)), /JSON/)
})

test('changed bytes of the header are read or refused, never anything else', async () => {
  const random = new SeededRandom(7)
  const headerEnd = 8 + Number(new DataView(golden.buffer).getBigUint64(0, true))
  const outcomes = { read: 0, refused: 0 }
  for (let round = 0; round < 1500; round++) {
    const bytes = Uint8Array.from(golden)
    for (let flips = 1 + random.below(4); flips > 0; flips--) {
      bytes[random.below(headerEnd)] = random.pick([0x22, 0x2c, 0x30, 0x39, 0x5d, 0x7d, random.below(256)])
    }
    const outcome = await readSafetensors(new MemoryBytes(bytes)).catch((error: unknown) => error)
    if (outcome instanceof Error) {
      assert.ok(outcome instanceof TtsError && outcome.code === 'BAD_CHECKPOINT', outcome.stack)
      outcomes.refused++
    } else outcomes.read++
  }
  assert.ok(outcomes.read > 0 && outcomes.refused > 0, JSON.stringify(outcomes))
})
