/**
 * Marks that count the items of a list inside a line: `1. Alice 2. Bob`, `a) red b) green`, `（1）加热（2）装盘`.
 *
 * Each item becomes a phrase of its own. An item belongs to the list of the sentence that it stands in.
 */

const ROMAN = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii']
const NAME = '\\d{1,2}|[a-hA-H]|i{1,3}|iv|vi{0,3}'
/** A name in brackets, or in front of one or of a point, with something to say behind it. */
const MARKER = new RegExp(
  `(?<![\\w.$€£¥%)）\\]/第-]|\\d:)(?:[(（](${NAME})[)）]|(${NAME})(\\.?[)）]|[.．]))(?:[ \\t]?(?=["“'‘《]?\\p{L})|(?<=\\([a-hA-H]\\))[ \\t](?=\\d))`,
  'gu',
)
/** What ends a sentence, and with it a list. */
const ENDS = /[!?。！？;；\n\ue000\ue001]|\.(?=\s)/
const CLOSED = /(?:[,.;:!?，。；：！？、…—(（]|(?<![A-Za-z])(?:and|or|then|&)|[和与及或])$/
/** Words that a number with a bracket belongs to: `Step 1) Preheat` is no item behind the word. */
const LABELS =
  /(?:\b(?:step|part|option|rule|phase|stage|question|answer|task|day|level|round|case|figure|note|point|section|chapter)s?\s|(?:步骤|方法|方案|选项|问题|情况|阶段|第)\s?)$/i
/** Behind these a number goes on with its sentence. */
const GOES_ON =
  /\b(?:at|to|of|by|is|was|were|are|be|has|have|had|got|scored|won|lost|press|dial|hit|enter|than|with|from|for|about|only|least|most|over|under|the|an?|number|game|grade|year|page|unit|size|type|group|team|plan|row|table|season|episode|version|line|platform|gate|room|track|exit|route|bus)\s+$/i
/** Characters that are looked back over for a bracket that is open. */
const REACH = 200
/** Characters of the word in front of a mark. */
const LEAD = 24

interface Marker {
  readonly from: number
  readonly to: number
  readonly name: string
  readonly style: '()' | ')' | '.'
}

/** Text in which each item has its mark and its pause. */
export function markItems(text: string): string {
  if (!/[.．)）]/.test(text)) return text
  let out = ''
  let at = 0
  for (const list of listsOf(text)) {
    for (const [i, marker] of list.entries()) {
      const said = sayMarker(list, i, text)
      if (said === undefined) continue
      const before = text.slice(at, marker.from)
      out += (said.stop === '' ? before : before.trimEnd()) + said.stop + said.name
      at = marker.to
    }
  }
  return at === 0 ? text : out + text.slice(at)
}

/** Markers in order, those that count on from one another in one sentence together. */
function listsOf(text: string): Marker[][] {
  const lists: Marker[][] = []
  for (const match of text.matchAll(MARKER)) {
    const [whole, inside, name = inside!, mark = ''] = match
    const style = inside !== undefined ? '()' : /^[.．]$/.test(mark) ? '.' : ')'
    const marker: Marker = { from: match.index, to: match.index + whole.length, name, style }
    const list = lists.at(-1)
    const last = list?.at(-1)
    const goesOn =
      last !== undefined &&
      last.style === style &&
      isNext(last.name, name, isRoman(list!)) &&
      !ENDS.test(text.slice(last.to, marker.from))
    if (goesOn) list!.push(marker)
    else lists.push([marker])
  }
  return lists
}

const isRoman = (list: readonly Marker[]) =>
  list[0]!.name === 'i' || ROMAN.includes(list.at(-1)!.name.slice(0, 2))

function isNext(before: string, name: string, roman: boolean): boolean {
  if (/\d/.test(name)) return Number(name) === Number(before) + 1
  if (roman && ROMAN.includes(name)) return ROMAN.indexOf(name) === ROMAN.indexOf(before) + 1
  return name.length === 1 && before.length === 1 && name.charCodeAt(0) === before.charCodeAt(0) + 1
}

/** The pause before an item and what it is called; undefined where it is none. */
function sayMarker(
  list: readonly Marker[],
  index: number,
  text: string,
): { readonly stop: string; readonly name: string } | undefined {
  const { from, to, name, style } = list[index]!
  const before = text.slice(Math.max(0, from - REACH), from)
  const lead = before.trimEnd()
  const isClosed = lead === '' || /[\n\ue000\ue001]\s*$/.test(before) || CLOSED.test(lead)
  const chinese = /^["“'‘《]?\p{Script=Han}/u.test(text.slice(to, to + 3))
  const number = /\d/.test(name) ? Number(name) : isRoman(list) ? ROMAN.indexOf(name) + 1 : 0
  const called = number > 0 ? String(number) : name.toUpperCase()
  const item = chinese ? `${called}${number > 0 ? '、' : '，'}` : `${called}, `
  const counted = chinese || number === 0 ? item : `${called}. `
  const stop = isClosed ? '' : chinese ? '，' : style === '()' ? ', ' : '. '
  if (style === ')' && LABELS.test(before)) return { stop: '', name: item }
  if (style === '()') return list.length > 1 || isClosed ? { stop, name: item } : undefined
  if (style === ')') return isInBrackets(before) ? undefined : { stop, name: counted }
  if (list.length === 1 || (number > 0 && isOfSentences(list, text))) return undefined
  // Initials look the same: a list of letters has three, or a mark in front.
  const opened = text.slice(Math.max(0, list[0]!.from - 2), list[0]!.from)
  if (number === 0 && (chinese || (list.length < 3 && !/[:?：？]/.test(opened)) || (index > 0 && isClosed)))
    return undefined
  return { stop: index === 0 ? '' : stop, name: counted }
}

/** Numbers that end sentences count on as well: press 1. Then press 2. */
function isOfSentences(list: readonly Marker[], text: string): boolean {
  const wordBefore = ({ from }: Marker) =>
    /([\p{L}:,.;!?]+)\s*$/u.exec(text.slice(Math.max(0, from - LEAD), from))?.[1]?.toLowerCase() ?? ''
  const [first, ...others] = list
  const lead = wordBefore(first!)
  if (lead === '' || /[^\p{L}]$/u.test(lead)) return false
  const before = ({ from }: Marker) => text.slice(Math.max(0, from - LEAD), from)
  return (
    first!.name !== '1' ||
    LABELS.test(before(first!)) ||
    others.some((one) => wordBefore(one) === lead || GOES_ON.test(before(one)) || LABELS.test(before(one)))
  )
}

function isInBrackets(before: string): boolean {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  return (line.match(/[(（]/g)?.length ?? 0) > (line.match(/[)）]/g)?.length ?? 0)
}
