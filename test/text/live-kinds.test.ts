/** Text of every kind that docs/text.md has, in pieces: cut anywhere it is said as in one piece. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { type LiveStep, LiveText } from '../../src/text/live-text.ts'
import { speakable } from '../../src/text/speakable.ts'
import { textExamples } from '../helpers/text-examples.ts'

const count = (text: string) => (text.match(/[\p{L}\p{N}]+|[\u4e00-\u9fff]|[^\s]/gu) ?? []).length
const spoken = (sentence: string) => speakable(sentence, { countTokens: count, fragment: true }).text

function open(): LiveText {
  return new LiveText({ spoken, countTokens: count, beginTokens: 5, maxTokens: 80 })
}

function saidOf(steps: readonly LiveStep[]): string {
  return steps
    .map(({ step, text }) => (step === 'whole' ? spoken(text) : text))
    .join('')
    .replace(/\s/g, '')
}

/** Text that a sentence alone can tell: no markup that reaches over several. */
const isWhole = ({ written }: { readonly written: string }) =>
  !/<speak|```|-->|\n\||\||^#|\n-|\n\*|\n\d\./.test(written)

it('a text cut at any place is said as in one piece', async () => {
  for (const { written } of (await textExamples()).filter(isWhole)) {
    const whole = open()
    const expected = saidOf([...whole.append(written), ...whole.flush()])
    const letters = [...written]
    for (let cut = 1; cut < letters.length; cut++) {
      const live = open()
      const pieces = [letters.slice(0, cut).join(''), letters.slice(cut).join('')]
      const steps = [...pieces.flatMap((piece) => live.append(piece)), ...live.flush()]
      assert.equal(saidOf(steps), expected, JSON.stringify(pieces))
    }
  }
})

it('several texts of any kind in pieces of any size are said as in one piece', async () => {
  const texts = (await textExamples()).filter(isWhole).map(({ written }) => written)
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...texts), { minLength: 2, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      (chosen, sizes) => {
        const text = chosen.join('. ')
        const whole = open()
        const expected = saidOf([...whole.append(text), ...whole.flush()])
        const live = open()
        const steps: LiveStep[] = []
        for (let at = 0, i = 0; at < text.length; i++) {
          const size = sizes[i % sizes.length]!
          steps.push(...live.append(text.slice(at, at + size)))
          at += size
        }
        assert.equal(saidOf([...steps, ...live.flush()]), expected, JSON.stringify(text))
      },
    ),
    { seed: 22, numRuns: 200 },
  )
})
