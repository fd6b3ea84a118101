/** What a family of models brings: how its checkpoints are told, read, and turned into the graphs of a bundle. */
import type { CopiedFile, OpenFiles } from '../convert/checkpoint/open-files.ts'
import type { CheckpointVoice } from '../convert/checkpoint/stored-voices.ts'
import type { TokenizerFiles } from '../convert/checkpoint/tokenizer-files.ts'
import type { TrainedFor } from '../convert/checkpoint/trained-for.ts'
import type { Weights } from '../convert/checkpoint/weights.ts'
import type { GraphBuilder } from '../convert/onnx/graph-builder.ts'
import type { WeightFile } from '../convert/onnx/weight-file.ts'
import type { AlignmentHead, BundleManifest } from '../core/bundle.ts'
import type { HyperParameters } from '../core/hyper-parameters.ts'
import type { WeightSet } from '../core/weight-set.ts'

/** What every author returns: graphs and the one file of weights that they share. */
export interface ModelPart {
  readonly name: string
  readonly graphs: readonly { readonly path: string; readonly graph: GraphBuilder }[]
  readonly weights: WeightFile
}

export interface ModelParts {
  readonly parts: readonly ModelPart[]
  /** What a runner must know of the graphs beside the checkpoint's numbers. */
  readonly facts: Pick<BundleManifest, 'weights' | 'llmGraph' | 'flowGraph'>
}

/** What may be asked for where a checkpoint folder has more than one. */
export interface CheckpointChoice {
  /** Stem of the language model's file, `llm` where left out. */
  readonly llm?: string
}

/** A checkpoint folder whose headers were read; weights are read when their sources are. */
export interface FamilyCheckpoint {
  readonly llm: Weights
  readonly flow: Weights
  readonly hift: Weights
  readonly parameters: HyperParameters
  readonly tokenizer: TokenizerFiles & { readonly files: readonly CopiedFile[] }
  readonly voices: readonly CheckpointVoice[]
  readonly speechTokenizer: CopiedFile
  readonly speakerEncoder: CopiedFile
  /** Sections of the settings that only training needs. */
  readonly skipped: readonly string[]
  /** Ids and rules that the run time reads from the manifest. */
  readonly rules: Pick<BundleManifest, 'speech' | 'prompt' | 'languages'>
  /** How a user's text is given to it. */
  readonly text: TrainedFor['text']
  /** Plans every graph for `folder`. Throws BAD_CHECKPOINT where a weight is missing or misshapen. */
  build(folder: string, types: WeightSet, alignment?: AlignmentHead | 'all'): ModelParts
  /** Plans the estimator alone at `times` for `folder`, for comparing single calls with the reference. */
  probe?(folder: string, times: readonly number[]): ModelPart
}

export interface ModelFamily {
  /** Name in the manifest. */
  readonly name: string
  /** Settings files of which one marks a folder as a checkpoint of this family. */
  readonly yamlNames: readonly string[]
  /** Reads a folder's headers. Throws BAD_CHECKPOINT naming file, key, expected and got. */
  read(files: OpenFiles, choice: CheckpointChoice): Promise<FamilyCheckpoint>
}
