/**
 * Signs of mathematics that stand by themselves, and Greek letters, as English rules.
 */
import { cardinal, decimal } from './en-numbers.ts'
import { charAfter, charBefore, type Rule, rule } from './rules.ts'

const WORDS: Readonly<Record<string, string>> = {
  '∛': 'the cube root of',
  '√': 'the square root of',
  '∑': 'the sum of',
  '∏': 'the product of',
  '∫': 'the integral of',
  '∂': 'partial',
  '∇': 'nabla',
  '∪': 'union',
  '∩': 'intersection',
  '⊂': 'is a subset of',
  '⊆': 'is a subset of',
  '∉': 'is not in',
  '∀': 'for all',
  '∃': 'there exists',
  '¬': 'not',
  '∧': 'and',
  '∨': 'or',
  '∴': 'therefore',
  '∵': 'because',
  '∅': 'the empty set',
  '∠': 'angle',
  '⊥': 'is perpendicular to',
  '∥': 'is parallel to',
  '≅': 'is congruent to',
  '∝': 'is proportional to',
  '∞': 'infinity',
}
const GREEK: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  δ: 'delta',
  ε: 'epsilon',
  ζ: 'zeta',
  η: 'eta',
  θ: 'theta',
  κ: 'kappa',
  λ: 'lambda',
  μ: 'mu',
  µ: 'mu',
  ν: 'nu',
  ξ: 'xi',
  π: 'pi',
  ρ: 'rho',
  σ: 'sigma',
  τ: 'tau',
  φ: 'phi',
  χ: 'chi',
  ψ: 'psi',
  ω: 'omega',
  Γ: 'gamma',
  Δ: 'delta',
  Θ: 'theta',
  Λ: 'lambda',
  Π: 'pi',
  Σ: 'sigma',
  Φ: 'phi',
  Ψ: 'psi',
  Ω: 'omega',
}
/** Lines of pictures; other numbers before a small p are pence. */
export const HEIGHTS = /^(?:144|240|360|480|540|576|720|900|1080|1440|2160|4320)$/
const isGreek = (letter: string) => /\p{Script=Greek}/u.test(letter)

