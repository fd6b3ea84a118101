/**
 * `node dist/bench/prompts/main.js [--bundle DIR] [--recordings DIR] [--verbose]`: how often `prompt_mode: auto` takes a text
 * for what it is. Nine texts for each recording; the last line is JSON.
 *
 * Sets: `fit`, by which the rules were set, has the model's prompts and sentences spoken by its voices. `held out` has
 * other sentences and descriptions, spoken by flite and espeak-ng where they are installed. `unknown voices` are those
 * of a folder with NAME.wav and NAME.txt.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing } from '../command-line/values.ts'
import { decideAll } from './decide.ts'
import { recordingsOf, spokenByPrograms } from './outside-recordings.ts'
import { type KnownRecording, knownRecordings, wornInTurn } from './recordings.ts'
import { printTable, type Row, rowsOf } from './table.ts'

const SPOKEN_RECORDINGS = 35

const options = benchCommand('how often prompt_mode: auto takes a text for what it is')
  .option('--bundle <dir>', 'a bundle; the embedded voice by default', existing)
  .option('--recordings <dir>', 'a folder with NAME.wav and NAME.txt of unknown voices', existing)
  .option('--verbose', 'every pair by itself', false)
  .parse()
  .opts<{ bundle?: string; recordings?: string; verbose: boolean }>()
const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder =
  options.bundle ?? (await bundleOf(EMBEDDED_VOICE, { cacheDir: `${root}.cache/bundles`, dtype: 'fp32' }))
const bundle = await readBundle(folder)
const sets: readonly (readonly [string, readonly KnownRecording[], string])[] = [
  ['fit', await knownRecordings(bundle, `${root}demo`, SPOKEN_RECORDINGS), 'fit'],
  ['held out', wornInTurn(await spokenByPrograms()), 'held-out'],
  [
    'unknown voices',
    options.recordings === undefined ? [] : wornInTurn(await recordingsOf(options.recordings)),
    'held-out',
  ],
]
const report: Record<string, { recordings: number; rows: Row[] }> = {}
for (const [name, recordings, list] of sets) {
  if (recordings.length === 0) continue
  const text = await readFile(`${root}bench/prompts/descriptions/${list}.txt`, 'utf8')
  const decided = await decideAll(bundle, recordings, text.trim().split('\n'))
  const rows = rowsOf(decided)
  report[name] = { recordings: recordings.length, rows }
  console.log(`${name}: ${recordings.length} recordings, ${decided.length} pairs`)
  printTable(rows)
  if (options.verbose)
    for (const { kind, wear, mode, gain, text: sent } of decided)
      console.log(kind, wear, mode, gain?.toFixed(2), sent.slice(0, 60))
}
console.log(JSON.stringify(report))
