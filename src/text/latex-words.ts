/**
 * Commands of LaTeX and the signs or words that the rules of both languages know.
 */
import { sayNumber } from './en-quantities.ts'
import { readDecimal } from './zh-numbers.ts'

export interface Wording {
  readonly commands: Readonly<Record<string, string>>
  readonly over: (above: string, below: string) => string
  /** Powers with names. */
  readonly powers: Readonly<Record<string, string>>
  readonly power: (exponent: string) => string
  readonly root: (degree: string, inside: string) => string
  readonly choose: (all: string, chosen: string) => string
  readonly dressed: Readonly<Record<string, (letter: string) => string>>
  /** Before a sign of its own, and between two. */
  readonly negative: string
  readonly minus: string
  readonly line: string
  /** Numbers in front of variables. */
  readonly counted: (formula: string) => string
  /** Blanks about a sign that joins two sides. */
  readonly apart: boolean
}

const SIGNS: Readonly<Record<string, string>> = {
  times: ' × ',
  cdot: ' × ',
  div: ' ÷ ',
  pm: ' ± ',
  leq: ' ≤ ',
  le: ' ≤ ',
  leqslant: ' ≤ ',
  geq: ' ≥ ',
  ge: ' ≥ ',
  geqslant: ' ≥ ',
  lt: ' < ',
  gt: ' > ',
  neq: ' ≠ ',
  ne: ' ≠ ',
  approx: ' ≈ ',
  infty: '∞',
  sum: '∑',
  prod: '∏',
  int: '∫',
  partial: '∂',
  nabla: '∇',
  in: ' ∈ ',
  notin: ' ∉ ',
  subset: ' ⊂ ',
  subseteq: ' ⊆ ',
  cup: ' ∪ ',
  cap: ' ∩ ',
  forall: '∀ ',
  exists: '∃ ',
  emptyset: '∅',
  varnothing: '∅',
  because: '∵ ',
  therefore: '∴ ',
  circ: '°',
  degree: '°',
  prime: "'",
  mid: ' | ',
  vert: '|',
  lvert: '|',
  rvert: '|',
  angle: '∠',
  perp: ' ⊥ ',
  parallel: ' ∥ ',
  quad: ', ',
  qquad: ', ',
}
/** They change the look alone. */
const DROPPED = Object.fromEntries(
  'left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle limits nolimits displaystyle textstyle scriptstyle nonumber notag hline mathstrut mathrm mathbf mathbb mathcal mathsf mathit mathfrak mathscr boldsymbol bm operatorname mbox boxed underline cancel tag label'
    .split(' ')
    .map((name) => [name, '']),
)
const VARIANTS: Readonly<Record<string, string>> = {
  varepsilon: ' epsilon ',
  varphi: ' phi ',
  vartheta: ' theta ',
}

export const ENGLISH: Wording = {
  commands: {
    ...SIGNS,
    ...DROPPED,
    ...VARIANTS,
    mp: ' minus or plus ',
    ldots: ' dot dot dot ',
    cdots: ' dot dot dot ',
    dots: ' dot dot dot ',
    vdots: ' dot dot dot ',
    to: ' goes to ',
    rightarrow: ' goes to ',
    longrightarrow: ' goes to ',
    mapsto: ' maps to ',
    Rightarrow: ' implies ',
    implies: ' implies ',
    Longrightarrow: ' implies ',
    iff: ' if and only if ',
    Leftrightarrow: ' if and only if ',
    equiv: ' is equivalent to ',
    sim: ' is similar to ',
    propto: ' ∝ ',
    bmod: ' mod ',
  },
  over: (above, below) => ` ${above} over ${below} `,
  powers: {},
  power: (exponent) => ` to the power of ${exponent} `,
  root: (degree, inside) =>
    degree === ''
      ? ` √ ${inside} `
      : degree === '3'
        ? ` ∛ ${inside} `
        : ` the ${/\d$/.test(degree) ? `${degree}th` : `${degree}-th`} root of ${inside} `,
  choose: (all, chosen) => ` ${all} choose ${chosen} `,
  dressed: {
    hat: (letter) => ` ${letter} hat `,
    widehat: (letter) => ` ${letter} hat `,
    bar: (letter) => ` ${letter} bar `,
    overline: (letter) => ` ${letter} bar `,
    tilde: (letter) => ` ${letter} tilde `,
    dot: (letter) => ` ${letter} dot `,
    ddot: (letter) => ` ${letter} double dot `,
    vec: (letter) => ` vector ${letter} `,
    overrightarrow: (letter) => ` vector ${letter} `,
  },
  negative: ' minus ',
  minus: ' − ',
  line: ', ',
  counted: (formula) =>
    formula.replace(
      /(?<![\w.,^/{])(\d{1,9}(?:\.\d{1,6})?)(?=[A-Za-z](?![A-Za-z]{2}))/g,
      (number) => `${sayNumber(number)} `,
    ),
  apart: true,
}

export const CHINESE: Wording = {
  commands: {
    ...SIGNS,
    ...DROPPED,
    ...VARIANTS,
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
    triangle: '△',
    pm: '正负',
    mp: '负正',
    ldots: '…',
    cdots: '…',
    dots: '…',
    to: '趋于',
    rightarrow: '趋于',
    Rightarrow: '推出',
    implies: '推出',
    iff: '等价于',
    Leftrightarrow: '等价于',
    sim: '∽',
    propto: '∝',
    quad: '，',
    qquad: '，',
  },
  over: (above, below) => `${below}分之${above}`,
  powers: { '2': '的平方', '3': '的立方' },
  power: (exponent) => `的${exponent}次方`,
  root: (degree, inside) => (degree === '' ? `根号${inside}` : `${degree}次根号${inside}`),
  choose: (all, chosen) => `${all}选${chosen}`,
  dressed: {
    hat: (letter) => `${letter}帽`,
    widehat: (letter) => `${letter}帽`,
    bar: (letter) => `${letter}拔`,
    overline: (letter) => letter,
    tilde: (letter) => letter,
    vec: (letter) => `向量${letter}`,
    overrightarrow: (letter) => `向量${letter}`,
  },
  negative: '负',
  minus: '减',
  line: '，',
  counted: (formula) =>
    formula.replace(/(?<![\w.,^/{])\d{1,9}(?:\.\d{1,6})?(?=[a-z](?:的|[+减=)]|$))/g, readDecimal),
  apart: false,
}
