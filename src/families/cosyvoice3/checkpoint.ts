/** A CosyVoice3 folder in the released layout, opened and checked as a whole; weights are read when they are needed. */
import { decoderTensors, requireTensors } from '../../convert/checkpoint/expected-tensors.ts'
import { readFeatureParameters } from '../../convert/checkpoint/hift-parameters.ts'
import { checkHyperParameters } from '../../convert/checkpoint/hyper-parameters.ts'
import { readHyperPyYaml } from '../../convert/checkpoint/hyper-pyyaml.ts'
import { readLanguageConfig } from '../../convert/checkpoint/language-config.ts'
import {
  inputDim,
  LANGUAGE_FOLDER,
  type OpenFiles,
  openLlm,
  openPart,
  openTokenizer,
  partNames,
} from '../../convert/checkpoint/open-files.ts'
import { withNewWeightNorm, withoutPrefix } from '../../convert/checkpoint/state-dict.ts'
import { readStoredVoices } from '../../convert/checkpoint/stored-voices.ts'
import { readTorch } from '../../convert/checkpoint/torch.ts'
import { readTrainedFor } from '../../convert/checkpoint/trained-for.ts'
import { trainingSections } from '../../convert/checkpoint/training-sections.ts'
import type { CheckpointChoice } from '../family.ts'
import { ESTIMATOR } from './dit-projections.ts'
import { readDitFlowParameters } from './flow-parameters.ts'
import { readCausalHiftParameters } from './hift-parameters.ts'
import { readSpeechLmParameters } from './llm-parameters.ts'
import { SPECIALS } from './specials.ts'
import { causalHiftTensors, ditFlowTensors } from './tensors.ts'

export const YAML_NAME = 'cosyvoice3.yaml'
const SPEECH_TOKENIZER = 'speech_tokenizer_v3.onnx'
const SPEAKER_ENCODER = 'campplus.onnx'
const VOICES = 'spk2info.pt'
/** Of the released model; with zh its dialects. Japanese has to be written in katakana. */
const LANGUAGES = ['zh', 'en', 'ja', 'ko', 'de', 'es', 'fr', 'it', 'ru', 'yue']
/** Mel bins that the reference's front end computes for the two, whatever their files say. */
const REFERENCE_TOKENIZER_MELS = 128
const REFERENCE_FBANK_MELS = 80

export type CosyVoice3Checkpoint = Awaited<ReturnType<typeof readCosyVoice3>>

/** Reads a folder's headers. Throws BAD_CHECKPOINT naming file, key, expected and got. */
export async function readCosyVoice3(files: OpenFiles, { llm: stem = 'llm' }: CheckpointChoice = {}) {
  const yaml = await readHyperPyYaml(await files.open(YAML_NAME))
  const config = await readLanguageConfig(await files.open(`${LANGUAGE_FOLDER}/config.json`))
  const llm = await openLlm(files, partNames(stem))
  const flow = await openPart(files, partNames('flow'), (tensors) => tensors)
  const hift = await openPart(files, partNames('hift'), (tensors) =>
    withNewWeightNorm(withoutPrefix(tensors, 'generator.')),
  )
  const flowParameters = readDitFlowParameters(flow, yaml)
  const parameters = {
    llm: readSpeechLmParameters(llm, config, yaml),
    flow: flowParameters,
    hift: readCausalHiftParameters(hift, yaml, flowParameters),
  }
  requireTensors(llm, decoderTensors(parameters.llm))
  const convChannels = flow.dim(`${ESTIMATOR}.input_embed.conv_pos_embed.conv1.0.weight`, 1)
  requireTensors(flow, ditFlowTensors(parameters.flow, convChannels))
  requireTensors(hift, causalHiftTensors(parameters.hift))
  const features = readFeatureParameters(yaml, parameters.hift, parameters.flow.tokenMelRatio, {
    tokenizerMels: await inputDim(files, SPEECH_TOKENIZER, 1, REFERENCE_TOKENIZER_MELS),
    fbankMels: await inputDim(files, SPEAKER_ENCODER, 2, REFERENCE_FBANK_MELS),
  })
  const voices = (await files.has(VOICES))
    ? await readStoredVoices(VOICES, await readTorch(await files.open(VOICES)), parameters.flow)
    : []
  return {
    llm,
    flow,
    hift,
    parameters: checkHyperParameters(yaml.file, { acoustic: 'dit' as const, ...parameters, features }),
    tokenizer: await openTokenizer(files, parameters.llm.textVocab, SPECIALS),
    voices,
    speechTokenizer: files.copied(SPEECH_TOKENIZER),
    skipped: trainingSections(yaml),
    trainedFor: readTrainedFor(yaml, SPECIALS, LANGUAGES),
    speakerEncoder: files.copied(SPEAKER_ENCODER),
  }
}
