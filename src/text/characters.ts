/**
 * Unicode as it is written → the letters, digits and signs that the later stages know.
 *
 * Runs before markup is read, and again for text that markup held. Idempotent and linear.
 */

import { undressed } from './dressed-letters.ts'
import { namedKeys } from './keyboard.ts'
import { hasChinese } from './language.ts'

/** Line ends of every system and of Unicode, and the vertical blanks. */
const LINE_ENDS = /\r\n?|[\u2028\u2029\u0085\v\f]/g
/** Formatting without a sound: joiners, direction marks, soft hyphens, byte order marks, selectors, halves of pairs. */
const UNHEARD = /\p{Cf}|\p{Cn}|\p{Cs}|\u034f|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|\u20e3|\ufffd/gu
const CONTROLS = /(?!\n)\p{Cc}/gu
const BLANKS = /[\p{Zs}\t]/gu
/** What stands for pictures. Signs with words of their own are taken before. */
const PICTURES =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u2500-\u27bf\u2b00-\u2bff\u3004\u3012\u3013\u3020\u{1f000}-\u{1faff}]/gu
/** Marks that are all there is behind a colon or in a cell. */
const VALUES = /(?<=[\p{L}\d)）][:：] ?|\| {0,3})[✓✔✅☑✗✘❌✖](?=\s*(?:[,;.|，；。、]|$))/gmu
/** Letters and digits in other clothes: full width, mathematical, ligatures, in circles, squared units, Roman numerals. */
const CLOTHED =
  /[\u00aa\u00ba\u0132\u0133\u01c4-\u01cc\u1d2c-\u1d6a\u1d9b-\u1dbf\u2070\u2074-\u2079\u2080-\u209c\u2100-\u2138\u2139\u2145-\u2149\u2160-\u217f\u2460-\u24ff\u2776-\u2793\u3200-\u33ff\ufb00-\ufb4f\uff03-\uff06\uff0b\uff0d-\uff19\uff1c-\uff1e\uff20-\uff3a\uff3c\uff3e-\uff5a\uff5e\uff61-\uff9f\uffe0-\uffe6\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f1e5}]/gu
/** Vulgar fractions: said as a whole and a part. */
const FRACTIONS = /(\d?)([\u00bc-\u00be\u2150-\u215f\u2189])(?=([a-z])?)/g
const RAISED: Readonly<Record<string, string>> = { '¹': '1', '⁰': '0', '⁻': '-', ⁿ: 'n', ⁱ: 'i' }
/** Kept although the forms above would change them: units and signs that the rules name. */
const KEPT = /[℃℉℅№Ω℧™℠©®]/u

/** Brackets with little in them, arms and a table that they throw. */
const FACE =
  /(?<![A-Za-z])[wmoφΣσ]?[¯\\┐╰╭ヽヾ乁<]{0,3}_?[(（]([^()（）\n]{1,12})[)）]_?(?:[づつっ]|[wmo](?![A-Za-z]))?[/╯ﾉノ┌┐ゝ¯︵︶┻━>ﾞ✧♪]{0,3}(?: ?[┻━︵]{1,4})?/gu
