/**
 * How much of what is said is what the reference says, on the stored cases: the whole way of a text, not the rules alone.
 * Each difference has a reason; one without fails.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { speakable } from '../../src/text/speakable.ts'
import { REASONS, sameSpeech } from '../helpers/reference-differences.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

interface GoldenText {
  readonly input: string
  readonly normalized?: string
  readonly error?: string
}

it('what is said of the stored cases is the reference’s, or differs for a reason that is listed', async (t) => {
  const tokenizer = await goldenTokenizer()
  const countTokens = (text: string) => tokenizer.encodeUser(text).length
  const cases = await goldenJson<GoldenText[]>('frontend/frontend.json')
  const scored = cases.filter(({ error, input }) => error === undefined && input !== '')
  const counts = new Map<string, number>()
  let same = 0
  for (const { input, normalized } of scored) {
    const { text } = speakable(input, { countTokens })
    if (sameSpeech(text, normalized!)) {
      same++
      continue
    }
    const reason = REASONS.find(([pattern]) => pattern.test(input))?.[1]
    assert(reason !== undefined, `no reason for ${input} → ${text}; the reference says ${normalized}`)
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  t.diagnostic(`said alike: ${same} of ${scored.length}`)
  for (const [reason, count] of counts) t.diagnostic(`${count} otherwise: ${reason}`)
  assert(same >= 130, `${same} of ${scored.length} are said alike`)
})
