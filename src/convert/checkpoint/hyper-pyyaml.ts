/**
 * A HyperPyYAML file as plain values.
 *
 * The file is hostile input: size, nesting and the number of values visited are bounded. So neither aliases nor
 * references can multiply it. A reference that needs itself is refused.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import type { ByteSource } from './byte-source.ts'
import { readText } from './json.ts'
import { evaluateRef } from './ref-expression.ts'
import { refusal, shown } from './refusal.ts'
import { YamlSection, YamlTagged, type YamlValue } from './yaml-value.ts'

/** The reference's own file has 8 KB. */
const LARGEST_FILE = 256 * 1024
const DEEPEST_NESTING = 60
const MOST_VISITS = 100_000

/** The file's root mapping. */
export async function readHyperPyYaml(bytes: ByteSource): Promise<YamlSection> {
  const document = parse(await readText(bytes, LARGEST_FILE), bytes.name)
  return new YamlSection(bytes.name, '', new Resolver(document, bytes.name).root())
}

function parse(text: string, name: string): Document {
  let document: Document
  try {
    document = parseDocument(text, { logLevel: 'silent', prettyErrors: true, stringKeys: true })
  } catch (cause) {
    // The parser is recursive: a file of ten thousand brackets ends here, not in a crash.
    throw refusal(name, '', 'YAML', shown(cause instanceof Error ? cause.message : String(cause)), cause)
  }
  const error = document.errors[0]
  if (error !== undefined) throw refusal(name, '', 'YAML', shown(error.message), error)
  return document
}

class Resolver {
  readonly #document: Document
  readonly #file: string
  /** Results of mappings' and references' nodes, so that a value referred to often is resolved once. */
  readonly #done = new Map<Node, YamlValue>()
  readonly #underWay = new Set<Node>()
  #visits = 0

  constructor(document: Document, file: string) {
    this.#document = document
    this.#file = file
  }

  root(): YamlValue {
    return this.#value(this.#document.contents, '', 0)
  }

  #value(node: unknown, path: string, depth: number): YamlValue {
    if (++this.#visits > MOST_VISITS) throw this.#bad(path, `at most ${MOST_VISITS} values`, 'more')
    if (depth > DEEPEST_NESTING) throw this.#bad(path, `at most ${DEEPEST_NESTING} levels`, 'deeper nesting')
    if (isAlias(node)) return this.#value(node.resolve(this.#document), path, depth + 1)
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null
    const known = this.#done.get(node)
    if (known !== undefined) return known
    if (this.#underWay.has(node)) throw this.#bad(path, 'a value', 'a reference to itself')
    this.#underWay.add(node)
    const value = this.#tagged(node, path, depth)
    this.#underWay.delete(node)
    this.#done.set(node, value)
    return value
  }

  #tagged(node: Node, path: string, depth: number): YamlValue {
    const tag = node.tag
    if (tag === undefined || !tag.startsWith('!') || tag === '!') return this.#untagged(node, path, depth)
    const [, kind = '', target = ''] = /^!([^:]*):?(.*)$/s.exec(tag) ?? []
    if (kind === 'ref' || kind === 'copy') return this.#reference(node, path, depth)
    return new YamlTagged(kind, target, this.#untagged(node, path, depth))
  }

  #untagged(node: Node, path: string, depth: number): YamlValue {
    if (isMap(node)) {
      const entries = new Map<string, YamlValue>()
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : ''
        entries.set(name, this.#value(value, join(path, name), depth + 1))
      }
      return entries
    }
    if (isSeq(node)) return node.items.map((item, i) => this.#value(item, join(path, String(i)), depth + 1))
    if (isScalar(node)) return scalar(node.value)
    return null
  }

  #reference(node: Node, path: string, depth: number): YamlValue {
    if (!isScalar(node) || typeof node.value !== 'string') throw this.#bad(path, '!ref with text', 'none')
    const value = evaluateRef(node.value, (keys) => this.#lookUp(keys, path, depth))
    if (value === undefined) throw this.#bad(path, 'a short text', 'a reference that writes out a long one')
    return value
  }

  /** Follows keys from the file's root. Only the last node is resolved, so that siblings may refer to each other. */
  #lookUp(keys: readonly string[], path: string, depth: number): YamlValue {
    let node: unknown = this.#document.contents
    for (const key of keys) {
      if (isAlias(node)) node = node.resolve(this.#document)
      if (isMap(node)) node = node.get(key, true)
      else if (isSeq(node)) node = node.get(Number(key), true)
      else node = undefined
      if (node === undefined || node === null) {
        throw this.#bad(path, 'a reference to a key of this file', `<${shown(keys.join('.'))}>`)
      }
    }
    return this.#value(node, keys.join('.'), depth + 1)
  }

  #bad(path: string, expected: string, got: string): ReturnType<typeof refusal> {
    return refusal(this.#file, `key '${shown(path)}'`, expected, got)
  }
}

function scalar(value: unknown): YamlValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value
  return String(value)
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
