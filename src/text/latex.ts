/**
 * Formulas between dollar signs or brackets with a backslash → their signs and words.
 */

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
/** A formula: behind its first sign stands no amount, and something in it is no prose. */
const FORMULA = /(\$\$?)(?=[^\s\d$]|\d[a-z^])([^$\n]{0,300}[^\s$])\1(?!\d)|\\[([]([^\n]{1,300}?)\\[)\]]/g
const NO_PROSE = /[=^_\\+{}<>]|^[A-Za-z]$/

export function plainFormulas(text: string): string {
  return text.replace(FORMULA, (whole, _sign, dollars: string | undefined, brackets: string | undefined) => {
    const formula = dollars ?? brackets ?? ''
    return NO_PROSE.test(formula) ? plainFormula(formula) : whole
  })
}

function plainFormula(formula: string): string {
  return formula
    .replace(/\\[dt]?frac\{([^{}]{1,100})\}\{([^{}]{1,100})\}/g, (_, above: string, below: string) =>
      /^\d+$/.test(above) && /^\d+$/.test(below) ? `${above}/${below}` : `${above} over ${below}`,
    )
    .replace(/\\text\{([^{}]{0,100})\}/g, '$1')
    .replace(/\\([A-Za-z]{1,20})/g, (_, name: string) => COMMANDS[name] ?? ` ${name} `)
    .replace(/_\{([^{}]{1,40})\}|_(\w)/g, ' $1$2')
    .replace(/\^\{([^{}]{1,40})\}/g, '^$1')
    .replace(/[{}\\]/g, ' ')
}
