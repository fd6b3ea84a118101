/**
 * Formulas between dollar signs or brackets with a backslash → their signs and words.
 */
import { hasChinese } from './language.ts'
import { CHINESE, ENGLISH, type Wording } from './latex-words.ts'

/**
 * A formula: no blank inside its two signs, no digit or letter behind the last.
 * What begins with a digit may be an amount of money.
 */
const FORMULA =
  /(?<![A-Za-z\d$\\])\$\$(?=[^$])((?:[^$\n]|\n(?!\s*\n)){1,600})\$\$|(?<![A-Za-z\d$\\])\$(?=[^\s$])([^$\n]{0,300}[^\s$])\$(?!\d)|\\\[((?:[^\n]|\n(?!\s*\n)){1,600}?)\\\]|\\\(([^\n]{1,300}?)\\\)/g
const NO_PROSE = /[=^_\\+{}<>]|^[A-Za-z]$/
/** Text inside a formula, and names that formulas have. */
const NAMED =
  /\\(?:text|mathrm|textbf|operatorname|mbox)\{[^{}]{0,100}\}|\\[A-Za-z]{1,20}|\b(?:sin|cos|tan|cot|sec|csc|log|ln|lg|exp|lim|max|min|mod|gcd|det)\b/g
/** Words, Chinese, and signs that end no formula. */
const PROSE =
  /[A-Za-z]{3}|(?:^|\s)(?!d[a-z])[A-Za-z]{2}(?=\s|$)|\p{Script=Han}|["“”@#;?，。、；]|[-+*/=<>,:.(]$/u
/** Commands that are written without signs about them as well. */
const NAKED =
  /\\(?:[dtc]?frac|sqrt|binom|boxed|vec|hat|bar|overline|mathbb|mathbf|text)(?=[{[])|\\(?:left|right)[([|]/
const BEFORE_NAKED = /(?:(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])|[\d=+*/^()\s.-]){0,60}$/
const LINE_REACH = 600

export function plainFormulas(text: string): string {
  if (!/[$\\]/.test(text)) return text
  const isChinese = hasChinese(text)
  const wording = isChinese ? CHINESE : ENGLISH
  const marked = text.replace(FORMULA, (whole, ...groups: (string | undefined)[]) => {
    const formula = groups.slice(0, 4).find((group) => group !== undefined)!
    return isFormula(formula) ? plainFormula(formula, wording) : whole
  })
  const said = NAKED.test(marked)
    ? marked
        .split('\n')
        .map((line) => nakedFormula(line, wording))
        .join('\n')
    : marked
  if (said === text) return text
  return isChinese ? said.replace(/向量 ?(?=向量)/g, '') : said.replace(/\b([Vv]ectors?) +vector(?= )/g, '$1')
}

/** Two amounts, names of a shell and words in brackets are none. */
function isFormula(formula: string): boolean {
  const begins = /^\d/.test(formula)
  if (!begins && NO_PROSE.test(formula)) return true
  const rest = formula.replace(NAMED, ' 0 ')
  return (
    !PROSE.test(rest) &&
    count(rest, '(') === count(rest, ')') &&
    (begins || /[\d()[\]|'+*/=-]/.test(rest)) &&
    !/^[\d,.]+[kKmMbB]?[-/]$/.test(formula)
  )
}

const count = (text: string, sign: string) => text.split(sign).length - 1

/** What is reckoned in a line, from the last word before the first command to the last bracket. */
function nakedFormula(line: string, wording: Wording): string {
  const first = line.length > LINE_REACH ? null : NAKED.exec(line)
  if (first === null) return line
  const lead = BEFORE_NAKED.exec(line.slice(0, first.index))?.[0] ?? ''
  const start = first.index - lead.trimStart().length
  const end = Math.max(line.lastIndexOf('}'), line.lastIndexOf('\\right') + 6) + 1
  if (end <= first.index) return line
  return `${line.slice(0, start)} ${plainFormula(line.slice(start, end), wording)} ${line.slice(end)}`
}

function plainFormula(formula: string, wording: Wording): string {
  return wording
    .counted(new Formula(formula, wording).rest())
    .replace(/[ \n]{2,}|\n/g, ' ')
    .replace(/ (?=[,，)])|(?<=\() /g, '')
    .replace(/^[ ,，]+|[ ,，]+$/g, '')
}

/** Groups deeper than this are read flat. */
const DEPTH = 24
const JOINS = /[=+<>]/

/** One reading of a formula from left to right. */
class Formula {
  readonly #text: string
  readonly #wording: Wording
  #at = 0
  #depth = 0

  constructor(text: string, wording: Wording) {
    this.#text = text
    this.#wording = wording
  }

  /** Up to the end, or to the bracket that closes the group. */
  rest(): string {
    let out = ''
    this.#depth++
    while (this.#at < this.#text.length) {
      const sign = this.#text[this.#at++]!
      if (sign === '}' && this.#depth > 1) break
      out += this.#said(sign, out)
    }
    this.#depth--
    return out
  }

  #said(sign: string, before: string): string {
    const { apart, negative, minus } = this.#wording
    if (sign === '\\') return this.#command()
    if (sign === '{') return this.#depth < DEPTH ? this.rest() : ' '
    if (sign === '^') return this.#power(before)
    if (sign === '_') return this.#index(before)
    if (sign === '-' || sign === '−') {
      if (
        !/(?:^|[=<>(,+*/[|×÷±≤≥≈≠∈:，−-]|[a-z] goes to|implies|推出|趋于|log|sin|cos|tan|ln)\s*$/.test(
          before.slice(-12),
        )
      )
        return !apart && /\d\s*$/.test(before) && /^\s*\d/.test(this.#text.slice(this.#at, this.#at + 3))
          ? '-'
          : minus
      return /^\s?[\d.]/.test(this.#text.slice(this.#at, this.#at + 2)) ? '-' : negative
    }
    if (sign === '<' || sign === '>' || (apart && JOINS.test(sign))) return ` ${sign} `
    return /[}&~$]/.test(sign) ? ' ' : sign
  }

  /** What a command or a raised sign belongs to: a group, a command or one sign. */
  #group(): string {
    while (this.#text[this.#at] === ' ') this.#at++
    const sign = this.#text[this.#at]
    if (sign === undefined || sign === '}') return ''
    this.#at++
    return this.#said(sign, '').trim()
  }

  #power(before: string): string {
    const raised = this.#group()
    if (/^[°']+$/.test(raised)) return raised
    const named = /[\d∞]\s?$/.test(before) ? undefined : this.#wording.powers[raised]
    if (named !== undefined) return named
    if (/^(?:[-+−]?\d{1,6}|[A-Za-z*])$/.test(raised)) return `^${raised}`
    if (this.#wording.apart || /^[\w−+*/()\s-]+$|[负之号]/.test(raised)) return this.#wording.power(raised)
    return `^${raised}`
  }

  #index(before: string): string {
    const bounds = /[∑∏∫]$/.test(before)
    const limit = /lim ?$/.test(before)
    const low = this.#group()
    if (limit) return `_{${low.replace(/\s*(?:goes to|趋于)\s*/, '→').replace(/minus |负/, '-')}} `
    if (!bounds) return /(?:log|lg) ?$/.test(before) ? `_${low} ` : ` ${low}`
    while (this.#text[this.#at] === ' ') this.#at++
    if (this.#text[this.#at] !== '^') return ` ${low} `
    this.#at++
    return `_{${low.replace(/ /g, '')}}^{${this.#group().replace(/ /g, '')}} `
  }

  #optional(): string {
    if (this.#text[this.#at] !== '[') return ''
    const end = this.#text.indexOf(']', this.#at)
    if (end < 0) return ''
    const inside = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    return inside
  }

  #command(): string {
    const { commands, dressed, over, root, choose, line } = this.#wording
    const name = /^[A-Za-z]{1,20}/.exec(this.#text.slice(this.#at, this.#at + 20))?.[0]
    if (name === undefined) return this.#sign(line)
    this.#at += name.length
    if (/^[dtc]?frac$/.test(name)) {
      const [above, below] = [this.#group(), this.#group()]
      return /^\d+$/.test(above) && /^\d+$/.test(below) ? `${above}/${below}` : over(above, below)
    }
    if (name === 'sqrt') {
      const degree = this.#optional()
      return root(degree, this.#group())
    }
    if (/^[dt]?binom$/.test(name)) return choose(this.#group(), this.#group())
    if (/^(?:begin|end)$/.test(name)) {
      this.#group()
      if (/^\{[lcr|]+\}/.test(this.#text.slice(this.#at, this.#at + 12))) this.#group()
      return ' '
    }
    if (/^text(?:bf|it|rm)?$|^mathrm$|^mbox$/.test(name) && this.#text[this.#at] === '{') return this.#prose()
    const mark = dressed[name]
    if (mark !== undefined) return mark(this.#group())
    if (/^(?:left|right)$/.test(name) && this.#text[this.#at] === '.') this.#at++
    const known = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (known !== undefined) return known
    return this.#text[this.#at] === '(' || this.#text[this.#at] === '_' || this.#text[this.#at] === '^'
      ? ` ${name}`
      : ` ${name} `
  }

  /** Words inside a formula, as they are. */
  #prose(): string {
    const end = this.#text.indexOf('}', this.#at)
    const inside = this.#text.slice(this.#at + 1, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#text.length : end + 1
    return inside
  }

  /** A backslash before a sign. */
  #sign(line: string): string {
    const sign = this.#text[this.#at++] ?? ''
    if (sign === '\\') {
      this.#optional()
      return line
    }
    return /[%$&#_{}]/.test(sign) ? sign : ' '
  }
}
