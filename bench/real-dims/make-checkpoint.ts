/**
 * `node dist/bench/real-dims/make-checkpoint.js FOLDER`: a checkpoint of the published model's dimensions, random.
 *
 * Prints one JSON line last: `{"folder", "seconds", "weight_bytes"}`. The folder takes 2.6 GB: keep it out of git.
 */
import { fileURLToPath } from 'node:url'
import { REAL_DIMENSIONS } from './dimensions.ts'
import { writeRandomCheckpoint } from './random-checkpoint.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node dist/bench/real-dims/make-checkpoint.js FOLDER')
  process.exit(2)
}
const template = fileURLToPath(new URL('../../../test/golden/tiny-a', import.meta.url))
const start = performance.now()
const bytes = await writeRandomCheckpoint(folder, REAL_DIMENSIONS, template)
const seconds = Math.round((performance.now() - start) / 100) / 10
console.log(JSON.stringify({ folder, seconds, weight_bytes: bytes }))
