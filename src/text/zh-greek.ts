/** Greek letters as Chinese names them, where they stand for something by themselves. */
import { charAfter, charBefore, type Rule, rule } from './rules.ts'
import { readCardinal } from './zh-numbers.ts'

const NAMES: Readonly<Record<string, string>> = {
  α: '阿尔法',
  β: '贝塔',
  γ: '伽马',
  δ: '德尔塔',
  Δ: '德尔塔',
  ε: '艾普西隆',
  η: '伊塔',
  θ: '西塔',
  λ: '兰姆达',
  μ: '缪',
  µ: '缪',
  π: '派',
  ρ: '柔',
  σ: '西格玛',
  Σ: '西格玛',
  τ: '陶',
  φ: '斐',
  Φ: '斐',
  ψ: '普西',
  ω: '欧米伽',
  Ω: '欧米伽',
}
const GREEK = `[${Object.keys(NAMES).join('')}]`
const inWord = (character: string) => /\p{Script=Greek}/u.test(character)

export const ZH_GREEK_RULES: readonly Rule[] = [
  rule(
    `(${GREEK})\\/(\\d{1,6})(?!\\d)`,
    ([, letter, below]) => `${readCardinal(below!)}分之${NAMES[letter!]!}`,
  ),
  rule(`(?<=${GREEK})[-–](?=\\d|[\\u4e00-\\u9fff])`, () => ''),
  rule(GREEK, (match, text) =>
    inWord(charBefore(match, text)) || inWord(charAfter(match, text)) ? undefined : NAMES[match[0]]!,
  ),
]
