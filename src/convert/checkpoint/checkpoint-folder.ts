/**
 * A CosyVoice2 folder in the reference's layout, opened and checked as a whole.
 *
 * Knows: which files there are, under which names, and what belongs together. Does not know: file formats (each has
 * its module) or graphs. Opening reads headers only; weights are read when their sources are. Close it when done.
 */
import type { HyperParameters } from '../../core/hyper-parameters.ts'
import { flowTensors, hiftTensors, llmTensors, requireTensors } from './expected-tensors.ts'
import { readFlowParameters } from './flow-parameters.ts'
import { readFeatureParameters, readHiftParameters } from './hift-parameters.ts'
import { checkHyperParameters } from './hyper-parameters.ts'
import { readHyperPyYaml } from './hyper-pyyaml.ts'
import { readLanguageConfig } from './language-config.ts'
import { readLlmParameters } from './llm-parameters.ts'
import {
  type CopiedFile,
  inputDim,
  LANGUAGE_FOLDER,
  OpenFiles,
  openLlm,
  openPart,
  openTokenizer,
  partNames,
} from './open-files.ts'
import { withNewWeightNorm, withoutPrefix } from './state-dict.ts'
import { type CheckpointVoice, readStoredVoices } from './stored-voices.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'
import { readTorch } from './torch.ts'
import type { Weights } from './weights.ts'

const YAML_NAMES = ['cosyvoice2.yaml', 'cosyvoice.yaml']
const SPEECH_TOKENIZER = 'speech_tokenizer_v2.onnx'
const SPEAKER_ENCODER = 'campplus.onnx'
const VOICES = 'spk2info.pt'
/** Mel bins that the reference's front end computes for the two, whatever their files say. */
const REFERENCE_TOKENIZER_MELS = 128
const REFERENCE_FBANK_MELS = 80

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
  const flow = await openPart(files, partNames('flow'), (tensors) => tensors)
  const hift = await openPart(files, partNames('hift'), (tensors) =>
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

async function openVoices(files: OpenFiles, { flow }: HyperParameters): Promise<readonly CheckpointVoice[]> {
  if (!(await files.has(VOICES))) return []
  return readStoredVoices(VOICES, await readTorch(await files.open(VOICES)), flow)
}