/** Eyes and mouths. */
const FEATURES =
  /[□◕‿ಠ益•ᴗ￣▽◡╥﹏≧≦∇♥☆╯へ⊙◉◔ω●○ﾟ´`;·ಥ｀¯ʘ]|з」|^_ ?_$|^ツ$|^[-^oOT><@*~=.']_+[-^oOT><@*~=.']$/u

/** Whether what is in brackets draws a face: eyes and a mouth, and no word. */
const isFace = (inside: string) => /^づ?[￣¯ˉ] ?[3εз] ?[￣¯ˉ]$/u.test(inside) || isDrawn(inside)
const isDrawn = (inside: string) =>
  FEATURES.test(inside) &&
  !/[A-Za-z]{2}|[A-NP-SU-Za-np-z]|\d|(?!益)\p{Script=Han}/u.test(inside) &&
  (inside.length > 2 || inside === 'ツ')

/** Limits keep their arrow, and reactions theirs; others are pauses. */
const ARROW = /(?<!lim_? ?[{(]?[a-z]) ?[→⇒⟶➔➜➝⇌⇄] ?/g
const SUBSTANCE_BEFORE =
  /(?:^|[\s+，、；。：:(（])\d{0,2}(?:[A-Z][a-z]?[\d₀-₉]{0,3}|[()]){1,12}[↑↓]?(?:\((?:s|l|g|aq)\))?$/
const SUBSTANCE_BEHIND =
  /^\d{0,2}(?:[A-Z][a-z]?[\d₀-₉]{0,3}|[()]){1,12}(?:\((?:s|l|g|aq)\))?(?:$|[\s+.,;。，；↑↓])/
const FORMULA_REACH = 32

const saidArrow = (arrow: string, at: number, whole: string) =>
  isReaction(whole, at, arrow.length) ? ' → ' : ', '

/** Whether an arrow stands between substances: formulas on both sides, some added up or with small numbers. */
function isReaction(text: string, at: number, length: number): boolean {
  const before = text.slice(Math.max(0, at - FORMULA_REACH), at)
  const behind = text.slice(at + length, at + length + FORMULA_REACH)
  return /[+₀-₉]/.test(before + behind) && SUBSTANCE_BEFORE.test(before) && SUBSTANCE_BEHIND.test(behind)
}

/** Text without characters that only private agreements give a meaning; the stages behind have some of their own. */
export function withoutPrivate(text: string): string {
  return text.replace(/\p{Co}/gu, '')
}

/** Text in plain Unicode: composed letters, `\n` line ends, single kinds of quotes and dashes, no pictures. */
export function plainCharacters(text: string): string {
  const faceless = text.replace(FACE, (face, inside: string) => (isFace(inside) ? ' ' : face))
  const written = /^[\n -~]*$/.test(faceless) ? faceless : composed(faceless)
  return (
    written
      // An accent for an apostrophe, as some keyboards have it.
      .replace(/(?<=[A-Za-z])`(?=(?:s|t|d|m|re|ll|ve)(?![A-Za-z`]))/g, "'")
      .replace(/(?<=[A-Z\d)]) [-=]{1,3}> (?=\d{0,2}[A-Z])/g, (arrow: string, at: number, whole: string) =>
        isReaction(whole, at, arrow.length) ? ' → ' : arrow,
      )
      .replace(/<!--[\s\S]{0,2000}?-->|(^|[ \n])[-=]{1,20}>(?: |$)/g, (arrow, lead?: string) =>
        arrow.startsWith('<') ? arrow : lead === ' ' ? ', ' : lead!,
      )
      .replace(/(?<=[A-Za-z)\]])->(?=[A-Za-z])/g, ' ')
      .replace(/(?<=[\d%℃A-Za-z\u4e00-\u9fff])[-=]{1,2}>(?=[\d\u4e00-\u9fff])/g, ', ')
      // Waves around words are no fence of code.
      .replace(/^~{3,}(?=[^\n~]{0,40}(?:~{2,}|[\u4e00-\u9fff]))/gm, '')
      .replace(/(?<![\w)])\(c\)(?= ?(?:19|20)\d\d(?!\d))/gi, '©')
      .replace(/ {2,}/g, ' ')
  )
}

/** Stars that a review gives: five, some of them empty, or up to four behind a colon. */
const STARS =
  /(?<=\p{Script=Han} ?[:：]? ?)(?=[★⭐])[★☆⭐]{5}(?=[ ,，。；、;|）)\n]|$)|(?<=\p{Script=Han}[:：] ?)[★⭐]{1,4}(?=[ ,，。；、;|）)\n]|$)/gu
/** Numbers with wide commas that rise and end alike are prices side by side, no thousands. */
function isListed(numbers: string): boolean {
  const parts = numbers.split('，')
  return (
    parts.length > 2 &&
    parts[0]!.length > 1 &&
    parts.every(
      (part, i) => part.at(-1) === parts[0]!.at(-1) && (i === 0 || Number(part) > Number(parts[i - 1]!)),
    )
  )
}
/** What a laboratory measures. */
const FOUND =
  /(?<=(?:[钾钠钙镁磷氯糖脂醇酸酐酶素氮]|蛋白|细胞|血小板|胆固醇|CRP|ALT|AST|WBC|RBC|PLT|HGB|TG|LDL|HDL|HbA1c)(?:[(（]?[A-Za-z-]{1,8}[)）]?)? ?[:：]? ?\d{1,5}(?:\.\d{1,3})?(?: ?[A-Za-zμµ/%^\d]{1,12})?) ?[↑↓]{1,3}(?![\dA-Za-z])/g

function composed(text: string): string {
  return (
    undressed(namedKeys(text.normalize('NFC')))
      .replace(DISGUISED, unmasked)
      .replace(LINE_ENDS, '\n')
      .replace(/(?<!\u20e3)[1-9]\ufe0f?\u20e3(?! ?\d)/gu, (keycap) =>
        String.fromCharCode(0x245f + Number(keycap[0])),
      )
      .replace(/[#*0-9]\ufe0f?\u20e3/gu, (keycap) => (/\d/.test(keycap[0]!) ? `${keycap[0]} ` : ' '))
      .replace(UNHEARD, '')
      // Cells of a table side by side.
      .replace(
        /(?<=[\d%）\p{Script=Han}])\t{1,8}(?=[^\s<])|(?<=[^\s>.,;:!?，。；：！？、])\t{1,8}(?=[\d$€£¥￥\p{Script=Han}])/gu,
        ', ',
      )
      .replace(CONTROLS, ' ')
      .replace(BLANKS, ' ')
      // Marks that no letter took up: stacked accents and strokes through.
      .replace(/([\p{Script=Latin}\p{Script=Han}\p{N}\p{P}\p{S}\s])\p{M}+/gu, '$1')
      // Bounds of sums and integrals.
      .replace(
        /([∑∏∫])([₀-₎ₐ-ₜ]{1,6})([⁰¹²³⁴-⁹⁺⁻ⁿⁱ∞]{1,6})\s?/g,
        (_, sign: string, low: string, high: string) =>
          `${sign}_{${low.normalize('NFKC')}}^{${high.normalize('NFKC')}} `,
      )
      .replace(FRACTIONS, (_, digit: string, sign: string, next?: string) => {
        const part = sign.normalize('NFKC').replace('⁄', '/')
        return `${digit === '' ? '' : `${digit} `}${part}${next === undefined ? '' : ' '}`
      })
      // Charges of ions.
      .replace(
        /(?<=[A-Za-z\d₀-₉)\]])([⁰¹²³⁴-⁹]?)([⁺⁻])(?![⁰¹²³⁴-⁹])/g,
        (_, number: string, sign: string) => ` ${number.normalize('NFKC')}${sign}`,
      )
      .replace(
        /[⁰¹²³⁴-⁹⁻ⁿⁱ]{2,}|[⁰¹⁴-⁹ⁿⁱ]/g,
        (raised) => `^${[...raised].map((one) => RAISED[one] ?? one.normalize('NFKC')).join('')}`,
      )
      .replace(
        /(?<![\dA-Za-z满滿])(?<!\d[，,.])(?:\d{1,2}(?:，\d{3}){2,}|\d{1,3}(?:，000|，\d{3}(?=[元人米吨次名家册件套亩户]|公里|平方|美元)))(?![\d，])/g,
        (number) => (isListed(number) ? number : number.replaceAll('，', ',')),
      )
      .replace(/№ ?/g, 'No.')
      .replace(
        /(?<=(?!第)[\p{L}\p{N}]) ?(?=[②-⑳㈡-㈩]\s?(?!号|步(?!骤)|题(?![目材意]))\p{Script=Han})/gu,
        '，',
      )
      .replace(
        /(?<!第)[①-⑳㈠-㈩](?=\s?(?!号|步(?!骤)|题(?![目材意]))\p{Script=Han})/gu,
        (number) => `${number.normalize('NFKC').replace(/[()]/g, '')}、`,
      )
      .replace(/(?<=\d ?)º/g, '°')
      // A base or an index of letters stands apart from what it belongs to.
      .replace(
        /(log|lg)([\u2080-\u208e\u2090-\u209c]{1,6}) ?/g,
        (_, log: string, foot: string) => `${log}_{${foot.normalize('NFKC')}} `,
      )
      .replace(/(?<=\p{L})(?=[\u2090-\u209c])/gu, ' ')
      .replace(/～{2,}/g, '～')
      .replace(CLOTHED, (letter) => (KEPT.test(letter) ? letter : unclothed(letter)))
      .replace(/㈱|℡/g, (sign) => (sign === '℡' ? '电话' : ''))
      .replace(/[‼⁇⁈⁉]/g, (marks) => marks.normalize('NFKC'))
      .replace(/[™℠®]/g, '')
      .replace(STARS, (stars) => `${'一二三四五'[(stars.match(/[★⭐]/g)?.length ?? 1) - 1]}星`)
      .replace(/(?<=\d ?)[★⭐](?= ?\p{Script=Han})/gu, '星')
      .replace(/(?<=\d ?)(?<!(?:^|[^\d.])1 ?)[★⭐](?=\s*(?:[).,;!?]|$))/gu, ' stars')
      .replace(/(?<=\d ?)[★⭐](?![★⭐☆])/gu, ' star')
      .replace(VALUES, (mark, _at: number, whole: string) =>
        hasChinese(whole) ? (/[✓✔✅☑]/u.test(mark) ? '是' : '否') : /[✓✔✅☑]/u.test(mark) ? 'yes' : 'no',
      )
      .replace(/³√/g, '∛')
      .replace(ARROW, (arrow: string, at: number, whole: string) => saidArrow(arrow, at, whole))
      .replace(FOUND, (arrow) => (arrow.includes('↑') ? '，偏高' : '，偏低'))
      .replace(/(?<=[比率量价额数幅])[↑↓](?=\d)/g, (arrow) => (arrow === '↑' ? '上升' : '下降'))
      .replace(/(?!→)[\u2190-\u21ff\u27f0-\u27ff]/g, ' ')
      .replace(/(?<=\b(?:I|[Ww]e|[Yy]ou|[Tt]hey) )[♥❤💖💕](?= [A-Za-z])/gu, 'love')
      .replace(/(?<=[我你他她们])[♥❤💖💕](?=[\p{Script=Han}A-Z])/gu, '爱')
      .replace(/‽/g, '?!')
      .replace(PICTURES, (picture, at: number, whole: string) =>
        /[©△]/.test(picture) || (/[♯♭]/.test(picture) && /[A-G]/.test(whole[at - 1] ?? '')) ? picture : ' ',
      )
      .replace(/△(?![A-Z]{3}(?![A-Za-z]))/g, ' ')
      .replace(/(?<=[(（]) +(?=\S)/g, '')
      // Apostrophes and quotation marks. Chinese keeps its own.
      .replace(
        /(?<=(?!\p{Script=Han})[\p{L}\d])[’ʼ＇`´](?=[\p{Script=Latin}\d])|(?<![\p{L}\d‘])[’](?=\d\d)/gu,
        "'",
      )
      .replace(/« ?| ?»|[„‟❝❞〝〞‚‹›‛]/g, '"')
      .replace(/[‐‑⁃﹣]/g, '-')
      .replace(/(?<=\d)′/g, "'")
      .replace(/(?<=\d)″/g, '"')
      .replace(/(?<![\p{L})²³'′])(?<![\p{L}\d)²³'′] (?=− ))−(?=\s?[\d.])|(?<=^|[\s(])–(?=\d)/gu, '-')
      .replace(/[‒―⸺⸻]/g, '—')
      .replace(/(?<=\d(?:[kKmMbB]n?)? ?)[–](?= ?[$€£¥]?\d)|(?<=\d)—(?=\d)/g, '-')
      .replace(/(?<=[apAP]\.?[mM]\.?|\d[ap])\s?–\s?(?=\d)|(?<=[A-Z][a-z]{2,14}\.?)–(?=[A-Z][a-z])/g, '-')
      .replace(/(?<=(?<![A-Za-z])[A-Za-z])–(?=[A-Za-z](?![A-Za-z]))|(?<=(?<![\w'])[ijkmnptxy])–(?=\d)/g, '-')
      .replace(
        /(?<=[½¼¾⅓⅔])[–-](?=\d)|(?<=\d(?:st|nd|rd|th)?)\s?–\s?(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}\.?,? (?:\d|[A-Z]))|(?<=(?<!\d)(?:19|20)\d\d) ?[–-] ?(?=(?:[Pp]resent|[Tt]oday|[Nn]ow|[Oo]ngoing)(?![\w-]))/g,
        ' to ',
      )
      .replace(
        /(?<=(?<![A-Za-z])[A-Z]{3})–(?=[A-Z]{3}(?![A-Za-z]))|(?<=\bB\.?C\.?(?:E\.?)?)\s?–\s?(?=AD |A\.D\. |\d)/g,
        ' to ',
      )
      .replace(
        /(?<=\d(?:st|nd|rd|th)|\d ?(?:[kMG]?Hz|°[CF]?|%|[ckm]?m|[mk]?g|[kM]?W|m?L|GB|MB|min|hrs?|[ap]\.?m\.?)|\d["'])\s?–\s?(?=\d)|(?<=(?<!\w)(?:X{0,3}[SML]|[2-5]XL))–(?=(?:X{1,4}|[2-6]X)L(?!\w))/g,
        '-',
      )
      .replace(/(?<=\d0s)\s?–\s?(?=(?:early|mid|late)[ -])/g, ' to ')
      .replace(
        /(?<=\d(?:st|nd|rd|th)? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?)\s?–\s?(?=\d{1,2}(?:st|nd|rd|th)? [A-Z])|(?<=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?)\s?–\s?(?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? \d)/g,
        '-',
      )
      .replace(/(?<=\([A-Za-z\d]{1,3}\))–(?=\([A-Za-z\d])/g, ' to ')
      .replace(/–/g, '—')
      .replace(/₤/g, '£')
      .replace(/⎓/g, ' ')
      .replace(/∶/g, ':')
      .replace(/⟂/g, '⊥')
      .replace(/⁄/g, '/')
  )
}

/** A word with letters of two alphabets that look alike: Latin was meant. */
const DISGUISED =
  /(?=[\p{L}]{0,64}[\p{Script=Cyrillic}\p{Script=Greek}])(?=[\p{L}]{0,64}[A-Za-z])\p{L}{2,64}/gu
const LOOK = new Map(
  [...'аеорсухіјѕԁАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοα'].map((letter, i) => [
    letter,
    'aeopcyxijsdABEKMHOPCTYXIJSABEZHIKMNOPTYXoa'[i]!,
  ]),
)
/** A function of an angle is no word. */
const ANGLED = /^(?:sin|cos|tan|cot|sec|csc|log|ln|lg|exp|lim)\p{Script=Greek}$/u
const unmasked = (word: string) =>
  // Chinese beside them is no part of the word.
  word.replace(/[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]+/gu, (part) =>
    ANGLED.test(part) || !/[A-Za-z]/.test(part)
      ? part
      : part.replace(/[^A-Za-z]/g, (letter) => LOOK.get(letter) ?? letter),
  )

/** A circled or bracketed number stands apart from what follows it; other forms are the letter itself. */
function unclothed(letter: string): string {
  const plain = letter.normalize('NFKC')
  return /[\u2460-\u24b5\u24ea]/u.test(letter) ? `${plain.replace(/[().]/g, '')} ` : plain.normalize('NFC')
}
