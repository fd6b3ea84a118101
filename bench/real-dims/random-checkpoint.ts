/** Writes a checkpoint folder of given dimensions with random weights, never holding more than a few megabytes. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  decoderTensors,
  type ExpectedTensor,
  flowTensors,
  hiftTensors,
  llmTensors,
} from '../../src/convert/checkpoint/expected-tensors.ts'
import { byteLength, numElements } from '../../src/core/dtype.ts'
import { causalHiftTensors, ditFlowTensors } from '../../src/families/cosyvoice3/tensors.ts'
import type { ModelDimensions } from './dimensions.ts'
import type { DitDimensions } from './dit-dimensions.ts'
import { TorchFileWriter } from './torch-file-writer.ts'

const PIECE = 1 << 20
/** Standard deviation that keeps sums over a few thousand inputs near one. */
const DEVIATION = 0.02
const LANGUAGE_FOLDER = 'CosyVoice-BlankEN'
const COPIED = [
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
  const yaml = { name: 'cosyvoice2.yaml', text: await yamlFor(dimensions, template) }
  await writeSmallFiles(folder, template, dimensions.llm, yaml, 'speech_tokenizer_v2.onnx')
  return writeParts(folder, {
    llm: llmTensors(dimensions.llm),
    flow: flowTensors(dimensions.flow),
    hift: hiftTensors(dimensions.hift),
  })
}

/** The same for CosyVoice3; `template` is tiny-c. `dtypes` of the three parts, float32 where left out. */
export async function writeRandomCheckpoint3(
  folder: string,
  dimensions: DitDimensions,
  template: string,
  dtypes: Partial<Record<'llm' | 'flow' | 'hift', RandomType>> = {},
): Promise<number> {
  const yaml = { name: 'cosyvoice3.yaml', text: await yaml3For(dimensions, template) }
  await writeSmallFiles(folder, template, dimensions.llm, yaml, 'speech_tokenizer_v3.onnx')
  const { llm, flow, hift, convChannels } = dimensions
  return writeParts(
    folder,
    { llm: decoderTensors(llm), flow: ditFlowTensors(flow, convChannels), hift: causalHiftTensors(hift) },
    dtypes,
  )
}

async function writeSmallFiles(
  folder: string,
  template: string,
  llm: ModelDimensions['llm'],
  yaml: { readonly name: string; readonly text: string },
  tokenizer: string,
): Promise<void> {
  await mkdir(join(folder, LANGUAGE_FOLDER), { recursive: true })
  for (const name of [...COPIED, tokenizer]) await copyFile(join(template, name), join(folder, name))
  await writeFile(join(folder, yaml.name), yaml.text)
  await writeFile(join(folder, LANGUAGE_FOLDER, 'config.json'), await configFor(llm, template))
}

async function writeParts(
  folder: string,
  parts: Readonly<Record<'llm' | 'flow' | 'hift', readonly ExpectedTensor[]>>,
  dtypes: Partial<Record<string, RandomType>> = {},
): Promise<number> {
  let bytes = 0
  for (const [name, tensors] of Object.entries(parts))
    bytes += await writePart(folder, name, tensors, dtypes[name] ?? 'float32')
  return bytes
}

type RandomType = 'float32' | 'bfloat16'

async function writePart(
  folder: string,
  name: string,
  tensors: readonly ExpectedTensor[],
  dtype: RandomType,
): Promise<number> {
  const file = await TorchFileWriter.create(join(folder, `${name}.pt`), name)
  let bytes = 0
  for (const [index, { key, shape, kind, sharedWith }] of tensors.entries()) {
    if (sharedWith !== undefined) {
      file.shared(key, shape, sharedWith)
      continue
    }
    const pieces = randomPieces(numElements(shape), kind, index)
    await file.tensor(key, dtype, shape, dtype === 'float32' ? pieces : upperHalves(pieces))
    bytes += byteLength(dtype, shape)
  }
  await file.close()
  return bytes
}

/** float32 values cut to bfloat16: the upper two of four bytes. */
function* upperHalves(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) {
    const half = new Uint8Array(piece.length / 2)
    for (let i = 0; i < half.length; i += 2) {
      half[i] = piece[2 * i + 2]!
      half[i + 1] = piece[2 * i + 3]!
    }
    yield half
  }
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

