/**
 * What machines write, as rules of English: web and mail addresses, paths, handles, hexadecimal, addresses of networks.
 */
import { sayCapitals } from './capitals.ts'
import { cardinal, digitByDigit, year } from './en-numbers.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

export const SIGN_NAMES: Readonly<Record<string, string>> = {
  '.': 'dot',
  '/': 'slash',
  '\\': 'backslash',
  ':': 'colon',
  '@': 'at',
  '-': 'dash',
  _: 'underscore',
  '?': 'question mark',
  '=': 'equals',
  '&': 'and',
  '%': 'percent',
  '#': 'hash',
  '+': 'plus',
  '~': 'tilde',
  '*': 'star',
}
const zero = (group: string) => digitByDigit(group, 'zero')

/** A number inside an address: short ones as numbers, years as years, others digit by digit. */
function numberIn(address: string): string {
  if (/^(?:19|20)\d\d$/.test(address)) return year(address)
  if (address.length <= 2 && !address.startsWith('0')) return cardinal(address)
  return /^[1-9]00$/.test(address) ? cardinal(address) : digitByDigit(address, 'oh')
}

/** A word in capitals is one here as everywhere. */
const inSmall = (word: string) => (/^[A-Z]{4,40}$/.test(word) ? sayCapitals(word, false) : word)

/** Signs named, numbers in words, letters as they are. */
function signed(text: string): string {
  return (text.match(/[\p{L}\p{M}]+|\d+|[^\p{L}\p{M}\d]/gu) ?? [])
    .map((part) =>
      /^\d/.test(part)
        ? numberIn(part)
        : (SIGN_NAMES[part] ?? (/^www$/i.test(part) ? 'W W W' : inSmall(part))),
    )
    .filter((part) => /[\p{L}\p{N}]/u.test(part))
    .join(' ')
}

