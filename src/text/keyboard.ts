/**
 * Keys of a keyboard: the signs that makers print on them, and keys that are pressed together, as English rules.
 */
import { cardinal } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

const SIGNS: Readonly<Record<string, string>> = {
  '⌘': 'Command',
  '⌥': 'Option',
  '⌃': 'Control',
  '⇧': 'Shift',
  '⎋': 'Escape',
  '⏎': 'Return',
  '⌫': 'Backspace',
  '⌦': 'Delete',
  '⇥': 'Tab',
  '⇪': 'Caps Lock',
  '␣': 'Space',
}
const SIGN = `[${Object.keys(SIGNS).join('')}]`
/** Arrows are keys too, beside a sign or a joint. */
const ARROWS: Readonly<Record<string, string>> = { '↑': 'Up', '↓': 'Down', '←': 'Left', '→': 'Right' }
const SIGNED = new RegExp(`${SIGN} ?(\\+ ?)?(?=(\\S)?)`, 'gu')

/** Text in which the signs of keys are their names, apart from what they are pressed with. */
export function namedKeys(text: string): string {
  if (!new RegExp(SIGN, 'u').test(text)) return text
  return text
    .replace(new RegExp(`(?<=${SIGN} ?\\+? ?)[↑↓←→]`, 'gu'), (arrow) => `${ARROWS[arrow]!}`)
    .replace(SIGNED, (whole, joint?: string, next?: string) => {
      const gap = joint !== undefined ? '+' : next === undefined || /[\p{P}]/u.test(next) ? '' : ' '
      return `${SIGNS[whole[0]!]!}${gap}`
    })
}

const SHORT: Readonly<Record<string, string>> = {
  Ctrl: 'Control',
  Ctl: 'Control',
  Cmd: 'Command',
  Opt: 'Option',
  Del: 'Delete',
  Ins: 'Insert',
  Esc: 'Escape',
  PgUp: 'Page Up',
  PgDn: 'Page Down',
  PrtSc: 'Print Screen',
  Win: 'Windows',
}
const HELD = 'Ctrl|CTRL|ctrl|Ctl|Cmd|CMD|Command|Control|Alt|ALT|Opt|Option|Shift|SHIFT|Win|Super|Meta|Fn'
const KEY =
  'PgUp|PgDn|PrtSc|Del|DEL|Ins|Esc|ESC|Enter|Tab|Space|Home|End|Left|Right|Up|Down|F\\d{1,2}|[A-Za-z]|\\d|[+\\-=/\\\\`]'
const named = (key: string) =>
  SHORT[key[0]!.toUpperCase() + key.slice(1).toLowerCase()] ??
  SHORT[key] ??
  (/^F\d/.test(key)
    ? `F ${cardinal(key.slice(1))}`
    : /^\d$/.test(key)
      ? cardinal(key)
      : ({ '+': 'plus', '-': 'minus', '=': 'equals', '/': 'slash', '\\': 'backslash', '`': 'backtick' }[
          key
        ] ?? (key.length === 1 ? key.toUpperCase() : key[0]!.toUpperCase() + key.slice(1).toLowerCase())))

export const KEY_RULES: readonly Rule[] = [
  rule(
    `(?:(?:${HELD})(?: ?\\+ ?|-)){1,3}(?:${KEY}|${HELD})(?![\\w])`,
    apart(([keys]) => {
      const last = /[A-Za-z]\w*$|.$/.exec(keys)![0]
      const held = keys.slice(0, keys.length - last.length)
      return `${(held.match(/[A-Za-z]+/g) ?? []).map(named).join(' plus ')} plus ${named(last)}`
    }),
  ),
  rule(
    '(?<=\\b(?:[Pp]ress|[Hh]it|[Tt]ap|[Hh]old|[Uu]se) (?:the )?)(Ctrl|Cmd|Del|Ins|Esc|PgUp|PgDn|PrtSc)(?!\\w)',
    ([, key]) => named(key!),
  ),
]
