import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readOnnxInputs } from '../../../src/convert/checkpoint/onnx-inputs.ts'
import { TtsError } from '../../../src/core/errors.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { goldenDir } from '../../helpers/paths.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const golden = (name: string) => new Uint8Array(readFileSync(join(goldenDir, name)))

test("the golden graphs' inputs have the names and shapes that their README gives", async () => {
  assert.deepEqual(await readOnnxInputs(new MemoryBytes(golden('speech_tokenizer_v2.onnx'))), [
    { name: 'feats', dims: [1, 128, -1] },
    { name: 'feats_length', dims: [1] },
  ])
  assert.deepEqual(await readOnnxInputs(new MemoryBytes(golden('campplus.onnx'))), [
    { name: 'input', dims: [-1, -1, 80] },
  ])
})

test('weights are stepped over, not read', async () => {
  const bytes = new MemoryBytes(golden('campplus.onnx'))
  await readOnnxInputs(bytes)
  assert.ok(bytes.bytesRead < bytes.size / 5, `${bytes.bytesRead} of ${bytes.size} bytes`)
})

test('an empty file, other bytes and a graph without inputs are refused', async () => {
  for (const bytes of [[], [0xff, 0xff], [0x3a, 0x05, 0x0a], [0x3a, 0x00], [0x08, 0x0a]]) {
    await assert.rejects(readOnnxInputs(new MemoryBytes(Uint8Array.from(bytes))), { code: 'BAD_CHECKPOINT' })
  }
})

test('a field that claims more bytes than its message has is refused', async () => {
  const claims = Uint8Array.from([0x3a, 0x03, 0x5a, 0x7f, 0x00])
  await assert.rejects(readOnnxInputs(new MemoryBytes(claims)), { detail: /a field that ends by byte 5/ })
})

test('changed bytes are read or refused, never anything else', async () => {
  const original = golden('campplus.onnx')
  const random = new SeededRandom(5)
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from(original)
    for (let flips = 0; flips < 6; flips++) bytes[random.below(bytes.length)] = random.below(256)
    for (let flips = 0; flips < 6; flips++) bytes[bytes.length - 1 - random.below(600)] = random.below(256)
    const outcome = await readOnnxInputs(new MemoryBytes(bytes)).catch((error: unknown) => error)
    if (outcome instanceof Error) {
      assert.ok(outcome instanceof TtsError && outcome.code === 'BAD_CHECKPOINT', outcome.stack)
    }
  }
})
