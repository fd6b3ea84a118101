/**
 * An English run as it is said: our rules first, then the reference's, then what no rule took.
 */
import { CAPITAL_RULES, isShout, SHOUT_RULES } from './capitals.ts'
import { ABBREVIATION_RULES } from './en-abbreviations.ts'
import { CODE_RULES } from './en-codes.ts'
import { MONEY_RULES } from './en-money.ts'
import { canStartEnglish, REFERENCE_RULES } from './en-normalise.ts'
import { SIGN_RULES } from './en-signs.ts'
import { rewrite } from './rules.ts'

const OWN = [...CODE_RULES, ...MONEY_RULES, ...ABBREVIATION_RULES, ...SIGN_RULES]
const RULES = [...OWN, ...REFERENCE_RULES, ...CAPITAL_RULES]
const SHOUTED = [...OWN, ...REFERENCE_RULES, ...SHOUT_RULES]
const STARTS = /[≥≤≠≈±×÷∈∝≡∼<>~√Δ∆∑∞%‰§¶ΩμµαβγδεθλπρστφχψωΓΘΛΠΣΦΨ²³₹₩₽₿₺₫฿!/)*]/

export function sayEnglish(text: string): string {
  const plain = text
    .replace(/[“”]/g, '"')
    .replace(/(?<![\p{L}\d'‘’])['‘’]{1,3}(?=[\s\p{L}])|(?<=[\s.,!?])[‘’]|[‘’](?=[\s.,!?;:]|$)/gu, (quote) =>
      /^'/.test(quote) ? quote : '"',
    )
    .replace(/[‘’]/g, "'")
  const paused = plain
    .replace(/…+/g, '...')
    .replace(/\s*(?:—+|--+)\s*(?=[.!?,;:]|$)/g, '')
    .replace(/^\s*(?:—+|--+)\s*/g, '')
    .replace(/\s*(?:—+|--+)\s*/g, ', ')
    .replace(/(?<=[\p{L}.,!?)"'])\s+-\s+(?=[\p{L}"'(])/gu, ', ')
    .replace(/[，、]\s*/g, ', ')
    .replace(/[；;]\s*/g, '; ')
    .replace(/：\s*/g, ': ')
    .replace(/。\s*/g, '. ')
    .replace(/！\s*/g, '! ')
    .replace(/？\s*/g, '? ')
    .replace(/[（【〔]/g, ' (')
    .replace(/[）】〕]/g, ') ')
  const said = rewrite(
    paused,
    isShout(paused) ? SHOUTED : RULES,
    (whole, at) => canStartEnglish(whole, at) || STARTS.test(whole[at]!),
  )
  return said
    .replace(/[*_~|\\^<>{}=#`•·¦¬¤¨¯¸©]+/g, ' ')
    .replace(/\[(?![a-z_-]{1,20}\])|(?<!\[[a-z_-]{1,20})\]/g, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ ([.,;:!?)])/g, '$1')
    .replace(/,(?: ?,)+/g, ',')
    .replace(/([.!?;:]) ?,/g, '$1')
}
