/**
 * Digits → Chinese words, each way of reading by itself.
 *
 * The ways are numbers, digit by digit, telephone numbers and decimals; `zh-normalise.ts` chooses by context.
 */

const DIGITS = '零一二三四五六七八九'
const TELEPHONE = '零幺二三四五六七八九'
const LARGE_UNITS = ['', '万', '亿'] as const

/** Each digit by itself: 2024 → 二零二四. */
export function readDigits(digits: string): string {
  return mapDigits(digits, DIGITS)
}

/** The same with 幺 for one, as numbers are said that are dialled. */
export function readTelephone(digits: string): string {
  return mapDigits(digits, TELEPHONE)
}

function mapDigits(digits: string, words: string): string {
  let out = ''
  for (const digit of digits) out += words[digit.charCodeAt(0) - 48]
  return out
}

/**
 * A whole number of up to twelve digits, leading zeros read each: 1024 → 一千零二十四, 0086 → 零零八十六.
 * A leading two before 百, 千, 万 or 亿 is 两: 2200 → 两千二百. Longer runs are read digit by digit.
 */
export function readCardinal(digits: string): string {
  const value = digits.replace(/^0+/, '')
  const zeros = '零'.repeat(digits.length - value.length)
  if (value === '') return zeros
  if (value.length > 12) return zeros + readDigits(value)
  return zeros + readGroups(value)
}

/** A number without the zero that fills its place, as days and hours are: 05 → 五, 0 → 零. */
export function readUnpadded(digits: string): string {
  return readCardinal(digits.replace(/^0(?=\d)/, ''))
}

/** A clock: 2:05 → 两点零五分, 10:00 and a bare 10 → 十点. */
export function readClock(hour: string, minute = '00'): string {
  const minutes = minute === '00' ? '' : `${minute.startsWith('0') ? '零' : ''}${readUnpadded(minute)}分`
  return `${Number(hour) === 2 ? '两' : readUnpadded(hour)}点${minutes}`
}

/** Numbers between points, those that begin with a zero digit by digit: 2.0.15 → 二点零点十五. */
export function readVersion(version: string): string {
  return version
    .split('.')
    .map((part) => (/^0\d/.test(part) ? readDigits(part) : readCardinal(part)))
    .join('点')
}

/** Integer and fraction: 12.50 → 十二点五零. */
export function readDecimal(number: string): string {
  const [whole = '', fraction] = number.split('.')
  return fraction === undefined ? readCardinal(whole) : `${readCardinal(whole)}点${readDigits(fraction)}`
}

function readGroups(value: string): string {
  const groups: string[] = []
  for (let end = value.length; end > 0; end -= 4) groups.unshift(value.slice(Math.max(0, end - 4), end))
  let out = ''
  let gap = false
  for (const [i, group] of groups.entries()) {
    const unit = LARGE_UNITS[groups.length - 1 - i]!
    if (/^0*$/.test(group)) {
      gap = true
      continue
    }
    if (out !== '' && (gap || group.startsWith('0'))) out += '零'
    out += readFour(group, out === '') + unit
    gap = false
  }
  return out.replace(/^二([万亿])/, '两$1')
}

/** One to four digits without leading zeros' words; `leading` where it begins the number. */
function readFour(group: string, leading: boolean): string {
  const value = group.replace(/^0+/, '')
  let out = ''
  let gap = false
  for (const [i, digit] of [...value].entries()) {
    const place = value.length - 1 - i
    if (digit === '0') {
      gap = true
      continue
    }
    if (gap) out += '零'
    gap = false
    const first = leading && i === 0
    if (place === 1 && digit === '1' && first) out += '十'
    else
      out +=
        (digit === '2' && place >= 2 && first ? '两' : readDigits(digit)) + ['', '十', '百', '千'][place]!
  }
  return out
}

/** What people write with a k: 8k → 八千, 15k → 一万五千, 1.5k → 一千五百. */
export function readThousands(number: string): string {
  if (number === '2') return '两千'
  return /^[1-9]$/.test(number)
    ? `${readDigits(number)}千`
    : readCardinal(String(Math.round(Number(number) * 1000)))
}
