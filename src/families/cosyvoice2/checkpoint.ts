/** A CosyVoice2 folder in the released layout, opened and checked as a whole; weights are read when they are needed. */

import {
  flowTensors,
  hiftTensors,
  llmTensors,
  requireTensors,
} from '../../convert/checkpoint/expected-tensors.ts'
import { readFlowParameters } from '../../convert/checkpoint/flow-parameters.ts'
import { readFeatureParameters, readHiftParameters } from '../../convert/checkpoint/hift-parameters.ts'
import { checkHyperParameters } from '../../convert/checkpoint/hyper-parameters.ts'
import { readHyperPyYaml } from '../../convert/checkpoint/hyper-pyyaml.ts'
import { readLanguageConfig } from '../../convert/checkpoint/language-config.ts'
import { readLlmParameters } from '../../convert/checkpoint/llm-parameters.ts'
import {
  inputDim,
  LANGUAGE_FOLDER,
  type OpenFiles,
  openFolder,
  openLlm,
  openPart,
  openTokenizer,
  partNames,
} from '../../convert/checkpoint/open-files.ts'
import { withNewWeightNorm, withoutPrefix } from '../../convert/checkpoint/state-dict.ts'
import { type CheckpointVoice, readStoredVoices } from '../../convert/checkpoint/stored-voices.ts'
import { REFERENCE_SPECIALS } from '../../convert/checkpoint/tokenizer-files.ts'
import { readTorch } from '../../convert/checkpoint/torch.ts'
import { readTrainedFor } from '../../convert/checkpoint/trained-for.ts'
import { trainingSections } from '../../convert/checkpoint/training-sections.ts'
import type { UnetParameters } from '../../core/hyper-parameters.ts'
import type { CheckpointChoice } from '../family.ts'

export const YAML_NAMES: readonly string[] = ['cosyvoice2.yaml', 'cosyvoice.yaml']
const SPEECH_TOKENIZER = 'speech_tokenizer_v2.onnx'
const SPEAKER_ENCODER = 'campplus.onnx'
const VOICES = 'spk2info.pt'
/** Of the released model; with zh its dialects. */
const LANGUAGES = ['zh', 'en', 'ja', 'ko', 'yue']
/** Mel bins that the reference's front end computes for the two, whatever their files say. */
const REFERENCE_TOKENIZER_MELS = 128
const REFERENCE_FBANK_MELS = 80

export type CosyVoice2Checkpoint = Awaited<ReturnType<typeof readCosyVoice2>>

/** Reads a folder's headers. Throws BAD_CHECKPOINT naming file, key, expected and got. */
export async function readCosyVoice2(files: OpenFiles, { llm: stem = 'llm' }: CheckpointChoice = {}) {
  const yaml = await readHyperPyYaml(await files.openFirst(YAML_NAMES))
  const config = await readLanguageConfig(await files.open(`${LANGUAGE_FOLDER}/config.json`))
  const llm = await openLlm(files, partNames(stem))
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
    acoustic: 'unet' as const,
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
    skipped: trainingSections(yaml),
    trainedFor: readTrainedFor(yaml, REFERENCE_SPECIALS, LANGUAGES),
    speakerEncoder: files.copied(SPEAKER_ENCODER),
  }
}

/** A folder with its files open; close it when done. */
export function openCosyVoice2(folder: string) {
  return openFolder(folder, (files) => readCosyVoice2(files))
}

async function openVoices(files: OpenFiles, { flow }: UnetParameters): Promise<readonly CheckpointVoice[]> {
  if (!(await files.has(VOICES))) return []
  return readStoredVoices(VOICES, await readTorch(await files.open(VOICES)), flow)
}
