/** Text: tokenizer, normalisation and splitting, and the choice of tokens from log-probabilities. */
import { join } from 'node:path'
import { z } from 'zod'
import { logSoftmaxInPlace, nucleus, repeats } from '../engine/llm/sampler.ts'
import { normaliseText, segmentText } from '../text/front-end.ts'
import { TextTokenizer } from '../text/tokenizer.ts'
import { type Check, identical, score, skipped } from './check.ts'
import type { Stage, VerifyContext } from './stage.ts'

/** Share of texts that have to be read and cut as the reference does. */
const FRONT_END_SHARE = 0.95

const ids = z.array(z.int())
const tokenizerCases = z.array(z.object({ text: z.string(), ids, decoded: z.string() }))
const specialIds = z.record(z.string(), z.int())
const frontEndCases = z.array(
  z.object({
    input: z.string(),
    normalized: z.string().optional(),
    segments: z.array(z.string()).optional(),
    error: z.string().optional(),
  }),
)
const samplingCases = z.array(
  z.object({
    row: z.int(),
    decoded_tokens: ids,
    candidates: ids,
    falls_back: z.array(z.boolean()),
  }),
)

export const tokenizerStage: Stage = {
  name: 'tokenizer',
  section: 'tokenizer',
  async *run({ bundle, expected }: VerifyContext): AsyncGenerator<Check> {
    const tokenizer = await openTokenizer({ bundle })
    const cases = await expected.json('tokenizer/tokenizer', tokenizerCases)
    if (cases === undefined) yield skipped('tokenizer.json', 'ids', 'not stored')
    else {
      const encoded = cases.map(({ text }) => String([...tokenizer.encodeTrusted(text)]))
      const decoded = cases.map(({ ids }) => tokenizer.decode(ids))
      yield identical(
        `${cases.length} texts`,
        'ids',
        encoded,
        cases.map(({ ids }) => String(ids)),
      )
      yield identical(
        `${cases.length} texts`,
        'decoded text',
        decoded,
        cases.map((one) => one.decoded),
      )
    }
    const stored = await expected.json('tokenizer/special_ids', specialIds)
    if (stored === undefined) return
    const entries = (of: Readonly<Record<string, number>>) =>
      Object.entries(of)
        .map(([content, id]) => `${content} ${id}`)
        .sort()
    yield identical('special tokens', 'ids', entries(tokenizer.specialIds), entries(stored))
  },
}

export const frontEndStage: Stage = {
  name: 'front end',
  section: 'frontend',
  async *run({ bundle, expected }: VerifyContext): AsyncGenerator<Check> {
    const tokenizer = await openTokenizer({ bundle })
    const cases = await expected.json('frontend/frontend', frontEndCases)
    if (cases === undefined) {
      yield skipped('frontend.json', 'texts', 'not stored')
      return
    }
    // The reference raises on some inputs, and does not look at an empty one.
    const scored = cases.filter(({ input, error }) => error === undefined && input !== '')
    const count = (text: string) => tokenizer.encodeTrusted(text).length
    const texts = scored.filter(({ input, normalized }) => normaliseText(input) === normalized)
    const splits = scored.filter(
      ({ input, segments }) => JSON.stringify(segmentText(input, count)) === JSON.stringify(segments),
    )
    const first = (agreeing: typeof scored) => {
      const other = scored.find((one) => !agreeing.includes(one))
      return other === undefined ? undefined : `first other: ${JSON.stringify(other.input)}`
    }
    const name = `${scored.length} texts`
    yield score(name, 'normalised', texts.length, scored.length, FRONT_END_SHARE, first(texts))
    yield score(name, 'split', splits.length, scored.length, FRONT_END_SHARE, first(splits))
  },
}

export const samplingStage: Stage = {
  name: 'sampling',
  section: 'sampling',
  async *run({ bundle, expected }: VerifyContext): AsyncGenerator<Check> {
    const cases = await expected.json('sampling/cases', samplingCases)
    if (cases === undefined || !expected.has('sampling/logp')) {
      yield skipped('cases.json, logp.npy', 'candidates', 'not stored')
      return
    }
    const { sampling } = bundle.manifest.parameters.llm
    const { shape, data } = await expected.floats('sampling/logp')
    const width = shape.at(-1)!
    const candidates: string[] = []
    const fallBacks: string[] = []
    for (const { row, decoded_tokens: spoken } of cases) {
      // Rows hold barred tokens: the reference takes the softmax once more.
      const logProbabilities = logSoftmaxInPlace(data.slice(row * width, (row + 1) * width))
      const { ids } = nucleus(logProbabilities, sampling.topP, sampling.topK)
      candidates.push(String(ids))
      fallBacks.push(String(ids.map((id) => repeats(id, spoken, sampling))))
    }
    const name = `${cases.length} rows`
    yield identical(
      name,
      'nucleus',
      candidates,
      cases.map((one) => String(one.candidates)),
    )
    yield identical(
      name,
      'repetition rule',
      fallBacks,
      cases.map((one) => String(one.falls_back)),
    )
  },
}

/** The tokenizer that the bundle brings. */
export function openTokenizer({ bundle }: Pick<VerifyContext, 'bundle'>): Promise<TextTokenizer> {
  return TextTokenizer.load(join(bundle.folder, 'tokenizer'), bundle.manifest.text)
}
