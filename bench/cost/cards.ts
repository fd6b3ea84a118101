/**
 * `node dist/bench/cost/cards.js`: what CosyVoice2-0.5B's runs should take on common NVIDIA cards, and how many streams one
 * should carry. Estimates (`card-estimate.ts` has the formula); the last line is JSON.
 */
import { CARDS, estimate } from './card-estimate.ts'

const estimates = CARDS.map(estimate)
const ms = (value: number) => value.toFixed(2).padStart(8)
console.log(
  'card         LLM 1   LLM 64    Euler  Euler captured  ms per s of speech  streams   (ms; estimates, nothing was run)',
)
for (const { card, llmStepMs, eulerStepMs, eulerStepCapturedMs, msPerSecond, streams } of estimates)
  console.log(
    `${card.padEnd(10)}${ms(llmStepMs.one)} ${ms(llmStepMs.sixtyFour)} ${ms(eulerStepMs)}        ${ms(eulerStepCapturedMs)}            ${ms(msPerSecond)} ${String(streams).padStart(8)}`,
  )
console.log(JSON.stringify({ estimated: true, model: 'CosyVoice2-0.5B fp16', cards: estimates }))
