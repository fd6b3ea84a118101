/**
 * What stands behind `!ref`: names in angle brackets, alone or in arithmetic or text.
 *
 * As in HyperPyYAML one reference alone is the value itself, arithmetic is computed. Anything else is text with each
 * reference written out.
 */
import type { YamlValue } from './yaml-value.ts'

/** Looks a reference up by its keys, `<a[b]>` → `['a', 'b']`; throws where it leads nowhere. */
export type Lookup = (keys: readonly string[]) => YamlValue

const REFERENCE = /<([^<>]+)>/g
const LONGEST_TEXT = 4096

/** The value of a `!ref`. Undefined where writing it out would be longer than any setting. */
export function evaluateRef(text: string, lookup: Lookup): YamlValue | undefined {
  const whole = /^\s*<([^<>]+)>\s*$/.exec(text)
  if (whole !== null) return lookup(keysOf(whole[1]!))

  const values = new Map<string, YamlValue>()
  for (const [, name = ''] of text.matchAll(REFERENCE)) values.set(name, lookup(keysOf(name)))
  const computed = new Arithmetic(text, values).value()
  if (computed !== undefined) return computed
  const written = text.replace(REFERENCE, (_, name: string) => String(values.get(name)))
  return written.length > LONGEST_TEXT ? undefined : written
}

/** `a[b][0]` → `['a', 'b', '0']`. */
function keysOf(name: string): string[] {
  return name.split(/[[\]]+/).filter((part) => part !== '')
}

/** One token at the current place: a reference, a number, or an operator. */
const TOKEN =
  /\s*(?:<([^<>]+)>|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(\*\*|\/\/|[-+*/%()]))/y
const DEEPEST_NESTING = 50

/** Recursive descent over the text; `undefined` from any step means that the text is no arithmetic. */
class Arithmetic {
  readonly #tokens: (number | string)[] | undefined
  #at = 0
  #depth = 0

  constructor(text: string, values: ReadonlyMap<string, YamlValue>) {
    this.#tokens = tokenize(text, values)
  }

  value(): number | undefined {
    if (this.#tokens === undefined) return undefined
    const value = this.#sum()
    return this.#at === this.#tokens.length && Number.isFinite(value) ? value : undefined
  }

  #sum(): number | undefined {
    let left = this.#product()
    for (let op = this.#operator('+', '-'); op !== undefined; op = this.#operator('+', '-')) {
      const right = this.#product()
      if (left === undefined || right === undefined) return undefined
      left = op === '+' ? left + right : left - right
    }
    return left
  }

  #product(): number | undefined {
    let left = this.#unary()
    const next = () => this.#operator('*', '/', '//', '%')
    for (let op = next(); op !== undefined; op = next()) {
      const right = this.#unary()
      if (left === undefined || right === undefined) return undefined
      if (op === '*') left *= right
      else if (op === '/') left /= right
      else if (op === '//') left = Math.floor(left / right)
      // Python's remainder takes the sign of the divisor.
      else left -= Math.floor(left / right) * right
    }
    return left
  }

  #unary(): number | undefined {
    if (++this.#depth > DEEPEST_NESTING) return undefined
    const sign = this.#operator('-', '+')
    const value = sign === undefined ? this.#power() : this.#unary()
    this.#depth--
    return value === undefined || sign !== '-' ? value : -value
  }

  #power(): number | undefined {
    const base = this.#atom()
    if (base === undefined || this.#operator('**') === undefined) return base
    const exponent = this.#unary()
    return exponent === undefined ? undefined : base ** exponent
  }

  #atom(): number | undefined {
    const token = this.#tokens![this.#at]
    if (typeof token === 'number') {
      this.#at++
      return token
    }
    if (this.#operator('(') === undefined) return undefined
    const value = this.#sum()
    return this.#operator(')') === undefined ? undefined : value
  }

  #operator(...accepted: readonly string[]): string | undefined {
    const token = this.#tokens![this.#at]
    if (typeof token !== 'string' || !accepted.includes(token)) return undefined
    this.#at++
    return token
  }
}

function tokenize(text: string, values: ReadonlyMap<string, YamlValue>): (number | string)[] | undefined {
  const tokens: (number | string)[] = []
  TOKEN.lastIndex = 0
  const end = text.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text)
    if (match === null) return undefined
    const [, reference, number, operator] = match
    if (operator !== undefined) tokens.push(operator)
    else {
      const value = reference === undefined ? Number(number) : values.get(reference)
      if (typeof value !== 'number') return undefined
      tokens.push(value)
    }
  }
  return tokens
}