/** A web or mail address: its signs named, its scheme left out, its port called one. */
export function sayAddress(text: string): string {
  const bare = text.replace(/^(?:https?|ftp|wss?):\/\/|^mailto:/i, '').replace(/\/$/, '')
  const [, host = '', port, rest = ''] = /^([^/:?#]*)(?::(\d{1,5}))?(.*)$/s.exec(bare) ?? []
  const machine = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) ? network(host) : signed(host)
  return [machine, port === undefined ? '' : `port ${zero(port)}`, signed(rest)]
    .filter((part) => part !== '')
    .join(' ')
}

const network = (text: string) => text.split('.').map(zero).join(' dot ')

/** Characters one by one: letters as capitals. */
export const spelled = (text: string) =>
  [...text].map((one) => (/\d/.test(one) ? zero(one) : (SIGN_NAMES[one] ?? one.toUpperCase()))).join(' ')

const TOP_LEVEL =
  'com|org|net|edu|gov|mil|io|cn|uk|de|ai|app|dev|fr|jp|eu|info|co|tv|ru|ca|au|nl|ch|xyz|tech|cloud|gg|biz|me|us|it|es|pl|se|no|in|br|kr|tw|hk|sg|at|be|ly|to|fm|page|site|online|shop|blog|wiki|local'
const FILES =
  'pdf|docx?|xlsx?|pptx?|txt|md|csv|tsv|json|xml|ya?ml|toml|ini|log|html?|css|[jt]sx?|mjs|py|rs|go|cpp|java|sh|exe|dll|zip|tar|gz|rar|iso|png|jpe?g|gif|svg|webp|mp3|mp4|m4a|wav|flac|ogg|onnx|env|lock|cfg|conf|bak'

export const MACHINE_RULES: readonly Rule[] = [
  // Keys of a telephone.
  rule(
    String.raw`(?<=\b(?:[Dd]ial|[Pp]ress|[Ee]nter|[Cc]ode|[Hh]it|[Tt]ap|[Cc]all) )[*#]\d[\d*#]{0,20}(?!\w)`,
    ([keys]) =>
      [...keys]
        .map((key) => (key === '*' ? 'star' : key === '#' ? 'pound' : digitByDigit(key, 'zero')))
        .join(' '),
  ),
  // A port without an address: listens on :8080.
  rule(String.raw`(?<=\s):(?=\d{2,5}(?![\d:.]))`, () => 'port '),
  // Pages, people.
  rule(
    String.raw`(?:https?|ftp|wss?):\/\/[^\s<>"，。！？；：]{0,2000}[^\s<>".,!?;:，。！？；：)\]'*_]`,
    ([whole]) => sayAddress(whole),
  ),
  rule(
    String.raw`(file|s3|gs|ssh|git|rtsp|rtmp|sftp|mongodb|postgres(?:ql)?|mysql|redis|hdfs|chrome):\/\/\/?([^\s<>"，。！？；：]{0,2000}[^\s<>".,!?;:，。！？；：)\]'*_])`,
    apart(([, scheme, rest]) => `${signed(scheme!)} ${sayAddress(rest!)}`),
  ),
  rule(
    String.raw`(?:mailto:)?[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,64}(?:\.[A-Za-z0-9-]{1,64}){1,8}`,
    apart(([whole]) => signed(whole.replace(/^mailto:/, ''))),
  ),
  rule(
    String.raw`(?:(?:[A-Za-z0-9-]{1,64}\.){1,8}(?:${TOP_LEVEL})|localhost)(?![\w-])(?::\d{1,5})?(?:[/?#][^\s<>"]{0,2000}[^\s<>".,!?;:)])?`,
    apart((match, text) => {
      const [whole] = match
      // "to.me" and "end.It" are sentences without a blank; a name of two short words is an address only with a path.
      if (whole === 'localhost' || /[/\\]/.test(charBefore(match, text))) return undefined
      return /^[a-z]{1,3}\.(?:no|in|it|us|at|be|to|me|so)$/.test(whole) ? undefined : sayAddress(whole)
    }),
  ),

  // Paths and files.
  rule(
    String.raw`(?:~|\.{1,2})?(?:\/:?[\w.@+-]{0,63}[\w@+-]){2,32}\/?(?![\w])|(?:~|\.{1,2})\/[\w.@+-]{0,63}[\w@+-]|\/[a-z][\w-]{1,63}(?![\w/])`,
    (match, text) => (/[\w/.)\]"'%°²³]/.test(charBefore(match, text)) ? undefined : signed(match[0])),
  ),
  rule(
    String.raw`[A-Za-z]:\\{1,2}[^\s"<>|，。]{0,500}[\w]`,
    apart(([path]) => signed(path.replace(/\\+/g, '\\'))),
  ),
  rule(
    String.raw`(?:[\w-]{1,64}\/){0,16}[A-Za-z_][\w-]{0,64}(?:\.[\w-]{1,32}){0,3}\.(?:${FILES})(?![\w-])`,
    apart(([path]) => signed(path)),
  ),
  rule(
    String.raw`@([A-Za-z]\w{0,40})`,
    apart(([, name]) => `at ${signed(name!.replaceAll('_', ' '))}`),
  ),

  // Networks, hexadecimal.
  rule(
    String.raw`(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5})(?!\d)|\/(\d{1,2})(?!\d))?(?![\d.]{0,24}\d)`,
    apart(
      ([, host, port, mask]) =>
        network(host!) +
        (port === undefined ? '' : ` port ${zero(port)}`) +
        (mask === undefined ? '' : ` slash ${cardinal(mask)}`),
    ),
  ),
  rule(
    String.raw`[\da-fA-F]{8}-(?:[\da-fA-F]{4}-){3}[\da-fA-F]{12}(?![\w-])`,
    apart(([id]) => id.split('-').map(spelled).join(', ')),
  ),
  rule(
    String.raw`(?:[\da-fA-F]{2}[:-]){5}[\da-fA-F]{2}(?![\w:-])`,
    apart(([id]) => id.split(/[:-]/).map(spelled).join(', ')),
  ),
  rule(
    String.raw`[\da-fA-F]{0,4}(?::[\da-fA-F]{0,4}){2,7}(?![\w:])`,
    apart((match, text) => {
      const [address] = match
      if (charBefore(match, text) === ':') return undefined
      const whole = address.includes('::') ? /[\da-fA-F]/.test(address) : address.split(':').length === 8
      return whole && /[\da-fA-F]{1,4}/.test(address)
        ? address
            .replaceAll('::', ': :')
            .split(/(:)| /)
            .filter((part) => part !== undefined && part !== '')
            .map(spelled)
            .join(' ')
        : undefined
    }),
  ),
  rule(
    String.raw`0([xXbBoO])([\da-fA-F]{1,32})(?!\w)`,
    apart(([, base, number]) => `zero ${base!.toLowerCase()} ${spelled(number!)}`),
  ),
  rule(
    String.raw`#(?=[\dA-Fa-f]{0,5}\d)(?=[\dA-Fa-f]{0,5}[A-Fa-f])([\dA-Fa-f]{6}|[\dA-Fa-f]{3})(?!\w)`,
    ([, code]) => {
      return `hash ${spelled(code!)}`
    },
  ),
  rule(
    String.raw`U\+([\dA-F]{4,6})(?!\w)`,
    apart(([, code]) => `U plus ${spelled(code!)}`),
  ),
  // Capitals and digits mixed, long enough to be a code; a run of hexadecimal.
  rule(
    String.raw`(?=[A-Z]{0,39}\d)(?=\d{0,39}[A-Z])[A-Z\d]{8,40}(?!\w)|(?=[a-f]{0,39}\d)(?=\d{0,39}[a-f])[\da-f]{12,64}(?!\w)`,
    apart(([code]) => spelled(code)),
  ),
]
