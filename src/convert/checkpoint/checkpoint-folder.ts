/**
 * A CosyVoice2 folder in the reference's layout, opened and checked as a whole.
 *
 * Knows: which files there are, under which names, and what belongs together. Does not know: file formats (each has
 * its module) or graphs. Opening reads headers only; weights are read when their sources are. Close it when done.
 */
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { HyperParameters } from '../../core/hyper-parameters.ts'
import { type ByteSource, FileBytes } from './byte-source.ts'
import { flowTensors, hiftTensors, llmTensors, requireTensors } from './expected-tensors.ts'
import { readFlowParameters } from './flow-parameters.ts'
import { readFeatureParameters, readHiftParameters } from './hift-parameters.ts'
import { checkHyperParameters } from './hyper-parameters.ts'
import { readHyperPyYaml } from './hyper-pyyaml.ts'
import { readLanguageConfig } from './language-config.ts'
import { readLlmParameters } from './llm-parameters.ts'
import { readOnnxInputs } from './onnx-inputs.ts'
import { refusal } from './refusal.ts'
import { readSafetensors } from './safetensors.ts'
import {
  inFloat32,
  type TensorMap,
  unwrapStateDict,
  withFallback,
  withNewWeightNorm,
  withoutPrefix,
  withPrefix,
  withTied,
} from './state-dict.ts'
import { type CheckpointVoice, readStoredVoices } from './stored-voices.ts'
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts'
import { readTorch } from './torch.ts'
import { Weights } from './weights.ts'

const YAML_NAMES = ['cosyvoice2.yaml', 'cosyvoice.yaml']
const LANGUAGE_FOLDER = 'CosyVoice-BlankEN'
const TOKENIZER_FILES = ['vocab.json', 'merges.txt', 'tokenizer_config.json'] as const
const SPEECH_TOKENIZER = 'speech_tokenizer_v2.onnx'
const SPEAKER_ENCODER = 'campplus.onnx'
const VOICES = 'spk2info.pt'
/** Mel bins that the reference's front end computes for the two, whatever their files say. */
const REFERENCE_TOKENIZER_MELS = 128
const REFERENCE_FBANK_MELS = 80

const TEXT_EMBEDDING = 'llm.model.model.embed_tokens.weight'
const TEXT_HEAD = 'llm.model.lm_head.weight'

/** A file that the bundle takes as it is. */
interface CopiedFile {
  /** Where it lies, and its name relative to the checkpoint folder. */
  readonly path: string
  readonly name: string
}

export interface CheckpointFolder {
  readonly llm: Weights
  readonly flow: Weights
  readonly hift: Weights
  readonly parameters: HyperParameters
  readonly tokenizer: TokenizerFiles & { readonly files: readonly CopiedFile[] }
  readonly voices: readonly CheckpointVoice[]
  /** Tensors that lie beside a part's state dict (an optimizer's, a discriminator's), by file. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>
  readonly speechTokenizer: CopiedFile
  readonly speakerEncoder: CopiedFile
  /** Every file that was opened, by name relative to the folder, with its size in bytes. */
  readonly files: readonly { readonly name: string; readonly path: string; readonly size: number }[]
  close(): Promise<void>
}

/** Opens and checks a folder. Throws BAD_CHECKPOINT naming file, key, expected and got. */
export async function openCheckpointFolder(folder: string): Promise<CheckpointFolder> {
  const files = new OpenFiles(folder)
  try {
    const read = await readFolder(files)
    return { ...read, leftOut: files.leftOut, files: files.list(), close: () => files.close() }
  } catch (error) {
    await files.close()
    throw error
  }
}

async function readFolder(files: OpenFiles): Promise<Omit<CheckpointFolder, 'leftOut' | 'files' | 'close'>> {
  await files.requireFolder()
  const yaml = await readHyperPyYaml(await files.openFirst(YAML_NAMES))
  const config = await readLanguageConfig(await files.open(`${LANGUAGE_FOLDER}/config.json`))
  const llm = await openLlm(files)
  const flow = await openPart(files, 'flow', (tensors) => tensors)
  const hift = await openPart(files, 'hift', (tensors) =>
    withNewWeightNorm(withoutPrefix(tensors, 'generator.')),
  )

  const llmParameters = readLlmParameters(llm, config, yaml)
  const flowParameters = readFlowParameters(flow, yaml)
  const hiftParameters = readHiftParameters(hift, yaml)
  requireTensors(llm, llmTensors(llmParameters))
  requireTensors(flow, flowTensors(flowParameters))
  requireTensors(hift, hiftTensors(hiftParameters))
  const features = readFeatureParameters(yaml, hiftParameters, flowParameters.tokenMelRatio, {
    tokenizerMels: await inputDim(files, SPEECH_TOKENIZER, 1, REFERENCE_TOKENIZER_MELS),
    fbankMels: await inputDim(files, SPEAKER_ENCODER, 2, REFERENCE_FBANK_MELS),
  })
  const parameters = checkHyperParameters(yaml.file, {
    llm: llmParameters,
    flow: flowParameters,
    hift: hiftParameters,
    features,
  })
  return {
    llm,
    flow,
    hift,
    parameters,
    tokenizer: await openTokenizer(files, parameters.llm.textVocab),
    voices: await openVoices(files, parameters),
    speechTokenizer: files.copied(SPEECH_TOKENIZER),
    speakerEncoder: files.copied(SPEAKER_ENCODER),
  }
}

