/** The language model: greedy tokens and log-probabilities of whole texts, and of texts that arrive while it speaks. */
import { z } from 'zod'
import { openLlm, sequenceRules } from '../engine/bundle-models.ts'
import { LiveSequence } from '../engine/llm/live-sequence.ts'
import type { LlmRunner } from '../engine/llm/llm-runner.ts'
import { type IdSpace, PlainSequence, type SequenceRules } from '../engine/llm/llm-sequence.ts'
import { logSoftmaxInPlace } from '../engine/llm/sampler.ts'
import { type Check, close, identical, skipped } from './check.ts'
import { chooseGreedily, followTokens, speakGreedily } from './greedy-decoding.ts'
import { agreeing, correlated, correlation, isRounded } from './rounded-weights.ts'
import type { Stage, VerifyContext } from './stage.ts'

const LOG_PROBABILITY_LIMIT = 1e-3
/** Positions of a row; more than any stored case has. */
const CAPACITY = 8192
/** The reference's, where a case does not say otherwise. */
const RATIOS = { min: 2, max: 20 }

const ids = z.array(z.int())
const plainCase = z.object({
  case: z.string(),
  text_ids: ids,
  prompt_text_ids: ids,
  prompt_speech: ids,
  lm_input_len: z.int().optional(),
  tokens: ids,
  /** Whether the tokens are all that there are; otherwise the case was cut. */
  complete: z.boolean(),
  ratios: z
    .object({ min_token_text_ratio: z.number().optional(), max_token_text_ratio: z.number().optional() })
    .optional(),
})
/** What the reference does by barring the first reserved id, and what it would do by barring all. */
const quirkCase = z.union([
  plainCase.omit({ complete: true }).extend({ tokens_if_all_stop_ids_are_barred_before_min_len: ids }),
  z.object({ case: z.string(), raises: z.string() }),
])
const fedRow = z.tuple([z.enum(['sos', 'task_id', 'text', 'speech'])]).rest(z.int())
const liveEvent = z.object({
  type: z.enum(['text', 'step']),
  id: z.int().optional(),
  feed: z.array(fedRow).optional(),
  emit: z.int().optional(),
  how: z.string().optional(),
})
const liveCase = z.object({
  case: z.string(),
  prompt_text_ids: ids,
  prompt_speech: ids,
  tokens: ids,
  events: z.array(liveEvent),
})
type LiveEvent = z.infer<typeof liveEvent>

export const llmStage: Stage = {
  name: 'llm',
  section: 'llm',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const cases = await context.expected.json('llm/cases', z.array(plainCase))
    if (cases === undefined) yield skipped('cases.json', 'tokens', 'not stored')
    else yield* withLlm(context, (llm, rules) => plainChecks(context, llm, rules, cases))
    const quirks = await context.expected.json('llm/quirks', z.array(quirkCase))
    if (quirks !== undefined && isRounded(context.bundle.manifest.weights.llm))
      yield skipped('quirks.json', 'tokens', 'its tokens need exact weights')
    else if (quirks !== undefined) yield* withLlm(context, (llm, rules) => barChecks(llm, rules, quirks))
  },
}

export const liveStage: Stage = {
  name: 'bistream',
  section: 'llm',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const cases = await context.expected.json('llm/bistream', z.array(liveCase))
    if (cases === undefined) yield skipped('bistream.json', 'events', 'not stored')
    else yield* withLlm(context, (llm, rules) => liveChecks(context, llm, rules, cases))
  },
}

async function* withLlm(
  { runtime, bundle, session }: VerifyContext,
  checks: (llm: LlmRunner, rules: SequenceRules) => AsyncGenerator<Check>,
): AsyncGenerator<Check> {
  const llm = await openLlm(runtime, bundle, { rows: 1, capacity: CAPACITY }, session)
  try {
    // Stored tokens are the language model's, before runs of silence are shortened.
    const silence = { tokens: [], longest: 1 }
    yield* checks(llm, { ...sequenceRules(bundle, llm.pool.maxLength), silence })
  } finally {
    llm.release()
  }
}

async function* plainChecks(
  { expected, bundle }: VerifyContext,
  llm: LlmRunner,
  rules: SequenceRules,
  cases: readonly z.infer<typeof plainCase>[],
): AsyncGenerator<Check> {
  for (const stored of cases) {
    const { min_token_text_ratio: min, max_token_text_ratio: max } = stored.ratios ?? {}
    const sequence = new PlainSequence(
      Int32Array.from(stored.prompt_text_ids),
      Int32Array.from(stored.prompt_speech),
      Int32Array.from(stored.text_ids),
      rules,
      { min: min ?? RATIOS.min, max: max ?? RATIOS.max },
    )
    if (stored.lm_input_len !== undefined)
      yield identical(stored.case, 'length of the input', [sequence.pending.length], [stored.lm_input_len])
    const seen = new Map<number, Float32Array>()
    const observe = (step: number, values: Float32Array) => {
      if (expected.has(`llm/${stored.case}_logp_step${step}`)) seen.set(step, values.slice())
    }
    const rounded = isRounded(bundle.manifest.weights.llm)
    if (rounded) {
      const same = followTokens(llm, sequence, stored.tokens, observe)
      yield agreeing(stored.case, 'tokens, each after stored ones', same, stored.tokens.length)
    } else {
      // A complete case needs one step more than it has tokens, to choose its end.
      const steps = stored.complete ? Infinity : stored.tokens.length
      yield identical(stored.case, 'tokens', speakGreedily(llm, sequence, steps, observe), stored.tokens)
    }
    const correlations: number[] = []
    for (const [step, values] of seen) {
      const { data } = await expected.floats(`llm/${stored.case}_logp_step${step}`)
      if (rounded) correlations.push(correlation(values, data))
      else yield close(stored.case, `log-probabilities, step ${step}`, values, data, LOG_PROBABILITY_LIMIT)
    }
    if (correlations.length > 0) yield correlated(stored.case, 'log-probabilities', correlations)
  }
}

