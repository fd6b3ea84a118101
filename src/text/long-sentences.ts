/**
 * A sentence too long for the model to say in one go → parts of about equal length.
 *
 * Lengths are tokens, counted once for each word: linear in the text, and every word comes once.
 */

/** Tokens between two ends of sentences that a small model says without losing words. */
export const COMFORTABLE_TOKENS = 70
/** Tokens of one utterance where it has ends of sentences inside. */
const MAX_TOKENS = 110
/** A part is at least this share of an even one. */
const LEAST_SHARE = 0.55
/** Characters of a word without end that are taken as one. */
const MAX_WORD = 40

const CONJUNCTIONS = new Set(
  'and or but nor so yet because although though while whereas if unless until when where which who that than then as since before after for with without to of in on at by from'.split(
    ' ',
  ),
)
const STRONG = new Set(
  'and or but nor so yet because although though while whereas if unless until when where which who since before after then'.split(
    ' ',
  ),
)

const SEGMENTER = new Intl.Segmenter('zh', { granularity: 'word' })
/** Characters that are segmented in one go: the segmenter's work grows faster than a text. */
const STRETCH = 400
/** Words that Chinese phrases begin with. */
const PHRASE =
  /^(?:我们|你们|他们|她们|它们|咱们|大家|然后|但是|可是|不过|所以|因为|如果|虽然|而且|或者|以及|并且|接着|后来|于是|同时|最后|另外|还有|有的|有人|有些|一边|当|每当|直到|就|才|却|又|也|都)/
const NUMERAL =
  /^(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|trillion|point|zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]{3,7}teen))$/
/** A word with the marks and blanks behind it. Or a Chinese character, or a mark in brackets, with marks behind it. */
const WORD =
  /\s*(?:\[[^\s[\]]{1,20}\]|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff，。！？；：、,.!?;:—…]{1,40})?[，。！？；：、,.!?;:—…"”’)\]」』）]*/y

export function splitLong(text: string, countTokens: (text: string) => number): string[] {
  if (text.length <= COMFORTABLE_TOKENS) return [text]
  const whole = countTokens(text)
  if (whole <= COMFORTABLE_TOKENS || (whole <= MAX_TOKENS && sentencesFit(text, countTokens))) return [text]
  const words = wordsOf(text)
  const inside = insideWords(text, words)
  const tokens = words.map((word) => Math.max(1, countTokens(word)))
  let left = tokens.reduce((sum, one) => sum + one, 0)
  const parts: string[] = []
  let from = 0
  while (left > COMFORTABLE_TOKENS) {
    const even = left / Math.ceil(left / COMFORTABLE_TOKENS)
    const { end, length } = bestCut({ words, tokens, inside }, from, even)
    if (end >= words.length) break
    parts.push(words.slice(from, end).join(''))
    left -= length
    from = end
  }
  parts.push(words.slice(from).join(''))
  return parts.filter((part) => part.trim() !== '')
}

/** Whether every sentence of a text is comfortable by itself. */
function sentencesFit(text: string, countTokens: (text: string) => number): boolean {
  const sentences = text.match(/[^.?!。？！；;]+[.?!。？！；;]*/g) ?? []
  return sentences.every((sentence) => countTokens(sentence) <= COMFORTABLE_TOKENS)
}

function wordsOf(text: string): string[] {
  const words: string[] = []
  for (let at = 0; at < text.length; ) {
    WORD.lastIndex = at
    const found = WORD.exec(text)![0] || text.slice(at, at + MAX_WORD)
    words.push(found)
    at += found.length
  }
  return words
}

interface Cuttable {
  readonly words: readonly string[]
  /** Of each word. */
  readonly tokens: readonly number[]
  /** Whether the place behind each is inside a Chinese word. */
  readonly inside: readonly boolean[]
}

/** Whether the place behind each character of Chinese is inside a word, as Unicode's dictionary has them. */
function insideWords(text: string, words: readonly string[]): boolean[] {
  if (!/\p{Script=Han}{8}/u.test(text)) return []
  const starts = new Set<number>()
  for (let from = 0; from < text.length; from += STRETCH)
    for (const { index } of SEGMENTER.segment(text.slice(from, from + STRETCH))) starts.add(from + index)
  let at = 0
  return words.map((word) => {
    at += word.length
    return at < text.length && !starts.has(at)
  })
}

/** The cheapest place behind `from` that leaves a part between its least share and what is comfortable. */
function bestCut(
  { words, tokens, inside }: Cuttable,
  from: number,
  even: number,
): { end: number; length: number } {
  let best: { end: number; length: number } | undefined
  let cheapest = Number.POSITIVE_INFINITY
  let length = 0
  for (let i = from; i < words.length; i++) {
    length += tokens[i]!
    if (length > COMFORTABLE_TOKENS && best !== undefined) break
    if (length < LEAST_SHARE * even && i + 1 < words.length) continue
    const cost = costBehind(words, i, inside[i] === true) + Math.abs(length - even) / even
    if (cost >= cheapest) continue
    cheapest = cost
    best = { end: i + 1, length }
  }
  return best ?? { end: words.length, length }
}

/** How much a cut behind a word hurts: nothing at a sentence's end, most between two words that belong together. */
function costBehind(words: readonly string[], i: number, isInside: boolean): number {
  const word = words[i]!
  if (isInside) return 4
  const mark = /([，。！？；：、,.!?;:—…])["”’)\]」』）]*$/.exec(word)?.[1]
  if (mark !== undefined)
    return '。！？.!?…'.includes(mark) ? 0 : '；;：:—'.includes(mark) ? 0.2 : mark === '、' ? 0.8 : 0.4
  const next = words[i + 1]?.trim().toLowerCase() ?? ''
  const following = words.slice(i + 1, i + 4).join('')
  // Sounds of one word.
  if (word.endsWith(']') && words[i + 1]?.startsWith('[') === true) return 5
  // A number goes on.
  if (NUMERAL.test(next) && NUMERAL.test(word.trim().toLowerCase())) return 3.5
  if (STRONG.has(next)) return 1
  if (CONJUNCTIONS.has(next)) return 1.4
  // Chinese particles end a phrase, some words begin one, and 的 belongs to what follows it.
  if (/[了过吧呢吗啊]$/.test(word)) return PHRASE.test(following) ? 1.2 : 1.6
  if (PHRASE.test(following)) return 1.4
  if (/[的地得着]$/.test(word)) return 2.8
  if (
    CONJUNCTIONS.has(word.trim().toLowerCase()) ||
    /^(?:the|a|an|my|your|his|her|its|our|their|is|are|was|were)$/i.test(word.trim())
  )
    return 3
  return /[\u2e80-\u9fff]$/.test(word) ? 2.2 : 2
}