/** A yaml's numbers exchanged one by one; each must be found, so that a changed template cannot go unnoticed. */
class YamlNumbers {
  text: string

  constructor(text: string) {
    this.text = text
  }

  replace(key: string, value: unknown, block?: RegExp): void {
    const line = new RegExp(`(${block?.source ?? ''}^ *${key}: )(?!!ref)[^\\n#]+?( *(?:#[^\\n]*)?)$`, 'gm')
    const next = this.text.replace(line, `$1${JSON.stringify(value)}$2`)
    if (next === this.text && !line.test(this.text)) throw new RangeError(`the template yaml has no '${key}'`)
    this.text = next
  }
}

function replaceShared(yaml: YamlNumbers, { llm, hift }: Pick<ModelDimensions, 'llm' | 'hift'>): void {
  yaml.replace('llm_input_size', llm.hidden)
  yaml.replace('llm_output_size', llm.hidden)
  yaml.replace('speech_token_size', llm.speechTokenSize)
  yaml.replace('base_channels', hift.channels)
  yaml.replace('cond_channels', hift.f0Channels)
  yaml.replace('nb_harmonics', hift.harmonics)
  yaml.replace('upsample_rates', hift.upsampleRates)
  yaml.replace('upsample_kernel_sizes', hift.upsampleKernels)
  yaml.replace('resblock_kernel_sizes', hift.resblockKernels)
  yaml.replace('resblock_dilation_sizes', hift.resblockDilations)
  yaml.replace('source_resblock_kernel_sizes', hift.sourceKernels)
  yaml.replace('source_resblock_dilation_sizes', hift.sourceDilations)
  yaml.replace('n_fft', hift.nFft, /istft_params:\n/)
  yaml.replace('hop_len', hift.hop)
  yaml.replace(
    'hop_size',
    hift.upsampleRates.reduce((product, rate) => product * rate, hift.hop),
  )
}

/** tiny-a's yaml with its numbers exchanged. */
async function yamlFor(dimensions: ModelDimensions, template: string): Promise<string> {
  const yaml = new YamlNumbers(await readFile(join(template, 'cosyvoice2.yaml'), 'utf8'))
  const { flow } = dimensions
  replaceShared(yaml, dimensions)
  yaml.replace('vocab_size', flow.vocab)
  yaml.replace('chunk_size', flow.chunkTokens)
  yaml.replace('input_size', flow.width)
  yaml.replace('output_size', flow.width, /encoder: !new:[^\n]*\n/)
  yaml.replace('attention_heads', flow.heads)
  yaml.replace('linear_units', flow.ffn)
  yaml.replace('num_blocks', flow.encoderBlocks)
  yaml.replace('channels', flow.channels)
  yaml.replace('attention_head_dim', flow.estimatorHeadDim)
  yaml.replace('n_blocks', flow.nBlocks)
  yaml.replace('num_mid_blocks', flow.numMid)
  yaml.replace('num_heads', flow.estimatorHeads)
  return yaml.text
}

/** The same of tiny-c. */
async function yaml3For(dimensions: DitDimensions, template: string): Promise<string> {
  const yaml = new YamlNumbers(await readFile(join(template, 'cosyvoice3.yaml'), 'utf8'))
  const { flow, hift } = dimensions
  replaceShared(yaml, dimensions)
  yaml.replace('vocab_size', flow.vocab)
  yaml.replace('chunk_size', flow.chunkTokens)
  yaml.replace('pre_lookahead_len', flow.preLookahead)
  yaml.replace('channels', flow.lookaheadWidth)
  yaml.replace('dim', flow.width)
  yaml.replace('depth', flow.blocks)
  yaml.replace('heads', flow.heads)
  yaml.replace('dim_head', flow.headDim)
  yaml.replace('ff_mult', flow.ffn / flow.width)
  yaml.replace('conv_pre_look_right', hift.lookRight)
  return yaml.text
}

async function configFor(llm: ModelDimensions['llm'], template: string): Promise<string> {
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
