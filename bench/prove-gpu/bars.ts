/** What a card's runs are held to: twice what is estimated of a card of that name (docs/tuning.md, GPUs). Pure. */
import { CARDS, type CardFacts, captured, capturedHop, runMs } from '../cards/card-estimate.ts'
import { COSYVOICE2, COSYVOICE3, type RunFacts } from '../cards/model-work.ts'

export type Family = 'cosyvoice2' | 'cosyvoice3'

/** An estimate is no promise. */
const TIMES = 2
const CALLED: Readonly<Record<string, RegExp>> = {
  a10: /\bA10\b/,
  l4: /\bL4\b/,
  'rtx-4090': /\bRTX 4090\b/,
  a100: /\bA100\b/,
  h100: /\bH100\b/,
  h200: /\bH200\b/,
}

/** By the name that the driver gives, such as `NVIDIA H100 80GB HBM3`. */
export function cardCalled(name: string): CardFacts | undefined {
  return CARDS.find(({ file }) => CALLED[file]!.test(name))
}

/** ms; undefined where the card is not known. */
export interface Bars {
  readonly llmStep: (rows: number) => number | undefined
  /** `streams` in one run, so many frames attended. */
  readonly eulerStep: (streams: number, frames: number) => number | undefined
  /** The same, its kernels started by one launch. */
  readonly capturedEulerStep: (streams: number, frames: number) => number | undefined
  readonly vocoder: (frames: number) => number | undefined
  readonly capturedVocoder: (frames: number) => number | undefined
  readonly fork: (tokens: number) => number | undefined
}

const NOT_MORE_THAN_A_COPY_MS = 1

export function barsOf(card: CardFacts | undefined, family: Family): Bars {
  const model = family === 'cosyvoice2' ? COSYVOICE2 : COSYVOICE3
  const bar = (run: RunFacts) => (card === undefined ? undefined : TIMES * runMs(run, card))
  const eulerStep = (streams: number, frames: number): RunFacts => {
    const { launches, bytes, flops } = model.eulerStep(frames, true)
    return { launches, bytes: streams * bytes, flops: streams * flops }
  }
  return {
    llmStep: (rows) => bar(model.llmStep(rows)),
    eulerStep: (streams, frames) => bar(eulerStep(streams, frames)),
    capturedEulerStep: (streams, frames) => bar(captured(eulerStep(streams, frames))),
    vocoder: (frames) => bar(model.vocoder(frames)),
    capturedVocoder: (frames) => bar(capturedHop(model.vocoder(frames))),
    fork: (tokens) => {
      const copied = bar({ launches: 0, bytes: 2 * tokens * model.stateBytesPerToken, flops: 0 })
      return copied === undefined ? undefined : copied + NOT_MORE_THAN_A_COPY_MS
    },
  }
}