/** One part from `<name>.pt` or `<name>.safetensors`, its keys brought to the graphs' names by `normalise`. */
async function openPart(
  files: OpenFiles,
  name: string,
  normalise: (tensors: TensorMap) => TensorMap,
): Promise<Weights> {
  const bytes = await files.openFirst([`${name}.pt`, `${name}.safetensors`])
  const stored = await readTensors(bytes)
  const tensors = normalise(withoutPrefix(unwrapStateDict(bytes.name, stored), 'module.'))
  const taken = new Set(tensors.values())
  const left = [...stored].filter(([, tensor]) => !taken.has(tensor)).map(([key]) => key)
  if (left.length > 0) files.leftOut.set(bytes.name, left)
  return new Weights(bytes.name, inFloat32(tensors))
}

/**
 * `llm.pt` and the language model's own file are one state dict: the reference builds the model from the second and
 * loads the first over it, so either may lack what the other has.
 */
async function openLlm(files: OpenFiles): Promise<Weights> {
  const own = `${LANGUAGE_FOLDER}/model.safetensors`
  const base = (await files.has(own)) ? await readSafetensors(await files.open(own)) : new Map()
  const weights = await openPart(files, 'llm', (tensors) =>
    withTied(withFallback(tensors, withPrefix(base, 'llm.model.')), TEXT_HEAD, TEXT_EMBEDDING),
  )
  // Speech tokens are decoded by `llm_decoder`; the text head is the text embedding again, or unused.
  weights.ignore(TEXT_HEAD)
  return weights
}

async function readTensors(bytes: ByteSource): Promise<TensorMap> {
  return bytes.name.endsWith('.safetensors') ? readSafetensors(bytes) : (await readTorch(bytes)).tensors
}

/** A dimension that an ONNX file fixes for its first input; where it leaves it open, what the reference feeds it. */
async function inputDim(files: OpenFiles, name: string, axis: number, reference: number): Promise<number> {
  const [input] = await readOnnxInputs(await files.open(name))
  const dim = input?.dims[axis] ?? -1
  return dim > 0 ? dim : reference
}

async function openTokenizer(files: OpenFiles, textRows: number): Promise<CheckpointFolder['tokenizer']> {
  const open = (name: string) => files.open(`${LANGUAGE_FOLDER}/${name}`)
  const [vocab, merges, config] = TOKENIZER_FILES
  const read = await readTokenizerFiles(
    { vocab: await open(vocab), merges: await open(merges), config: await open(config) },
    textRows,
  )
  return { ...read, files: TOKENIZER_FILES.map((name) => files.copied(`${LANGUAGE_FOLDER}/${name}`)) }
}

async function openVoices(files: OpenFiles, { flow }: HyperParameters): Promise<readonly CheckpointVoice[]> {
  if (!(await files.has(VOICES))) return []
  return readStoredVoices(VOICES, await readTorch(await files.open(VOICES)), flow)
}

/** The folder's files that are open, so that all are closed together. */
class OpenFiles {
  readonly #folder: string
  readonly #open = new Map<string, FileBytes>()
  readonly leftOut = new Map<string, readonly string[]>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async requireFolder(): Promise<void> {
    const stats = await stat(this.#folder).catch(() => undefined)
    if (stats?.isDirectory() !== true) {
      throw refusal(this.#folder, '', 'a checkpoint folder', stats === undefined ? 'nothing there' : 'a file')
    }
  }

  async has(name: string): Promise<boolean> {
    return access(join(this.#folder, name)).then(
      () => true,
      () => false,
    )
  }

  async open(name: string): Promise<FileBytes> {
    const bytes = await FileBytes.open(join(this.#folder, name), name)
    this.#open.set(name, bytes)
    return bytes
  }

  /** The first of `names` that is there; a refusal lists them all. */
  async openFirst(names: readonly string[]): Promise<FileBytes> {
    for (const name of names) if (await this.has(name)) return this.open(name)
    throw refusal(this.#folder, '', `a file ${names.join(' or ')}`, 'none of them')
  }

  copied(name: string): CopiedFile {
    return { path: join(this.#folder, name), name }
  }

  list(): { name: string; path: string; size: number }[] {
    return [...this.#open.values()].map(({ name, size }) => ({ name, path: join(this.#folder, name), size }))
  }

  async close(): Promise<void> {
    for (const bytes of this.#open.values()) await bytes.close()
    this.#open.clear()
  }
}
