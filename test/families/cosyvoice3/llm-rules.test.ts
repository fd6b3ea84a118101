/** The language model of CosyVoice3 under the rules of the manifest, against the reference's tokens. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { convert } from '../../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../../src/core/bundle.ts'
import { openLlm, sequenceRules } from '../../../src/engine/bundle-models.ts'
import { LiveSequence } from '../../../src/engine/llm/live-sequence.ts'
import type { LlmRunner } from '../../../src/engine/llm/llm-runner.ts'
import { type LlmSequence, PlainSequence, SilenceRun } from '../../../src/engine/llm/llm-sequence.ts'
import type { Check } from '../../../src/verify/check.ts'
import { ExpectedFolder } from '../../../src/verify/expected-folder.ts'
import { chooseGreedily, speakGreedily } from '../../../src/verify/greedy-decoding.ts'
import { liveStage, llmStage } from '../../../src/verify/llm-stages.ts'
import { goldenDir3 } from '../../helpers/paths.ts'
import { openStrictRuntime } from '../../helpers/strict-runtime.ts'

interface Stored {
  readonly case: string
  readonly text_ids: number[]
  readonly prompt_text_ids: number[]
  readonly prompt_speech: number[]
  readonly tokens: number[]
  readonly events?: readonly { readonly type: string; readonly id?: number }[]
}
const golden = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(goldenDir3, 'expected', name), 'utf8'))

let folder: string
let bundle: Bundle
let llm: LlmRunner
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-rules3-'))
  await convert(goldenDir3, join(folder, 'bundle'))
  bundle = await readBundle(join(folder, 'bundle'))
  llm = await openLlm(await openStrictRuntime(), bundle, { rows: 1, capacity: 2048 }, { intraOpThreads: 1 })
})
after(async () => {
  llm?.release()
  await rm(folder, { recursive: true, force: true })
})

const rules = () => sequenceRules(bundle, llm.pool.maxLength)

for (const stage of [llmStage, liveStage]) {
  it(`verify's stage '${stage.name}' finds every token and log-probability in place`, async () => {
    const expected = await ExpectedFolder.open(join(goldenDir3, 'expected'), ['llm'])
    const context = { bundle, expected, runtime: await openStrictRuntime(), session: { intraOpThreads: 1 } }
    const checks: Check[] = []
    for await (const check of stage.run(context)) checks.push(check)
    assert(checks.length > 5)
    assert.deepEqual(
      checks.filter(({ outcome }) => outcome === 'miss'),
      [],
    )
  })
}

it('the manifest bars the true end of speech, the compatible rules the wrong one', async () => {
  const [stored] = (await golden<(Stored & { min_len: number })[]>('llm/quirks.json')) as [
    Stored & { min_len: number },
  ]
  const speak = (compat: 'own' | 'reference') =>
    speakGreedily(
      llm,
      new PlainSequence(
        Int32Array.from(stored.prompt_text_ids),
        Int32Array.from(stored.prompt_speech),
        Int32Array.from(stored.text_ids),
        { ...sequenceRules(bundle, llm.pool.maxLength, compat), silence: { tokens: [], longest: 1 } },
      ),
    )
  assert.deepEqual(speak('reference'), stored.tokens)
  assert(stored.tokens.length < stored.min_len)
  assert(speak('own').length >= stored.min_len)
})

it('of a run of silence the first five tokens are spoken', async () => {
  const { silent_tokens, longest_run, cases } = await golden<{
    silent_tokens: number[]
    longest_run: number
    cases: { given: number[]; kept: number[] }[]
  }>('pipeline/silent_tokens.json')
  const { silence } = bundle.manifest.speech
  assert.equal(silence.longest, longest_run)
  assert.deepEqual(
    silence.tokens,
    silent_tokens.filter((token) => token < 500),
  )
  for (const { given, kept } of cases) {
    const run = new SilenceRun({ tokens: silent_tokens, longest: longest_run })
    assert.deepEqual(
      given.filter((token) => run.keeps(token)),
      kept,
    )
  }
})

it('a sequence goes on over the silence that it does not speak', () => {
  const sequence = new PlainSequence(new Int32Array(0), new Int32Array(0), Int32Array.of(1, 2), rules())
  const outcomes = Array.from({ length: 7 }, () => sequence.accept(2))
  assert.deepEqual(outcomes, [...Array(5).fill('spoken'), 'silent', 'silent'])
  assert.deepEqual(sequence.pending, [rules().ids.speech + 2])
  assert.equal(sequence.chosen.length, 7)
})

/** Gives `text` one id at a time whenever the sequence waits; what was fed first, and what was spoken. */
function speakLive(sequence: LiveSequence, text: readonly number[]): { first: number[]; spoken: number[] } {
  const row = llm.pool.take()
  const spoken: number[] = []
  let first: number[] | undefined
  let given = 0
  try {
    for (let step = 0; step < 600; step++) {
      while (sequence.waiting) {
        sequence.append(Int32Array.of(text[given++]!))
        if (given === text.length) sequence.finish()
      }
      if (sequence.pending.length === 0) break
      first ??= [...sequence.pending]
      const logits = llm.prefill(row, sequence.pending).slice()
      const token = chooseGreedily(sequence as LlmSequence, logits)
      if (sequence.accept(token) === 'spoken') spoken.push(token)
    }
  } finally {
    llm.pool.release(row)
  }
  assert.equal(sequence.pending.length, 0, 'speech does not end')
  return { first: first!, spoken }
}

it('live text after an instruction alone: the instruction first and whole, then blocks of 5 and 15', async () => {
  const [stored] = (await golden<Stored[]>('llm/bistream_quirks.json')) as [Stored]
  const text = stored.events!.filter(({ type }) => type === 'text').map(({ id }) => id!)
  const prompt = Int32Array.from(stored.prompt_text_ids)
  const { first, spoken } = speakLive(new LiveSequence(prompt, new Int32Array(0), rules()), text)
  const { ids } = rules()
  assert.deepEqual(first, [ids.sos, ...prompt, ...text.slice(0, 5)].map(Number))
  assert(spoken.length >= 15 && spoken.every((token) => token < 500))
})

it('live text in cross-lingual mode speaks: its standing instruction is a prompt text without speech', () => {
  const { lead, mark } = bundle.manifest.prompt
  assert.equal(lead, 'You are a helpful assistant.')
  const front = [56, 312, 433, 264, 1920, 1986, 624, 402, 1410, 13, bundle.manifest.text.specials[mark]!]
  const text = [310, 220, 465, 405, 74, 293, 722]
  const sequence = new LiveSequence(Int32Array.from(front), new Int32Array(0), rules())
  assert(speakLive(sequence, text).spoken.length > 0)
})

it('while text comes no reserved id but the fill can be chosen', () => {
  const sequence = new LiveSequence(new Int32Array(0), new Int32Array(0), rules())
  sequence.append(Int32Array.of(310, 220, 465, 405, 74))
  const choice = sequence.choice()
  assert(choice.how === 'sample')
  assert.deepEqual(
    choice.barred,
    Array.from({ length: 200 }, (_, i) => 500 + i).filter((id) => id !== 503),
  )
})
