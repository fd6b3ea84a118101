/** Cores that real time needs: added up from the records as they are stored, and told in the documents. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { realTimeRows, tableOf } from '../../bench/flow/real-time.ts'
import { repoRoot } from '../helpers/paths.ts'

it('CPU times of a second of speech are added up', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-records-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const write = (name: string, result: object) =>
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ result }))
  const batches = (medianMs: number) => [{ batch: 1, medianMs }]
  const rows = [
    { format: 'int8', batches: batches(8) },
    { format: 'int4', batches: batches(6) },
  ]
  write('llm-speed', { threads: 2, rows })
  write('flow-real', { per_audio_s: [{ seconds: 10, ms: 1000, with_vocoder_ms: 1100 }] })
  write('flow-real-dit', { per_audio_s: [{ seconds: 10, ms: 5000, with_vocoder_ms: 5200 }] })
  write('flow-products-real-unet', { times_faster: 2 })
  write('flow-products-real-dit', { times_faster: 2.5 })
  const made = realTimeRows(10, 7, folder)
  // 25 steps of 8 ms on two threads, .7 of the flow's ten evaluations, the vocoder.
  assert.deepEqual(made[0], {
    family: 'CosyVoice2',
    weights: 'int8, fp32',
    llm_ms: 400,
    flow_ms: 700,
    vocoder_ms: 100,
    cores: 1.2,
  })
  assert.deepEqual(
    made.map(({ flow_ms, cores }) => [flow_ms, cores]),
    [
      [700, 1.2],
      [350, 0.8],
      [3500, 4.1],
      [1400, 1.9],
    ],
  )
  assert.throws(() => realTimeRows(11, 7, folder), /flow-real: expected 10 s, got 11/)
})

it('the document has the rows that the command prints', () => {
  const text = readFileSync(join(repoRoot, 'docs/tuning.md'), 'utf8').replaceAll(/ +/g, ' ')
  for (const row of tableOf(realTimeRows(10, 7))) assert(text.includes(`| ${row} |`), row)
})