export const MATH_RULES: readonly Rule[] = [
  rule(`\\s?([${Object.keys(WORDS).join('')}])\\s?`, (match, text) => {
    const before = /[\s(]/.test(charBefore(match, text)) || match.index === 0
    return `${before ? '' : ' '}${WORDS[match[1]!]!}${/[.,;:)]/.test(charAfter(match, text)) ? '' : ' '}`
  }),
  rule(`[${Object.keys(GREEK).join('')}]`, (match, text) => {
    const [before, after] = [charBefore(match, text), charAfter(match, text)]
    return isGreek(before) || isGreek(after)
      ? undefined
      : `${/\w/.test(before) ? ' ' : ''}${GREEK[match[0]]!}${/\w/.test(after) ? ' ' : ''}`
  }),
  // A difference has its result behind it; other numbers about a dash with blanks are a range.
  rule(String.raw`(?<=[\d)])\s-\s(?=\(?\d{1,18}(?:\.\d{1,9})?\)?\s?[=+*/×÷])`, () => ' minus '),
  rule(String.raw`(?<=\d)\s-\s(?=\d)`, () => ' to '),
  rule(String.raw`(?<=[a-z\d)²³])\s-\s(?=[a-z\d(]{1,4}²?³?\s?[=+*/×÷])`, () => ' minus '),
  // Two of a variable, twice as fast, four by four.
  rule(String.raw`(\d{1,9})([xyz])(?=²|³|\s?[=+\-*/^)])`, (match, text) => {
    const [, count, letter] = match
    // In brackets of its own it is so many times as much.
    const alone = letter === 'x' && charBefore(match, text) === '(' && charAfter(match, text) === ')'
    return /\w/.test(charBefore(match, text)) ? undefined : `${cardinal(count!)} ${alone ? 'times' : letter}`
  }),
  rule(String.raw`(\d{1,5})\s?x\s?(\d{1,5})(?!\d|\s?=|\w|\^)`, (match, text) =>
    /\w/.test(charBefore(match, text))
      ? undefined
      : match
          .slice(1, 3)
          .map((side) => (side!.length === 4 ? pixels(side!) : cardinal(side!)))
          .join(' by '),
  ),
  rule(String.raw`(\d{3,4})[pP](\d{2,3})?(?!\w)`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) || (match[0].endsWith('p') && !HEIGHTS.test(match[1]!))
      ? undefined
      : `${pixels(match[1]!)} P${match[2] === undefined ? '' : ` ${cardinal(match[2])}`}`,
  ),
  // Blood pressure.
  rule(String.raw`(\d{2,3})\/(\d{2,3})(\s?mm\s?Hg)?(?![\d/])`, ([, above, below, unit]) =>
    unit !== undefined || (Number(above) > Number(below) && Number(below) >= 40 && Number(above) < 260)
      ? `${cardinal(above!)} over ${cardinal(below!)}${unit === undefined ? '' : ' millimeters of mercury'}`
      : undefined,
  ),
  rule(String.raw`(?<=\d)\s\/\s(?=\d)(?!\d{1,2}:\d\d)`, () => ' divided by '),
  // Sizes of pictures; marks with a decimal.
  rule(String.raw`(\d{3,5})\s?×\s?(\d{3,5})(?![\d.]|\s?=)`, (match, text) =>
    /[\w.]/.test(charBefore(match, text))
      ? undefined
      : match
          .slice(1, 3)
          .map((side) => (side!.length === 4 ? pixels(side!) : cardinal(side!)))
          .join(' by '),
  ),
  rule(String.raw`(\d{1,2})\.(\d)\/(5|10|100)(?![\d/]|\.\d)`, (match, text) =>
    /[\w.$€£]/.test(charBefore(match, text))
      ? undefined
      : `${decimal(match[1]!, match[2]!)} out of ${cardinal(match[3]!)}`,
  ),
  // A mark: nine out of ten.
  rule(
    String.raw`(\d{1,3})\/(5|10|100)(?= (?:stars?|would|points|rating|score|dentists|doctors|people|users|customers|students|adults|times|experts)\b|(?<=(?:10\/10|100\/100))(?!\d))`,
    ([, mark, best]) => `${cardinal(mark!)} out of ${cardinal(best!)}`,
  ),
  rule(String.raw`(?<=[²³])-(?=[\dA-Za-z(])`, () => ' minus '),
  rule(String.raw`-(?=\.\d)`, (match, text) =>
    /[\w)]/.test(charBefore(match, text)) ? undefined : 'minus ',
  ),
  rule(String.raw`\+\s(?=[a-z])`, (match, text) =>
    /\s/.test(charBefore(match, text)) ? 'plus ' : undefined,
  ),
  rule(
    String.raw`(?<![A-Za-z])([A-DF])-(?=$|[.,;:!?)]|\s\(|\s(?:grade|average|student|minus|in|on|for)\b)`,
    ([, grade]) => `${grade} minus`,
  ),
  // A grade, a product.
  rule(String.raw`(?<=[A-Za-z])\+(?=[\s.,;!?)]|$)`, (match, text) =>
    /\+$/.test(charBefore(match, text)) ? undefined : ' plus',
  ),
  rule(String.raw`(\d{1,9})\/(\d{1,9})(?=\s?=)`, ([, above, below]) =>
    Number(above) > Number(below) ? `${cardinal(above!)} divided by ${cardinal(below!)}` : undefined,
  ),
  rule(String.raw`\+(?=[\d.$€£])`, (match, text) =>
    match.index === 0 || /[\s(]/.test(charBefore(match, text)) ? 'plus ' : undefined,
  ),
]

/** 1080 → ten eighty, 720 → seven twenty. */
function pixels(number: string): string {
  const [head, tail] = [number.slice(0, -2), number.slice(-2)]
  if (tail === '00')
    return head.length === 2 && !head.endsWith('0') ? `${cardinal(head)} hundred` : cardinal(number)
  return `${cardinal(head)} ${cardinal(tail)}`
}
