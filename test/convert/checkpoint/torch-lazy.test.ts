/** Reading as little as possible: what opening costs, and what one tensor costs. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTorch } from '../../../src/convert/checkpoint/torch.ts'
import { byteLength } from '../../../src/core/dtype.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { goldenDir } from '../../helpers/paths.ts'

test('opening a checkpoint reads its directory and pickle, not its tensors', async () => {
  const bytes = new MemoryBytes(new Uint8Array(readFileSync(join(goldenDir, 'flow.pt'))), 'flow.pt')
  const { tensors } = await readTorch(bytes)
  let stored = 0
  for (const { dtype, shape } of tensors.values()) stored += byteLength(dtype, shape)
  assert.ok(stored > 3.5e6, 'the file holds far more than its directory')
  // Directory and pickle take about 1 % of this file; the tail searched for the directory is 64 KiB.
  assert.ok(bytes.bytesRead < 64 * 1024 + 120_000, `opening read ${bytes.bytesRead} bytes`)
})

test('a tensor costs one read of exactly its bytes, and its header', async () => {
  const bytes = new MemoryBytes(new Uint8Array(readFileSync(join(goldenDir, 'flow.pt'))), 'flow.pt')
  const { tensors } = await readTorch(bytes)
  const tensor = tensors.get('encoder_proj.weight')!
  bytes.reads.length = 0
  await tensor.read()
  const size = byteLength(tensor.dtype, tensor.shape)
  assert.deepEqual(
    bytes.reads.map(({ length }) => length).filter((length) => length >= size),
    [size],
  )
  assert.ok(bytes.bytesRead - size < 300, `header cost ${bytes.bytesRead - size} bytes`)
})

test('a view reads from its first element to its last, not the whole storage', async () => {
  const path = join(goldenDir, 'pickle-variants', 'shared.pt')
  const bytes = new MemoryBytes(new Uint8Array(readFileSync(path)), 'shared.pt')
  const { tensors } = await readTorch(bytes)
  bytes.reads.length = 0
  await tensors.get('tail')!.read()
  assert.equal(bytes.reads.at(-1)!.length, 3 * 3 * 4)
})