/** With our bars and with the reference's. */
async function* barChecks(
  llm: LlmRunner,
  rules: SequenceRules,
  cases: readonly z.infer<typeof quirkCase>[],
): AsyncGenerator<Check> {
  for (const stored of cases) {
    if ('raises' in stored) continue
    const speak = (barred: readonly number[]) => {
      const sequence = new PlainSequence(
        Int32Array.from(stored.prompt_text_ids),
        Int32Array.from(stored.prompt_speech),
        Int32Array.from(stored.text_ids),
        { ...rules, barred },
      )
      return speakGreedily(llm, sequence)
    }
    const own = stored.tokens_if_all_stop_ids_are_barred_before_min_len
    yield identical(stored.case, 'tokens, the end of speech barred', speak(rules.barred), own)
    yield identical(
      stored.case,
      'tokens, as the reference bars',
      speak([rules.speechTokenSize]),
      stored.tokens,
    )
  }
}

async function* liveChecks(
  { expected, bundle }: VerifyContext,
  llm: LlmRunner,
  rules: SequenceRules,
  cases: readonly z.infer<typeof liveCase>[],
): AsyncGenerator<Check> {
  const rounded = isRounded(bundle.manifest.weights.llm)
  for (const stored of cases) {
    const { events, tokens, last } = replay(llm, rules, stored, rounded)
    yield identical(
      stored.case,
      'events',
      events,
      stored.events.map((event) => describe(event, rules.ids)),
    )
    yield identical(stored.case, 'tokens', tokens, stored.tokens)
    const array = `llm/${stored.case}_logp_last`
    if (last === undefined || !expected.has(array)) continue
    const { data } = await expected.floats(array)
    const what = 'log-probabilities, last step'
    if (rounded) yield correlated(stored.case, what, [correlation(last, data)])
    else yield close(stored.case, what, last, data, LOG_PROBABILITY_LIMIT)
  }
}

/**
 * Gives text whenever the sequence waits for it, as the reference pulls it; what happened, in the order it did. Rounded
 * weights are told what the stored tokens are.
 */
function replay(
  llm: LlmRunner,
  rules: SequenceRules,
  stored: z.infer<typeof liveCase>,
  rounded: boolean,
): { events: string[]; tokens: number[]; last: Float32Array | undefined } {
  const text = stored.events.filter(({ type }) => type === 'text').map(({ id }) => id!)
  const emitted = stored.events.filter(({ type }) => type === 'step').map(({ emit }) => emit!)
  const sequence = new LiveSequence(
    Int32Array.from(stored.prompt_text_ids),
    Int32Array.from(stored.prompt_speech),
    rules,
    { ratio: 0, floor: CAPACITY },
  )
  const row = llm.pool.take()
  const events: string[] = []
  const tokens: number[] = []
  let last: Float32Array | undefined
  let given = 0
  if (text.length === 0) sequence.finish()
  try {
    // As many events as stored and a few more: a sequence that does not end shows as a difference, not as a hang.
    for (let i = 0; i < stored.events.length + CAPACITY / 16; i++) {
      if (sequence.waiting) {
        events.push(describe({ type: 'text', id: text[given]! }, rules.ids))
        sequence.append(Int32Array.of(text[given++]!))
        if (given === text.length) sequence.finish()
        continue
      }
      const fed = sequence.pending
      if (fed.length === 0) break
      const logProbabilities = logSoftmaxInPlace(llm.prefill(row, fed).slice())
      last = logProbabilities.slice()
      const forced = sequence.choice().how === 'forced'
      const own = chooseGreedily(sequence, logProbabilities)
      const token = rounded ? (emitted.shift() ?? own) : own
      events.push(describeStep(fed, token, forced))
      if (sequence.accept(token) === 'spoken') tokens.push(token)
    }
  } finally {
    llm.pool.release(row)
  }
  return { events, tokens, last }
}

function describe({ type, id, feed = [], emit, how }: LiveEvent, space: IdSpace): string {
  if (type === 'text') return `text ${id}`
  const fed = feed.map(([kind, of = 0]) => {
    if (kind === 'sos') return space.sos
    if (kind === 'task_id') return space.task
    return space[kind] + of
  })
  return describeStep(fed, emit!, how === 'forced fill')
}

function describeStep(fed: readonly number[], token: number, forced: boolean): string {
  return `[${fed}] gives ${token}${forced ? ' (forced)' : ''}`
}
