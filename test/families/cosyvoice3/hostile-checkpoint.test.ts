/** CosyVoice3 folders with a fault: each is refused by file and key, with what was expected and what is there. */
import assert from 'node:assert/strict'
import { rm, truncate, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, it } from 'node:test'
import { convert } from '../../../src/convert/convert.ts'
import { readBundle } from '../../../src/core/bundle.ts'
import { toFloat32 } from '../../../src/core/dtype.ts'
import { openLlm } from '../../../src/engine/bundle-models.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { CheckpointCopy, inType, renamed, type StoredTensor } from '../../helpers/checkpoint-copy.ts'
import { goldenDir, goldenDir3 } from '../../helpers/paths.ts'

let copy: CheckpointCopy
beforeEach(async () => {
  copy = await CheckpointCopy.make(goldenDir3)
})
afterEach(() => copy.remove())

const refused = (message: RegExp, detail: RegExp) =>
  assert.rejects(convert(copy.folder, copy.path('bundle')), (error: Error & Record<string, string>) => {
    assert.equal(error.code, 'BAD_CHECKPOINT', error.stack)
    assert.match(error.message, message)
    assert.match(error.detail!, detail)
    return true
  })

it('a folder without one of its parts', async () => {
  for (const name of ['llm.pt', 'flow.pt', 'hift.pt', 'speech_tokenizer_v3.onnx', 'campplus.onnx']) {
    const broken = await CheckpointCopy.make(goldenDir3)
    await rm(broken.path(name))
    await assert.rejects(
      convert(broken.folder, broken.path('bundle')),
      (error: Error & { detail: string }) => {
        assert.match(`${error.message}: ${error.detail}`, new RegExp(name.replace('.', '\\.')))
        return true
      },
    )
    await broken.remove()
  }
})

for (const [part, key] of [
  ['llm', 'speech_embedding.weight'],
  ['llm', 'llm_decoder.weight'],
  ['flow', 'pre_lookahead_layer.conv2.bias'],
  ['flow', 'decoder.estimator.rotary_embed.inv_freq'],
  ['flow', 'decoder.estimator.transformer_blocks.2.attn_norm.linear.weight'],
  ['flow', 'decoder.estimator.norm_out.linear.bias'],
  ['hift', 'f0_predictor.condnet.0.parametrizations.weight.original1'],
  ['hift', 'source_resblocks.1.activations1.0.alpha'],
] as const) {
  it(`a folder whose ${part}.pt has no ${key}`, async () => {
    await copy.rewrite(`${part}.pt`, (stored) => renamed(stored, (k) => (k === key ? undefined : k)))
    await refused(new RegExp(`^${part}\\.pt`), /got/)
  })
}

/** The same bytes in another shape. */
const shaped = (tensor: StoredTensor, shape: readonly number[]): StoredTensor => ({ ...tensor, shape })

