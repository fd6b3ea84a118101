import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTorch } from '../../../src/convert/checkpoint/torch.ts'
import { readFloat32 } from '../../../src/core/tensor-source.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { goldenDir } from '../../helpers/paths.ts'

interface ExpectedTensor {
  dtype: string
  shape: number[]
  first_values: number[]
  sha256_float32_le: string
}
type ExpectedValue = ExpectedTensor | { python: string; value: unknown }
interface ExpectedFile {
  note: string
  bytes: number
  must_fail?: boolean
  tensors?: Record<string, ExpectedValue>
}

const folder = join(goldenDir, 'pickle-variants')
const variants: Record<string, ExpectedFile> = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
const load = (name: string): MemoryBytes => new MemoryBytes(readFileSync(join(folder, name)), name)

/** What each refused file must be told; `legacy.pt` is readable to torch but refused here, with the way out. */
const REFUSALS: Record<string, RegExp> = {
  'hostile.pt': /only names that make tensors, got 'posix\.system' \(nothing was run\)/,
  'hostile_legacy.pt': /the format before PyTorch 1\.6/,
  'hostile_raw.pt': /a bare pickle \(nothing was run\)/,
  'truncated.pt': /a whole zip archive as torch\.save writes it/,
  'legacy.pt': /the format before PyTorch 1\.6: load and save it again there/,
}

for (const [name, expected] of Object.entries(variants)) {
  if (name in REFUSALS) {
    test(`${name} is refused with its reason (${expected.note})`, async () => {
      await assert.rejects(readTorch(load(name)), {
        code: 'BAD_CHECKPOINT',
        message: new RegExp(`^${name}`),
        detail: REFUSALS[name]!,
      })
    })
    continue
  }
  test(`${name} gives the expected keys, types and values (${expected.note})`, async () => {
    assert.ok(!expected.must_fail, 'a hostile file without an expected refusal')
    const bytes = load(name)
    assert.equal(bytes.size, expected.bytes)
    const { tensors, scalars } = await readTorch(bytes)
    const values = Object.entries(expected.tensors!)
    assert.deepEqual([...tensors.keys(), ...scalars.keys()].sort(), values.map(([key]) => key).sort())
    for (const [key, value] of values) {
      if ('python' in value) {
        assert.equal(scalars.get(key), value.value, key)
        continue
      }
      const tensor = tensors.get(key)!
      assert.equal(tensor.dtype, value.dtype, key)
      assert.deepEqual(tensor.shape, value.shape, key)
      const floats = await readFloat32(tensor)
      assert.deepEqual([...floats.subarray(0, value.first_values.length)], value.first_values, key)
      const digest = createHash('sha256').update(
        new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength),
      )
      assert.equal(digest.digest('hex'), value.sha256_float32_le, key)
    }
  })
}
