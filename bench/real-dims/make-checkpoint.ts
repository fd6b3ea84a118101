/**
 * `node dist/bench/real-dims/make-checkpoint.js FOLDER [--family cosyvoice2|cosyvoice3]`: a checkpoint of the published
 * model's dimensions, random.
 *
 * Prints one JSON line last: `{"folder", "family", "seconds", "weight_bytes"}`. The folder takes 2.6 or 3.4 GB: keep it out
 * of git.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { REAL_DIMENSIONS } from './dimensions.ts'
import { REAL_COSYVOICE3 } from './dit-dimensions.ts'
import { writeRandomCheckpoint, writeRandomCheckpoint3 } from './random-checkpoint.ts'

const WRITERS: Readonly<Record<string, (folder: string) => Promise<number>>> = {
  cosyvoice2: (folder) => writeRandomCheckpoint(folder, REAL_DIMENSIONS, template('tiny-a')),
  cosyvoice3: (folder) => writeRandomCheckpoint3(folder, REAL_COSYVOICE3, template('tiny-c')),
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { family: { type: 'string', default: 'cosyvoice2' } },
})
const [folder] = positionals
const write = WRITERS[values.family]
if (folder === undefined || write === undefined) {
  console.error('usage: node dist/bench/real-dims/make-checkpoint.js FOLDER [--family cosyvoice2|cosyvoice3]')
  process.exit(2)
}
const start = performance.now()
const bytes = await write(folder)
const seconds = Math.round((performance.now() - start) / 100) / 10
console.log(JSON.stringify({ folder, family: values.family, seconds, weight_bytes: bytes }))

function template(name: string): string {
  return fileURLToPath(new URL(`../../../test/golden/${name}`, import.meta.url))
}