it('kernels of an up-sampling in the older order, input before output', async () => {
  const key = 'ups.0.parametrizations.weight.original1'
  await copy.rewrite('hift.pt', (stored) => {
    const [out, input, kernel] = stored.get(key)!.shape as [number, number, number]
    return stored.set(key, shaped(stored.get(key)!, [input, out, kernel]))
  })
  await refused(/^hift\.pt, key 'ups\.0/, /shape \[16, 32, 16\], got \[32, 16, 16\]/)
})

it('an input projection for three inputs instead of x, condition, mu and speaker', async () => {
  const key = 'decoder.estimator.input_embed.proj.weight'
  await copy.rewrite('flow.pt', (stored) => {
    const { dtype, bytes, shape } = stored.get(key)!
    const columns = (shape[1]! / 4) * 3
    return stored.set(key, {
      dtype,
      shape: [shape[0]!, columns],
      bytes: bytes.slice(0, (bytes.length / 4) * 3),
    })
  })
  await refused(/^flow\.pt, key 'decoder\.estimator\.input_embed\.proj\.weight'$/, /320.*240/)
})

it('a head of fewer rows than its speech table', async () => {
  await copy.rewrite('llm.pt', (stored) => {
    const { dtype, bytes, shape } = stored.get('llm_decoder.weight')!
    const rows = shape[0]! - 197
    const cut = bytes.slice(0, (bytes.length / shape[0]!) * rows)
    return stored.set('llm_decoder.weight', { dtype, shape: [rows, shape[1]!], bytes: cut })
  })
  await refused(/^llm\.pt, key 'speech_embedding\.weight'$/, /503.*700/)
})

it('files that are cut, empty or something else', async () => {
  await truncate(copy.path('flow.pt'), 100_000)
  await refused(/^flow\.pt/, /got/)
  await writeFile(copy.path('flow.pt'), '')
  await refused(/^flow\.pt/, /got/)
  await writeFile(copy.path('flow.pt'), Buffer.alloc(5000, 7))
  await refused(/^flow\.pt/, /got/)
})

it('settings of the older family over these weights, and the reverse', async () => {
  await rm(copy.path('cosyvoice3.yaml'))
  const older = await CheckpointCopy.make(goldenDir)
  await copy.edit('CosyVoice-BlankEN/config.json', /$/, ' ')
  const { readFile } = await import('node:fs/promises')
  await writeFile(copy.path('cosyvoice2.yaml'), await readFile(older.path('cosyvoice2.yaml')))
  await refused(/./, /got/)
  await writeFile(older.path('cosyvoice3.yaml'), await readFile(`${goldenDir3}/cosyvoice3.yaml`))
  await rm(older.path('cosyvoice2.yaml'))
  await assert.rejects(convert(older.folder, older.path('bundle')), { code: 'BAD_CHECKPOINT' })
  await older.remove()
})

for (const [key, shape] of [
  ['llm_decoder.bias', [700]],
  ['llm_embedding.weight', [2, 64]],
] as const) {
  it(`a language model with ${key}, which the older family has`, async () => {
    await copy.rewrite('llm.pt', (stored) => {
      const bytes = new Uint8Array(shape.reduce((product: number, dim) => product * dim, 4)).fill(0x40)
      return stored.set(key, { dtype: 'float32', shape, bytes })
    })
    await refused(new RegExp(`^llm\\.pt, key '${key.replace('.', '\\.')}'$`), /no such key, got one/)
  })
}

it('mixed types of weights convert, and say what the same numbers in one type say', async () => {
  const types = ['float32', 'bfloat16', 'float16'] as const
  const mixed = (stored: Map<string, StoredTensor>) =>
    new Map([...stored].map(([key, tensor], i) => [key, inType(tensor, types[i % 3]!)] as const))
  for (const part of ['llm.pt', 'flow.pt', 'hift.pt']) await copy.rewrite(part, mixed)
  await convert(copy.folder, copy.path('mixed'))
  for (const part of ['llm.pt', 'flow.pt', 'hift.pt'])
    await copy.rewrite(part, (stored) => {
      const same = [...stored].map(([key, tensor]) => {
        const values = toFloat32(tensor.dtype, tensor.bytes)
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
        return [key, { dtype: 'float32', shape: tensor.shape, bytes }] as const
      })
      return new Map(same)
    })
  await convert(copy.folder, copy.path('plain'))
  const runtime = await openRuntime()
  const logits: Float32Array[] = []
  const hashes: string[][] = []
  for (const name of ['mixed', 'plain']) {
    const bundle = await readBundle(copy.path(name))
    hashes.push(
      bundle.manifest.files.filter((file) => file.name.endsWith('.data')).map(({ sha256 }) => sha256),
    )
    const llm = await openLlm(runtime, bundle, { rows: 1, capacity: 64 }, { intraOpThreads: 1 })
    logits.push(llm.prefill(llm.pool.take(), [3060, 5, 6, 3062]).slice())
    llm.release()
  }
  assert.deepEqual(logits[0], logits[1])
  assert.deepEqual(hashes[0], hashes[1])
})
