/** Which models a benchmark runs: their kind of flow and vocoder, and their size. */
import { Argument, Option } from 'commander'

export type AcousticKind = 'unet' | 'dit'
export type ModelSize = 'tiny' | 'real'

export function kindOption(): Option {
  return new Option('--kind <kind>', 'of flow and vocoder: CosyVoice2 has unet, CosyVoice3 dit')
    .choices(['unet', 'dit'])
    .default('unet')
}

export function sizeArgument(): Argument {
  return new Argument('[size]', 'tiny: of the reference set; real: the published dimensions, random weights')
    .choices(['tiny', 'real'])
    .default('tiny')
}
