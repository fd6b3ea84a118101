/**
 * One quantity to another in English: hours a day, micrograms per milliliter, people per room.
 */
import { ANY_UNIT, NUMBER, sayNumber, unit } from './en-quantities.ts'
import { apart, type Rule, rule } from './rules.ts'

/** Short forms of what a quantity is counted by. */
const BY: Readonly<Record<string, string>> = {
  s: 'second',
  sec: 'second',
  m: 'meter',
  min: 'minute',
  h: 'hour',
  hr: 'hour',
  d: 'day',
  wk: 'week',
  mo: 'month',
  mth: 'month',
  yr: 'year',
  y: 'year',
  a: 'year',
  pp: 'person',
  sqft: 'square foot',
  'in²': 'square inch',
  in: 'inch',
  ea: 'piece',
  bbl: 'barrel',
}
/** Things that people divide by. */
const THINGS =
  'puff|spray|drop|tab|cap|vial|second|minute|hour|day|night|week|weekend|month|quarter|semester|season|year|decade|person|people|adult|child|head|capita|user|member|customer|client|employee|worker|player|student|patient|guest|visitor|team|family|household|room|house|table|seat|car|vehicle|flight|trip|visit|ride|lap|game|match|session|class|lesson|call|request|query|item|unit|piece|box|bag|bottle|can|cup|glass|plate|serving|portion|dose|tablet|page|line|word|character|token|book|chapter|article|post|image|file|device|server|node|core|thread|core|mile|kilometer|meter|foot|inch|acre|hectare|liter|gallon|pound|kilogram|gram|ounce|ton|dozen|pair|point|share|ticket|license|barrel|inhabitant|resident|vote|country|state|city|school|bed|well|plate|square meter|square foot'
const COUNTED = '[a-z]{3,14}s|people|children|men|women|req|rev|ops?'
const SHORT: Readonly<Record<string, string>> = {
  req: 'requests',
  reqs: 'requests',
  rev: 'revolutions',
  revs: 'revolutions',
  op: 'operations',
  ops: 'operations',
  pcs: 'pieces',
  msgs: 'messages',
  pts: 'points',
}

const escaped = (words: readonly string[]) =>
  [...words].sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
const DIVISOR = `(${THINGS}|${escaped(Object.keys(BY)).join('|')}|${ANY_UNIT})`
const END = '(?![A-Za-z\\d²³/])'

const divisor = (symbol: string) =>
  BY[symbol] ?? (new RegExp(`^(?:${THINGS})$`).test(symbol) ? symbol : unit(symbol, true))

export const PER_RULES: readonly Rule[] = [
  // Units below the line by their power: m s⁻¹, mol⁻¹.
  rule(
    `(?=[^\\n^]{2,32}\\^-[12])(${NUMBER}) ?(${ANY_UNIT})[ ·](${ANY_UNIT})\\^-([12])(?!\\d)`,
    apart(
      ([, number, of, by, power]) =>
        `${sayNumber(number!)} ${unit(of!, number === '1')} per ${unit(by!, true)}${power === '2' ? ' squared' : ''}`,
    ),
  ),
  rule(
    `(?=[^\\n^]{2,32}\\^-1)(${NUMBER})\\s(${ANY_UNIT})\\^-1(?!\\d)`,
    apart(([, number, by]) => `${sayNumber(number!)} per ${unit(by!, true)}`),
  ),
  rule(`(?<=\\d )(${ANY_UNIT})\\^-1(?!\\d)`, ([, by]) => `per ${unit(by!, true)}`),
  rule(
    `(-?${NUMBER})\\s?(${ANY_UNIT})\\s?/\\s?${DIVISOR}${END}`,
    apart((match) => {
      const [whole, number, symbol, by] = match
      // The table of units has a name of its own for it: kilometers per hour.
      const own = whole.slice(number!.length).trim()
      const name = new RegExp(`^(?:${ANY_UNIT})$`).test(own)
        ? unit(own, number === '1')
        : `${unit(symbol!, number === '1')} per ${divisor(by!)}`
      return `${sayNumber(number!)} ${name}`
    }),
  ),
  rule(
    `(${NUMBER}) (${COUNTED})\\s?/\\s?${DIVISOR}${END}`,
    apart(
      ([, number, things, by]) => `${sayNumber(number!)} ${SHORT[things!] ?? things} per ${divisor(by!)}`,
    ),
  ),
  rule(
    `(\\d{1,9}(?:\\.\\d{1,3})?)([kKmM]?)\\s?/\\s?(second|minute|hour|day|night|week|month|year|person|user|head|hr|wk|yr)${END}`,
    apart(
      ([, number, scale, by]) =>
        `${sayNumber(number!)}${scale === '' ? '' : /k/i.test(scale!) ? ' thousand' : ' million'} per ${divisor(by!)}`,
    ),
  ),
  rule(
    `(${NUMBER})\\s?/\\s?(km²|km2|mi²|m²|sq ?mi|sq ?km)${END}`,
    apart(
      ([, number, by]) =>
        `${sayNumber(number!)} per ${by!.startsWith('sq') ? `square ${by!.endsWith('mi') ? 'mile' : 'kilometer'}` : unit(by!, true)}`,
    ),
  ),
  // A pace: 8'35"/mi.
  rule(`(?<=\\d["'])\\s?/\\s?${DIVISOR}${END}`, ([, by]) => ` per ${divisor(by!)}`),
  rule(
    `per (${ANY_UNIT})${END}`,
    apart(([, by]) => `per ${divisor(by!)}`),
  ),
  rule('(?=\\/)(?<=\\b[A-Z]{3}s?)\\/(hr|h)(?!\\w)', () => ' per hour'),
  // Units by themselves.
  rule(
    `(kg|g|mg|µg|μg|ng|km|mi|mol|mmol|kWh|W|J|kJ|L|mL|N|lb|bits?|bytes?)/(m³|m3|m²|m2|cm³|cm3|cm²|cm2|dL|L|mL|l|ml|h|s|kg|mol|K|min|day)${END}`,
    apart(
      ([, symbol, by]) =>
        `${/^[a-z]{3,}$/.test(symbol!) && !/^(?:mol|mmol)$/.test(symbol!) ? symbol : unit(symbol!, false)} per ${divisor(by!)}`,
    ),
  ),
]
