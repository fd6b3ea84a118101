/** The files of a checkpoint folder, opened once and closed together, and the parts that all families keep in them. */
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ByteSource, FileBytes } from './byte-source.ts'
import { readOnnxInputs } from './onnx-inputs.ts'
import { refusal } from './refusal.ts'
import { readSafetensors } from './safetensors.ts'
import {
  inFloat32,
  type TensorMap,
  unwrapStateDict,
  withFallback,
  withoutPrefix,
  withPrefix,
  withTied,
} from './state-dict.ts'
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts'
import { readTorch } from './torch.ts'
import { Weights } from './weights.ts'

export const LANGUAGE_FOLDER = 'CosyVoice-BlankEN'
const TOKENIZER_FILES = ['vocab.json', 'merges.txt', 'tokenizer_config.json'] as const
const TEXT_EMBEDDING = 'llm.model.model.embed_tokens.weight'
const TEXT_HEAD = 'llm.model.lm_head.weight'

/** A file that the bundle takes as it is. */
export interface CopiedFile {
  /** Where it lies, and its name relative to the checkpoint folder. */
  readonly path: string
  readonly name: string
}

/** The folder's files that are open, so that all are closed together. */
export class OpenFiles {
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

/** What a reader of a folder's headers gave, with its files open; close them when done. */
export type Opened<R> = R & {
  /** Tensors that lie beside a part's state dict (an optimizer's, a discriminator's), by file. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>
  /** Every file that was opened, by name relative to the folder, with its size in bytes. */
  readonly files: readonly { readonly name: string; readonly path: string; readonly size: number }[]
  close(): Promise<void>
}

/** Opens what `read` reads in a folder; closes it again where that throws. */
export async function openFolder<R>(
  folder: string,
  read: (files: OpenFiles) => Promise<R>,
): Promise<Opened<R>> {
  const files = new OpenFiles(folder)
  try {
    await files.requireFolder()
    const result = await read(files)
    return { ...result, leftOut: files.leftOut, files: files.list(), close: () => files.close() }
  } catch (error) {
    await files.close()
    throw error
  }
}

/** One part from the first of `names` that is there, its keys brought to the graphs' names by `normalise`. */
export async function openPart(
  files: OpenFiles,
  names: readonly string[],
  normalise: (tensors: TensorMap) => TensorMap,
): Promise<Weights> {
  const bytes = await files.openFirst(names)
  const stored = await readTensors(bytes)
  const tensors = normalise(withoutPrefix(unwrapStateDict(bytes.name, stored), 'module.'))
  const taken = new Set(tensors.values())
  const left = [...stored].filter(([, tensor]) => !taken.has(tensor)).map(([key]) => key)
  if (left.length > 0) files.leftOut.set(bytes.name, left)
  return new Weights(bytes.name, inFloat32(tensors))
}

/**
 * `llm.pt` (or what `names` has) and the language model's own file are one state dict: the reference builds the model
 * from the second and loads the first over it. So either may lack what the other has.
 */
export async function openLlm(files: OpenFiles, names = partNames('llm')): Promise<Weights> {
  const own = `${LANGUAGE_FOLDER}/model.safetensors`
  const base = (await files.has(own)) ? await readSafetensors(await files.open(own)) : new Map()
  const weights = await openPart(files, names, (tensors) =>
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
export async function inputDim(
  files: OpenFiles,
  name: string,
  axis: number,
  reference: number,
): Promise<number> {
  const [input] = await readOnnxInputs(await files.open(name))
  const dim = input?.dims[axis] ?? -1
  return dim > 0 ? dim : reference
}

export async function openTokenizer(
  files: OpenFiles,
  textRows: number,
  added?: readonly string[],
): Promise<TokenizerFiles & { readonly files: readonly CopiedFile[] }> {
  const open = (name: string) => files.open(`${LANGUAGE_FOLDER}/${name}`)
  const [vocab, merges, config] = TOKENIZER_FILES
  const read = await readTokenizerFiles(
    { vocab: await open(vocab), merges: await open(merges), config: await open(config) },
    textRows,
    added,
  )
  return { ...read, files: TOKENIZER_FILES.map((name) => files.copied(`${LANGUAGE_FOLDER}/${name}`)) }
}

/** Names of one part's file, in the order in which they are looked for. */
export function partNames(part: string): readonly string[] {
  return [`${part}.pt`, `${part}.safetensors`]
}
