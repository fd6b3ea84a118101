/**
 * Writes a checkpoint folder of given dimensions with random weights, never holding more than a few megabytes.
 *
 * Knows: what belongs into a folder. The tokenizer, the two small ONNX files and the stored voices are those of
 * `test/golden/tiny-a`, whose yaml is rewritten to the new numbers. Does not know: which dimensions are real
 * (`dimensions.ts`) or how a `.pt` file is laid out (`torch-file-writer.ts`).
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ExpectedTensor,
  flowTensors,
  hiftTensors,
  llmTensors,
} from '../../src/convert/checkpoint/expected-tensors.ts'
import { numElements } from '../../src/core/dtype.ts'
import type { ModelDimensions } from './dimensions.ts'
import { TorchFileWriter } from './torch-file-writer.ts'

const PIECE = 1 << 20
/** Standard deviation that keeps sums over a few thousand inputs near one. */
const DEVIATION = 0.02
const LANGUAGE_FOLDER = 'CosyVoice-BlankEN'
const COPIED = [
  'speech_tokenizer_v2.onnx',
  'campplus.onnx',
  'spk2info.pt',
  `${LANGUAGE_FOLDER}/vocab.json`,
  `${LANGUAGE_FOLDER}/merges.txt`,
  `${LANGUAGE_FOLDER}/tokenizer_config.json`,
]

/** `template` is a checkpoint folder in the reference's layout (tiny-a). Returns the bytes of weights written. */
export async function writeRandomCheckpoint(
  folder: string,
  dimensions: ModelDimensions,
  template: string,
): Promise<number> {
  await mkdir(join(folder, LANGUAGE_FOLDER), { recursive: true })
  for (const name of COPIED) await copyFile(join(template, name), join(folder, name))
  await writeFile(join(folder, 'cosyvoice2.yaml'), await yamlFor(dimensions, template))
  await writeFile(join(folder, LANGUAGE_FOLDER, 'config.json'), await configFor(dimensions, template))
  const parts = {
    llm: llmTensors(dimensions.llm),
    flow: flowTensors(dimensions.flow),
    hift: hiftTensors(dimensions.hift),
  }
  let bytes = 0
  for (const [name, tensors] of Object.entries(parts)) bytes += await writePart(folder, name, tensors)
  return bytes
}

async function writePart(folder: string, name: string, tensors: readonly ExpectedTensor[]): Promise<number> {
  const file = await TorchFileWriter.create(join(folder, `${name}.pt`), name)
  let bytes = 0
  for (const [index, { key, shape, kind, sharedWith }] of tensors.entries()) {
    if (sharedWith !== undefined) {
      file.shared(key, shape, sharedWith)
      continue
    }
    await file.tensor(key, 'float32', shape, randomPieces(numElements(shape), kind, index))
    bytes += numElements(shape) * 4
  }
  await file.close()
  return bytes
}

/** `count` float32 values in pieces. Normal values are windows of one pool, so that making them costs nothing. */
export function* randomPieces(
  count: number,
  kind: ExpectedTensor['kind'],
  seed: number,
): Generator<Uint8Array> {
  const constant =
    kind === 'weight' ? undefined : new Float32Array(Math.min(count, PIECE)).fill(kind === 'scale' ? 1 : 0)
  for (let done = 0, window = seed; done < count; window++) {
    const length = Math.min(count - done, PIECE)
    const values = constant ?? normalPool().subarray((window * 7919) % PIECE)
    yield new Uint8Array(values.buffer, values.byteOffset, length * 4)
    done += length
  }
}

let pool: Float32Array | undefined

/** Two pieces of seeded normal values (sums of uniform ones are near enough to normal for weights). */
function normalPool(): Float32Array {
  if (pool !== undefined) return pool
  pool = new Float32Array(2 * PIECE)
  let state = 1
  for (let i = 0; i < pool.length; i++) {
    let sum = 0
    for (let term = 0; term < 4; term++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      sum += state / 2 ** 32 - 0.5
    }
    pool[i] = sum * Math.sqrt(3) * DEVIATION
  }
  return pool
}

/** tiny-a's yaml with its numbers exchanged; each must be found, so that a changed template cannot go unnoticed. */
async function yamlFor({ llm, flow, hift }: ModelDimensions, template: string): Promise<string> {
  let yaml = await readFile(join(template, 'cosyvoice2.yaml'), 'utf8')
  const replace = (key: string, value: unknown, block?: RegExp) => {
    const line = new RegExp(`(${block?.source ?? ''}^ *${key}: )(?!!ref)[^\\n#]+?( *(?:#[^\\n]*)?)$`, 'gm')
    const next = yaml.replace(line, `$1${JSON.stringify(value)}$2`)
    if (next === yaml && !line.test(yaml)) throw new RangeError(`the template yaml has no '${key}'`)
    yaml = next
  }
  replace('llm_input_size', llm.hidden)
  replace('llm_output_size', llm.hidden)
  replace('speech_token_size', llm.speechTokenSize)
  replace('vocab_size', flow.vocab)
  replace('chunk_size', flow.chunkTokens)
  replace('input_size', flow.width)
  replace('output_size', flow.width, /encoder: !new:[^\n]*\n/)
  replace('attention_heads', flow.heads)
  replace('linear_units', flow.ffn)
  replace('num_blocks', flow.encoderBlocks)
  replace('channels', flow.channels)
  replace('attention_head_dim', flow.estimatorHeadDim)
  replace('n_blocks', flow.nBlocks)
  replace('num_mid_blocks', flow.numMid)
  replace('num_heads', flow.estimatorHeads)
  replace('base_channels', hift.channels)
  replace('cond_channels', hift.f0Channels)
  replace('nb_harmonics', hift.harmonics)
  replace('upsample_rates', hift.upsampleRates)
  replace('upsample_kernel_sizes', hift.upsampleKernels)
  replace('resblock_kernel_sizes', hift.resblockKernels)
  replace('resblock_dilation_sizes', hift.resblockDilations)
  replace('source_resblock_kernel_sizes', hift.sourceKernels)
  replace('source_resblock_dilation_sizes', hift.sourceDilations)
  replace('n_fft', hift.nFft, /istft_params:\n/)
  replace('hop_len', hift.hop)
  replace(
    'hop_size',
    hift.upsampleRates.reduce((product, rate) => product * rate, hift.hop),
  )
  return yaml
}

async function configFor({ llm }: ModelDimensions, template: string): Promise<string> {
  const config = JSON.parse(await readFile(join(template, LANGUAGE_FOLDER, 'config.json'), 'utf8'))
  return JSON.stringify({
    ...config,
    hidden_size: llm.hidden,
    intermediate_size: llm.mlp,
    num_hidden_layers: llm.layers,
    max_window_layers: llm.layers,
    num_attention_heads: llm.heads,
    num_key_value_heads: llm.kvHeads,
    vocab_size: llm.textVocab,
    rope_theta: llm.ropeTheta,
    rms_norm_eps: llm.rmsEps,
  })
}
