/**
 * Formulas between dollar signs or brackets with a backslash → their signs and words.
 */
import { hasChinese } from './language.ts'

const COMMANDS: Readonly<Record<string, string>> = {
  times: '×',
  cdot: '×',
  div: '÷',
  pm: '±',
  leq: '≤',
  le: '≤',
  geq: '≥',
  ge: '≥',
  neq: '≠',
  ne: '≠',
  approx: '≈',
  infty: '∞',
  sum: '∑',
  int: '∫',
  partial: '∂',
  in: '∈',
  cup: '∪',
  cap: '∩',
  to: '→',
  rightarrow: '→',
  forall: '∀',
  exists: '∃',
  sqrt: '√',
}
/** What rules of Chinese know by its sign. */
const CHINESE_COMMANDS: Readonly<Record<string, string>> = {
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  delta: 'δ',
  Delta: 'Δ',
  theta: 'θ',
  lambda: 'λ',
  mu: 'μ',
  pi: 'π',
  rho: 'ρ',
  sigma: 'σ',
  phi: 'φ',
  omega: 'ω',
  Omega: 'Ω',
  angle: '∠',
  triangle: '△',
  perp: '⊥',
  parallel: '∥',
  circ: '°',
  ldots: '…',
  cdots: '…',
  dots: '…',
}
/** A number between signs of formulas. */
const NUMBER = /\$(\d{1,9}(?:\.\d{1,6})?)\$(?!\d)/g
/** A formula: behind its first sign stands no amount, and something in it is no prose. */
const FORMULA = /(\$\$?)(?=[^\s\d$]|\d[a-z^])([^$\n]{0,300}[^\s$])\1(?!\d)|\\[([]([^\n]{1,300}?)\\[)\]]/g
const NO_PROSE = /[=^_\\+{}<>]|^[A-Za-z]$/

export function plainFormulas(text: string): string {
  const isChinese = /[$\\]/.test(text) && hasChinese(text)
  return (isChinese ? text.replace(NUMBER, '$1') : text).replace(
    FORMULA,
    (whole, _sign, dollars: string | undefined, brackets: string | undefined) => {
      const formula = dollars ?? brackets ?? ''
      return NO_PROSE.test(formula) ? plainFormula(formula, isChinese) : whole
    },
  )
}

function plainFormula(formula: string, isChinese: boolean): string {
  return formula
    .replace(/\\[dt]?frac\{([^{}]{1,100})\}\{([^{}]{1,100})\}/g, (_, above: string, below: string) =>
      /^\d+$/.test(above) && /^\d+$/.test(below)
        ? `${above}/${below}`
        : isChinese
          ? `${below}分之${above}`
          : `${above} over ${below}`,
    )
    .replace(/\\text\{([^{}]{0,100})\}/g, '$1')
    .replace(
      /\\([A-Za-z]{1,20})/g,
      (_, name: string) => COMMANDS[name] ?? (isChinese ? CHINESE_COMMANDS[name] : undefined) ?? ` ${name} `,
    )
    .replace(/_\{([^{}]{1,40})\}|_(\w)/g, ' $1$2')
    .replace(/\^\{([^{}]{1,40})\}/g, '^$1')
    .replace(/[{}\\]/g, ' ')
}
