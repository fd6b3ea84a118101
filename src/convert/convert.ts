/**
 * Checkpoint folder of any family → bundle.
 *
 * A bundle is either whole or not there: everything is written into a folder beside it, which takes its name at the end.
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import {
  BUNDLE_FORMAT,
  type BundleFile,
  type BundleManifest,
  describeFile,
  MANIFEST_NAME,
} from '../core/bundle.ts'
import { TtsError } from '../core/errors.ts'
import { encodeVoice, type Voice } from '../core/voice.ts'
import { type WeightType, weightSet } from '../core/weight-set.ts'
import { type OpenCheckpoint, openCheckpoint } from '../families/families.ts'
import type { CheckpointChoice, ModelPart, ModelParts } from '../families/family.ts'
import { readAlignmentHead } from './checkpoint/alignment-head.ts'
import type { CheckpointVoice } from './checkpoint/stored-voices.ts'
import { readVoiceFacts, type VoiceFacts } from './checkpoint/voice-facts.ts'

/** What is being done, and how far it is: bytes done of all bytes to be written and read again. */
export interface ConvertProgress {
  readonly step: string
  readonly doneBytes: number
  readonly totalBytes: number
}

export interface ConvertOptions extends CheckpointChoice {
  readonly dtype?: WeightType
  readonly onProgress?: (progress: ConvertProgress) => void
  /** `all`: the language model's graph tells the queries of all its heads, for `align`; otherwise as `alignment.json` says. */
  readonly alignment?: 'all'
  /** Stops at the next tensor; what was written is removed. */
  readonly signal?: AbortSignal
}

export interface ConvertReport {
  readonly manifest: BundleManifest
  /** Sections of the settings that only training needs. */
  readonly skipped: readonly string[]
  /** Weight keys that no graph took, and tensors beside the state dicts, by file. */
  readonly unused: ReadonlyMap<string, readonly string[]>
}

const TOKENIZER_FOLDER = 'tokenizer'
const VOICES_FOLDER = 'voices'

/** Throws BAD_CHECKPOINT, BAD_USAGE, CANCELLED; then the bundle folder is as it was. */
export async function convert(
  checkpointFolder: string,
  bundleFolder: string,
  options: ConvertOptions = {},
): Promise<ConvertReport> {
  const target = resolve(bundleFolder)
  await refuseForeignTarget(target)
  const facts = await readVoiceFacts(resolve(checkpointFolder))
  const checkpoint = await openCheckpoint(resolve(checkpointFolder), options)
  const partial = `${target}.partial-${process.pid}`
  try {
    await mkdir(partial, { recursive: true })
    const head =
      options.alignment ?? (await readAlignmentHead(resolve(checkpointFolder), checkpoint.parameters.llm))
    const model = checkpoint.build(partial, weightSet(options.dtype ?? 'fp32'), head)
    const unused = unusedKeys(checkpoint)
    const manifest = await writeBundle(checkpoint, model, facts, partial, options)
    await moveInto(partial, target)
    return { manifest, skipped: checkpoint.skipped, unused }
  } finally {
    await rm(partial, { recursive: true, force: true })
    await checkpoint.close()
  }
}

/** An empty folder or an older bundle may be replaced; anything else there is not ours to replace. */
async function refuseForeignTarget(target: string): Promise<void> {
  const stats = await stat(target).catch(() => undefined)
  if (stats === undefined) return
  const names = stats.isDirectory() ? await readdir(target) : undefined
  if (names?.length === 0 || names?.includes(MANIFEST_NAME)) return
  const got = names === undefined ? 'a file' : `a folder with ${names.length} files and no ${MANIFEST_NAME}`
  throw new TtsError(
    'BAD_USAGE',
    target,
    `expected a new folder, an empty one or a bundle to replace, got ${got}`,
  )
}

async function writeBundle(
  checkpoint: OpenCheckpoint,
  model: ModelParts,
  facts: ReadonlyMap<string, VoiceFacts>,
  folder: string,
  options: ConvertOptions,
): Promise<BundleManifest> {
  const progress = new Progress(checkpoint, model.parts, options)
  const names = [
    ...(await writeParts(model.parts, progress)),
    ...(await copyFiles(checkpoint, folder, progress)),
  ]
  const voices = await writeVoices(checkpoint, facts, folder)
  names.push(...voices.map(({ file }) => file))
  const files: BundleFile[] = []
  for (const name of names) {
    progress.start(`hashing ${name}`)
    files.push(await describeFile(join(folder, name), name))
    progress.add(files.at(-1)!.size)
  }
  const sources: BundleFile[] = []
  for (const { name, path } of checkpoint.files) {
    progress.start(`hashing ${name}`)
    sources.push(await describeFile(path, name))
    progress.add(sources.at(-1)!.size)
  }
  const manifest = await describeBundle(checkpoint, model, { voices, files, sources })
  await writeFile(join(folder, MANIFEST_NAME), `${JSON.stringify(manifest, undefined, 1)}\n`)
  return manifest
}

async function writeParts(parts: readonly ModelPart[], progress: Progress): Promise<string[]> {
  const names: string[] = []
  for (const { name, graphs, weights } of parts) {
    progress.start(name)
    for (const { path, graph } of graphs) {
      await graph.save(path)
      names.push(basename(path))
    }
    let written = 0
    await weights.write((bytes) => {
      progress.add(bytes - written)
      written = bytes
    })
    names.push(basename(weights.path))
  }
  return names
}

