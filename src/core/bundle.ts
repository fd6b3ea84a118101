/**
 * A converted model on disk: a folder of files and the manifest that says what they are (`src/convert` writes it).
 *
 * Reading tells a whole bundle from a damaged, foreign or outdated one before anything of it is loaded.
 *
 *   manifest.json
 *   llm*.onnx  flow-*.onnx  hift-*.onnx   each beside its `.data` file
 *   features.onnx                         and the two encoders that `encoders` names
 *   tokenizer/                            vocab.json, merges.txt, tokenizer_config.json
 *   voices/                               see `./voice.ts`
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TtsError } from './errors.ts'
import { digestFile } from './file-digest.ts'
import { isSolverName } from './flow-solver.ts'
import { hyperParametersSchema } from './hyper-parameters.ts'
import { WEIGHT_FORMATS } from './weight-set.ts'

export const MANIFEST_NAME = 'manifest.json'
/** Raised whenever an older runtime could misread a newer bundle, or the reverse. */
export const BUNDLE_FORMAT = 1

const LARGEST_MANIFEST = 4 * 2 ** 20

/** Relative, forward slashes, and nothing that climbs out of the folder. */
const fileName = z
  .string()
  .regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\\/:\0]+(?:\/[^\\/:\0]+)*$/u, 'a path inside the bundle')

const fileSchema = z.object({
  name: fileName,
  /** Bytes. */
  size: z.int().min(0),
  /** Hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const row = z.int().min(0)

const END_OF_PROMPT = '<|endofprompt|>'

const speechSchema = z
  .object({
    /** Ids that end speech. */
    stop: z.array(row).min(1),
    /** Those that may not come while speech may not end; the first of `stop` where left out. */
    barred: z.array(row).optional(),
    /** Id with which the model asks for more text when text arrives while it speaks. */
    fill: row,
    /** Of a run of these tokens only the first `longest` are made audible. */
    silence: z.object({ tokens: z.array(row), longest: z.int().min(1) }).default({ tokens: [], longest: 1 }),
  })
  .transform((speech) => ({ ...speech, barred: speech.barred ?? [speech.stop[0]!] }))

const promptSchema = z.object({
  /** Special token that parts an instruction from what follows it. */
  mark: z.string().min(1),
  /** Text in front of every instruction, and before the mark where there is none. */
  lead: z.string(),
  /** Whether the model is trained with the mark in every utterance. */
  required: z.boolean(),
  /** Whether it was trained to follow instructions. */
  instructions: z.boolean().default(true),
})

/** The attention head of the language model that looks at the text that is being said. */
export const alignmentHeadSchema = z.strictObject({
  layer: row,
  head: row,
  /** Speech tokens by which it looks ahead of what is heard. */
  leadTokens: z.int().min(0).max(10),
})

export type AlignmentHead = z.infer<typeof alignmentHeadSchema>

const manifestSchema = z.object({
  format: z.literal(BUNDLE_FORMAT),
  /** Version of the converter that wrote this. */
  converter: z.string(),
  /** Types of the language model's large matrices, of the flow's estimator (as the rest's where left out), of the rest. */
  weights: z
    .object({
      llm: z.enum(WEIGHT_FORMATS),
      estimator: z.enum(['fp32', 'fp16', 'int8']).optional(),
      rest: z.enum(['fp32', 'fp16']),
    })
    .transform((weights) => ({ ...weights, estimator: weights.estimator ?? weights.rest })),
  /** Name in the table of families (`src/families/families.ts`). */
  family: z.string().min(1).default('cosyvoice2'),
  parameters: hyperParametersSchema,
  /** What the language model's graph was built with, beside the checkpoint's numbers. */
  llmGraph: z.object({
    /** Where each kind of id begins in the graph's one id space. */
    ids: z.object({ text: row, speech: row, sos: row, task: row }),
    /** Longest row of a KV pool. */
    maxPositions: z.int().min(1),
    /** Elements of one head in the KV pool; more than the checkpoint's where kernels want so. */
    headDim: z.int().min(1),
    /** Element type of the KV pool. */
    kvType: z.enum(['float32', 'float16']),
    /** The head whose query is the output `alignment_query`; times of words are estimated where left out. */
    alignment: alignmentHeadSchema.optional(),
  }),
  flowGraph: z
    .object({
      /** Solvers whose time points the estimator's graph knows, in the order of its tables. */
      solvers: z.array(z.string().refine(isSolverName, 'a solver such as euler10')).min(1),
      /** Of these, the one that the bundle is meant to be run with; the device decides where left out. */
      solver: z.string().optional(),
    })
    .refine(
      ({ solver, solvers }) => solver === undefined || solvers.includes(solver),
      'one of its own solvers',
    )
    .default({ solvers: ['euler10'] }),
  text: z.object({
    /** Byte-level BPE entries; special tokens have ids from here on. */
    vocabSize: z.int().min(1),
    /** Content → id. */
    specials: z.record(z.string(), row),
    /** Of these, what a user's text may hold: sounds and phones. Sounds alone where left out. */
    marks: z.array(z.string().min(1)).optional(),
    /** Whether letters by themselves are given to the model by their names. */
    letters: z.enum(['written', 'named']).optional(),
    /** Whether marks that are not said are given to the model as the plain ones that its texts held. */
    punctuation: z.enum(['written', 'plain']).optional(),
  }),
  /** Tags of the languages that the model was trained with. */
  languages: z.array(z.string().min(1)).default(['zh', 'en']),
  speech: speechSchema,
  prompt: promptSchema.default({ mark: END_OF_PROMPT, lead: '', required: false, instructions: true }),
  /** The files that prompt recordings go through, as the checkpoint brought them. */
  encoders: z
    .object({ speechTokens: fileName, speaker: fileName })
    .default({ speechTokens: 'speech_tokenizer_v2.onnx', speaker: 'campplus.onnx' }),
  voices: z.array(
    z.object({
      id: z.string().min(1),
      kind: z.enum(['zero-shot', 'sft']),
      file: fileName,
      /** Further names that lead to it. */
      aliases: z.array(z.string().min(1)).optional(),
    }),
  ),
  files: z.array(fileSchema),
  /** Files of the checkpoint that this was made from. */
  sources: z.array(fileSchema),
})

