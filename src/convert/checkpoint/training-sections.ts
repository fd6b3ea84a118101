/** Sections of a checkpoint's settings that only training reads. */
import type { YamlSection } from './yaml-value.ts'

const TRAINING_SECTIONS = [
  'hifigan',
  'mel_spec_transform1',
  'parquet_opener',
  'tokenize',
  'filter',
  'resample',
  'truncate',
  'compute_fbank',
  'compute_f0',
  'parse_embedding',
  'shuffle',
  'sort',
  'batch',
  'padding',
  'data_pipeline',
  'data_pipeline_gan',
  'train_conf',
  'train_conf_gan',
]

/** Those that `yaml` has. */
export function trainingSections(yaml: YamlSection): string[] {
  return TRAINING_SECTIONS.filter((name) => yaml.has(name))
}