async function copyFiles(checkpoint: OpenCheckpoint, folder: string, progress: Progress): Promise<string[]> {
  const { speechTokenizer, speakerEncoder, tokenizer } = checkpoint
  const copies = [
    ...[speechTokenizer, speakerEncoder].map(({ path, name }) => ({ path, name })),
    ...tokenizer.files.map(({ path, name }) => ({ path, name: `${TOKENIZER_FOLDER}/${basename(name)}` })),
  ]
  await mkdir(join(folder, TOKENIZER_FOLDER))
  for (const { path, name } of copies) {
    progress.start(name)
    await copyFile(path, join(folder, name))
    progress.add((await stat(path)).size)
  }
  return copies.map(({ name }) => name)
}

async function writeVoices(
  checkpoint: OpenCheckpoint,
  facts: ReadonlyMap<string, VoiceFacts>,
  folder: string,
): Promise<BundleManifest['voices']> {
  await mkdir(join(folder, VOICES_FOLDER))
  const written: BundleManifest['voices'] = []
  for (const [i, voice] of checkpoint.voices.entries()) {
    // Numbered, because a voice may be called anything and a file may not.
    const file = `${VOICES_FOLDER}/${i + 1}.voice`
    const { aliases = [], ...described } = facts.get(voice.id) ?? {}
    await writeFile(join(folder, file), encodeVoice({ ...asVoice(voice, checkpoint), ...described }))
    written.push({ id: voice.id, kind: voice.kind, file, ...(aliases.length > 0 && { aliases }) })
  }
  return written
}

function asVoice(voice: CheckpointVoice, { tokenizer, parameters, rules }: OpenCheckpoint): Voice {
  const { speechTokens, mel, embedding } = voice
  const text = tokenizer.decode(voice.textIds)
  const standing = rules.prompt.lead + rules.prompt.mark
  return {
    key: `checkpoint:${voice.id}`,
    transcript: text.startsWith(standing) ? text.slice(standing.length) : text,
    mode: voice.kind === 'sft' ? 'style' : 'transcript',
    seconds: speechTokens.length / parameters.features.tokenRate,
    language: undefined,
    speechTokens,
    mel,
    embedding,
  }
}

async function describeBundle(
  { family, parameters, tokenizer, rules, text, speechTokenizer, speakerEncoder }: OpenCheckpoint,
  { facts }: ModelParts,
  rest: Pick<BundleManifest, 'voices' | 'files' | 'sources'>,
): Promise<BundleManifest> {
  return {
    format: BUNDLE_FORMAT,
    converter: await converterVersion(),
    ...facts,
    family,
    parameters,
    text: { vocabSize: tokenizer.vocabSize, specials: { ...tokenizer.specials }, ...text },
    ...rules,
    encoders: { speechTokens: speechTokenizer.name, speaker: speakerEncoder.name },
    ...rest,
  }
}

async function converterVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  const { name, version } = JSON.parse(text) as { name: string; version: string }
  return `${name} ${version}`
}

/** Takes an older bundle's place in two renames, so that at no time half a bundle has its name. */
async function moveInto(partial: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const old = `${target}.old-${process.pid}`
  const replaced = await rename(target, old).then(
    () => true,
    () => false,
  )
  await rename(partial, target)
  if (replaced) await rm(old, { recursive: true, force: true })
}

function unusedKeys({ llm, flow, hift, leftOut }: OpenCheckpoint): ReadonlyMap<string, readonly string[]> {
  const unused = new Map<string, readonly string[]>()
  for (const weights of [llm, flow, hift]) {
    const keys = [...weights.unused(), ...(leftOut.get(weights.file) ?? [])]
    if (keys.length > 0) unused.set(weights.file, keys)
  }
  return unused
}

/** Bytes written and bytes hashed, as one bar; also the place where a conversion stops when it is told to. */
class Progress {
  readonly #total: number
  readonly #options: ConvertOptions
  #step = ''
  #done = 0

  constructor(checkpoint: OpenCheckpoint, parts: readonly ModelPart[], options: ConvertOptions) {
    const weights = parts.reduce((sum, part) => sum + part.weights.size, 0)
    const sources = checkpoint.files.reduce((sum, { size }) => sum + size, 0)
    const { speechTokenizer, speakerEncoder } = checkpoint
    const copied = checkpoint.files
      .filter(({ name }) => [speechTokenizer.name, speakerEncoder.name].includes(name))
      .reduce((sum, { size }) => sum + size, 0)
    // Everything written is read once more for its hash.
    this.#total = 2 * (weights + copied) + sources
    this.#options = options
  }

  start(step: string): void {
    this.#step = step
    this.#tell()
  }

  add(bytes: number): void {
    this.#done += bytes
    this.#tell()
  }

  #tell(): void {
    if (this.#options.signal?.aborted)
      throw new TtsError('CANCELLED', 'conversion', 'stopped before it was done')
    const doneBytes = Math.min(this.#done, this.#total)
    this.#options.onProgress?.({ step: this.#step, doneBytes, totalBytes: this.#total })
  }
}