export type BundleManifest = z.infer<typeof manifestSchema>
export type BundleFile = z.infer<typeof fileSchema>

export interface Bundle {
  readonly folder: string
  readonly manifest: BundleManifest
  /** Full path of a file that the manifest lists; throws BAD_BUNDLE where it does not. */
  path(name: string): string
}

export interface ReadBundleOptions {
  /** `sizes` looks at each file's size; `hashes` also reads every byte. Default `sizes`. */
  readonly check?: 'sizes' | 'hashes'
}

/** Opens a bundle and checks it. Throws BAD_BUNDLE with the file, expected and got. */
export async function readBundle(folder: string, options: ReadBundleOptions = {}): Promise<Bundle> {
  const manifest = await readManifest(folder)
  for (const file of manifest.files) {
    await checkSize(folder, file)
    if (options.check === 'hashes') await checkHash(folder, file)
  }
  const names = new Set(manifest.files.map(({ name }) => name))
  return {
    folder,
    manifest,
    path: (name) => {
      if (!names.has(name)) throw bad(folder, `a file ${name}`, 'none in the manifest')
      return join(folder, name)
    },
  }
}

/** Size and SHA-256 of one file, read in pieces. */
export async function describeFile(path: string, name: string): Promise<BundleFile> {
  return { name, ...(await digestFile(path)) }
}

async function readManifest(folder: string): Promise<BundleManifest> {
  const path = join(folder, MANIFEST_NAME)
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined) {
    throw bad(folder, `a bundle (made by 'npm run convert')`, `no ${MANIFEST_NAME} there`)
  }
  if (stats.size > LARGEST_MANIFEST) throw bad(path, `at most ${LARGEST_MANIFEST} bytes`, `${stats.size}`)
  const json = parseJson(path, await readFile(path, 'utf8'))
  const format = z.object({ format: z.unknown() }).safeParse(json).data?.format
  if (format !== BUNDLE_FORMAT) {
    throw bad(path, `format ${BUNDLE_FORMAT} (convert the checkpoint again)`, `format ${String(format)}`)
  }
  const result = manifestSchema.safeParse(json)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw bad(`${path}, '${issue.path.join('.')}'`, 'a fitting value', issue.message)
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw bad(path, 'JSON', cause instanceof Error ? cause.message : String(cause))
  }
}

async function checkSize(folder: string, { name, size }: BundleFile): Promise<void> {
  const stats = await stat(join(folder, name)).catch(() => undefined)
  if (stats?.size !== size) {
    throw bad(join(folder, name), `${size} bytes`, stats === undefined ? 'no such file' : `${stats.size}`)
  }
}

async function checkHash(folder: string, { name, sha256 }: BundleFile): Promise<void> {
  const got = await describeFile(join(folder, name), name)
  if (got.sha256 !== sha256) throw bad(join(folder, name), `SHA-256 ${sha256}`, got.sha256)
}

function bad(place: string, expected: string, got: string): TtsError {
  return new TtsError('BAD_BUNDLE', place, `expected ${expected}, got ${got}`)
}
