/**
 * Keys, chords and times of music as English rules: C♯ minor, F#m, 4/4 time, Op. 27.
 */
import { cardinal } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

const CHORD: Readonly<Record<string, string>> = {
  m: 'minor',
  min: 'minor',
  maj: 'major',
  dim: 'diminished',
  aug: 'augmented',
}

export const MUSIC_RULES: readonly Rule[] = [
  rule(
    String.raw`([A-G])(#|♯|♭)(?=(min|maj|dim|aug|m|)(\d{0,2})(?![A-Za-z\d]))(?:min|maj|dim|aug|m)?\d{0,2}`,
    apart(([, note, sign, kind, number]) => {
      // A language and its number are no chord.
      if (sign === '#' && kind === '' && !/^(?:7|9|11|13)$/.test(number ?? '')) return undefined
      return [
        note,
        sign === '♭' ? 'flat' : 'sharp',
        ...(kind === '' ? [] : [CHORD[kind!]]),
        ...(number === '' ? [] : [cardinal(number!)]),
      ].join(' ')
    }),
  ),
  rule(
    String.raw`(?<=(?:^|[^A-Za-z])[A-G](?:[#♯♭]| sharp| flat)? )(min|maj)\.?(?=[ ,;.)]|$)`,
    ([, kind]) => CHORD[kind!],
  ),
  rule(
    String.raw`(\d{1,2})\/(2|4|8|16)(?= (?:time|meter|metre|beat|rhythm|signature|waltz|groove)\b)`,
    apart(([, beats, note]) => `${cardinal(beats!)} ${cardinal(note!)}`),
  ),
  rule(
    String.raw`([Oo])p\.(?= ?\d)`,
    apart(([, first]) => `${first}pus`),
  ),
  rule('♯', () => ' sharp'),
  rule('♭', () => ' flat'),
]
