/**
 * `node dist/bench/cards/main.js [--write DIR]`: what runs of both published models should take on common NVIDIA cards, and how
 * many streams one should carry. With `--write` each card's profiles are written. Estimates (`card-estimate.ts` has the
 * formula); the last line is JSON.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { benchCommand } from '../command-line/command.ts'
import { existing } from '../command-line/values.ts'
import { CARDS, estimate } from './card-estimate.ts'
import { cardProfile, PROFILED } from './card-profile.ts'

const { write } = benchCommand(
  'what runs of both published models should take on common NVIDIA cards, and streams of one: estimates',
)
  .option('--write <dir>', 'write each card’s profiles there', existing)
  .parse()
  .opts<{ write?: string }>()
const ms = (value: number) => value.toFixed(2).padStart(8)
const models: Record<string, ReturnType<typeof estimate>[]> = {}
for (const { model, suffix } of PROFILED) {
  const estimates = CARDS.map((card) => estimate(card, model))
  models[`${model.name} fp16`] = estimates
  console.log(`${model.name}: ms, estimates, nothing was run`)
  console.log('card         LLM 1   LLM 64    Euler  Euler captured  ms per s of speech  streams')
  for (const { card, llmStepMs, eulerStepMs, eulerStepCapturedMs, msPerSecond, streams } of estimates)
    console.log(
      `${card.padEnd(10)}${ms(llmStepMs.one)} ${ms(llmStepMs.sixtyFour)} ${ms(eulerStepMs)}        ${ms(eulerStepCapturedMs)}            ${ms(msPerSecond)} ${String(streams).padStart(8)}`,
    )
  if (write === undefined) continue
  for (const card of CARDS) {
    const text = `${JSON.stringify(cardProfile(card, model), undefined, 2)}\n`
    await writeFile(join(write, `${card.file}${suffix}.json`), text)
  }
}
console.log(JSON.stringify({ estimated: true, models }))
