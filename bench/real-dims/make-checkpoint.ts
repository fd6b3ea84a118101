/**
 * `node dist/bench/real-dims/make-checkpoint.js FOLDER [--family cosyvoice2|cosyvoice3]`: a checkpoint of the published
 * model's dimensions, random.
 *
 * Prints one JSON line last: `{"folder", "family", "seconds", "weight_bytes"}`. The folder takes 2.6 or 3.4 GB: keep it out
 * of git.
 */
import { fileURLToPath } from 'node:url'
import { Option } from 'commander'
import { benchCommand } from '../command-line/command.ts'
import { REAL_DIMENSIONS } from './dimensions.ts'
import { REAL_COSYVOICE3 } from './dit-dimensions.ts'
import { writeRandomCheckpoint, writeRandomCheckpoint3 } from './random-checkpoint.ts'

const WRITERS: Readonly<Record<string, (folder: string) => Promise<number>>> = {
  cosyvoice2: (folder) => writeRandomCheckpoint(folder, REAL_DIMENSIONS, template('tiny-a')),
  cosyvoice3: (folder) => writeRandomCheckpoint3(folder, REAL_COSYVOICE3, template('tiny-c')),
}

const command = benchCommand('makes a checkpoint of the published model’s dimensions with random weights')
  .argument('<folder>', 'that is made; it takes 2.6 or 3.4 GB')
  .addOption(
    new Option('--family <family>', 'of the model').choices(Object.keys(WRITERS)).default('cosyvoice2'),
  )
  .parse()
const [folder] = command.processedArgs as [string]
const { family } = command.opts<{ family: string }>()
const start = performance.now()
const bytes = await WRITERS[family]!(folder)
const seconds = Math.round((performance.now() - start) / 100) / 10
console.log(JSON.stringify({ folder, family, seconds, weight_bytes: bytes }))

function template(name: string): string {
  return fileURLToPath(new URL(`../../../test/golden/${name}`, import.meta.url))
}
