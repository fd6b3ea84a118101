/** The files that `say --dump` writes, for comparing a conversion with other implementations. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNpy } from '../audio/npy.ts'
import { transposeFloats } from '../core/float-arrays.ts'
import type { Said } from './offline-speech.ts'

/** `tokens.json` (array of ids), `mel.npy` `[mels, frames]`, `wave.npy` `[samples]` at the model's rate, `timings.json`. */
export async function writeDump(folder: string, said: Said): Promise<void> {
  const { tokens, mel, mels, wave, timings, segments, sampleRate } = said
  const frames = mel.length / mels
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'tokens.json'), `${JSON.stringify([...tokens])}\n`)
  await writeNpy(join(folder, 'mel.npy'), transposeFloats(mel, frames, mels), [mels, frames])
  await writeNpy(join(folder, 'wave.npy'), wave)
  await writeFile(
    join(folder, 'timings.json'),
    `${JSON.stringify({ ...timings, sampleRate, segments }, undefined, 1)}\n`,
  )
}
