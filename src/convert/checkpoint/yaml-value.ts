/**
 * A value of a HyperPyYAML file once its references are resolved, and typed access to it.
 *
 * `!new:`, `!name:` and `!apply:` stay what they are in the file: a tag, a Python name and arguments.
 */
import { refusal, shown } from './refusal.ts'

export type YamlValue = null | boolean | number | string | readonly YamlValue[] | YamlMap | YamlTagged

export type YamlMap = ReadonlyMap<string, YamlValue>

/** `!new:package.Class {…}` and its like; nothing is ever looked up or called. */
export class YamlTagged {
  /** `new`, `name`, `apply`, … */
  readonly kind: string
  /** The Python name behind the colon. */
  readonly target: string
  readonly args: YamlValue
  constructor(kind: string, target: string, args: YamlValue) {
    this.kind = kind
    this.target = target
    this.args = args
  }
}

/** A mapping (or a tagged node with a mapping as arguments) whose entries are taken by key and checked. */
export class YamlSection {
  readonly file: string
  /** Keys from the file's root, joined with dots. */
  readonly path: string
  /** Last part of the Python name of a tagged node; empty for a plain mapping. */
  readonly className: string
  readonly #entries: YamlMap

  constructor(file: string, path: string, value: YamlValue) {
    this.file = file
    this.path = path
    const tagged = value instanceof YamlTagged
    this.className = tagged ? (value.target.split('.').at(-1) ?? '') : ''
    const entries = tagged ? (value.args ?? new Map()) : value
    if (!(entries instanceof Map)) throw refusal(file, `key '${path}'`, 'a mapping', describe(entries))
    this.#entries = entries
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  section(key: string): YamlSection {
    return new YamlSection(this.file, this.#pathOf(key), this.#value(key))
  }

  /** A section whose node must be tagged with one of these classes. */
  instance(key: string, ...classNames: readonly string[]): YamlSection {
    const section = this.section(key)
    if (!classNames.includes(section.className)) {
      const got = section.className === '' ? 'a plain mapping' : shown(section.className)
      throw refusal(this.file, `key '${section.path}'`, `class ${classNames.join(' or ')}`, got)
    }
    return section
  }

  /** A finite number; `fallback`, where given, stands in for a key that is left out. */
  number(key: string, fallback?: number): number {
    if (fallback !== undefined && !this.has(key)) return fallback
    const value = this.#value(key)
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.bad(key, 'a number', describe(value))
    return value
  }

  /** A number or `null`; a key that is left out is null. */
  optionalNumber(key: string): number | null {
    return !this.has(key) || this.#value(key) === null ? null : this.number(key)
  }

  string(key: string): string {
    const value = this.#value(key)
    if (typeof value !== 'string') throw this.bad(key, 'text', describe(value))
    return value
  }

  numbers(key: string, fallback?: readonly number[]): readonly number[] {
    if (fallback !== undefined && !this.has(key)) return fallback
    return this.#numbersOf(key, this.#value(key))
  }

  numberLists(key: string): readonly (readonly number[])[] {
    const value = this.#value(key)
    if (!Array.isArray(value)) throw this.bad(key, 'a list of lists', describe(value))
    return value.map((item: YamlValue) => this.#numbersOf(key, item))
  }

  /** What the graphs are built for: the key must be left out or hold one of `accepted`. */
  require(key: string, ...accepted: readonly YamlValue[]): void {
    if (!this.has(key)) return
    const value = this.#value(key)
    if (!accepted.includes(value)) throw this.bad(key, accepted.map(describe).join(' or '), describe(value))
  }

  /** Whether the key is there and false. */
  isFalse(key: string): boolean {
    return this.#entries.get(key) === false
  }

  /** Refusal of this section's `key`. */
  bad(key: string, expected: string, got: string): ReturnType<typeof refusal> {
    return refusal(this.file, `key '${this.#pathOf(key)}'`, expected, got)
  }

  #value(key: string): YamlValue {
    const value = this.#entries.get(key)
    if (value === undefined) throw this.bad(key, 'a value', 'no such key')
    return value
  }

  #numbersOf(key: string, value: YamlValue): number[] {
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'number')) {
      throw this.bad(key, 'a list of numbers', describe(value))
    }
    return value
  }

  #pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`
  }
}

/** A value's kind, with the value where it is short, for messages. */
function describe(value: YamlValue): string {
  if (value instanceof YamlTagged) return `!${value.kind}:${shown(value.target)}`
  if (value instanceof Map) return 'a mapping'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'string' ? `'${shown(value)}'` : String(value)
}
