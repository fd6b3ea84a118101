/**
 * Merges the sources of settings into one checked configuration.
 *
 * The order is file < environment < `--set`. Callers pass the environment in.
 */
import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { TtsError } from '../core/errors.ts'
import { isForeignVariable } from './foreign-environment.ts'
import { type Config, configSchema } from './schema.ts'
import { findSetting, nearestSetting, SETTINGS, type Setting } from './settings.ts'

export interface ConfigSources {
  /** Path of a YAML or JSON file. */
  readonly file?: string
  /** Environment of the process; only names that start with `LIGHT_TTS_` are read. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `key=value` texts, in the order given. */
  readonly set?: readonly string[]
}

/** Throws BAD_CONFIG that names every wrong setting with what was expected and what came. */
export function loadConfig(sources: ConfigSources): Config {
  const values = new Map<string, unknown>()
  if (sources.file !== undefined) {
    for (const [path, value] of readFile(sources.file)) values.set(path, value)
  }
  for (const [path, value] of readEnvironment(sources.env ?? {})) values.set(path, value)
  for (const text of sources.set ?? []) {
    const [path, value] = readAssignment(text)
    values.set(path, value)
  }
  const parsed = configSchema.safeParse(nest(values))
  if (parsed.success) return deepFreeze(parsed.data)
  const faults = parsed.error.issues.map((issue) => {
    const path = issue.path.join('.')
    const setting = SETTINGS.find((one) => path === one.path || path.startsWith(`${one.path}.`))
    const reason = issue.message.startsWith('expected')
      ? issue.message
      : `expected ${setting?.expected ?? issue.message}`
    return `${path}: ${reason}, got ${show(values.get(setting?.path ?? path))}`
  })
  throw badConfig([...new Set(faults)].join('; '))
}

function readFile(file: string): [string, unknown][] {
  let tree: unknown
  try {
    tree = parseYaml(readFileSync(file, 'utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw badConfig(`${file}: expected a readable YAML or JSON file, got: ${reason}`)
  }
  if (tree === null) return []
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    throw badConfig(`${file}: expected a map of settings, got ${show(tree)}`)
  }
  const found: [string, unknown][] = []
  flatten(tree as Record<string, unknown>, '', found)
  return found
}

function flatten(tree: Record<string, unknown>, prefix: string, found: [string, unknown][]): void {
  for (const [name, value] of Object.entries(tree)) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const isGroup = SETTINGS.some((one) => one.path.startsWith(`${path}.`))
    if (isGroup && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      flatten(value as Record<string, unknown>, path, found)
    } else found.push([requireSetting(path).path, value])
  }
}

function readEnvironment(env: Readonly<Record<string, string | undefined>>): [string, unknown][] {
  const found: [string, unknown][] = []
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('LIGHT_TTS_') || text === undefined || isForeignVariable(name, text)) continue
    const setting = SETTINGS.find((one) => one.envName === name)
    if (setting === undefined) {
      const nearest = nearestSetting(name.slice('LIGHT_TTS_'.length))
      throw badConfig(`expected a known environment variable such as ${nearest.envName}, got ${name}`)
    }
    found.push([setting.path, parseText(setting, text)])
  }
  return found
}

function readAssignment(text: string): [string, unknown] {
  const equals = text.indexOf('=')
  if (equals <= 0) throw badConfig(`expected --set key=value, got ${show(text)}`)
  const name = text.slice(0, equals).trim()
  const value = text.slice(equals + 1)
  if (isEntryOfMap(name)) return [name, value]
  const setting = requireSetting(name)
  return [setting.path, parseText(setting, value)]
}

function requireSetting(name: string): Setting {
  const setting = findSetting(name)
  if (setting !== undefined) return setting
  throw badConfig(`expected a known setting such as ${nearestSetting(name).path}, got ${show(name)}`)
}

/** A number stays text where it is not one, so that the schema can refuse it with the text. */
function parseText(setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case 'string':
      return text
    case 'number':
    case 'bytes':
      return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
    case 'boolean':
      return { true: true, false: false }[text.trim()] ?? text
    case 'list':
      if (text.trim().startsWith('[')) return parseYaml(text)
      return text === '' ? [] : text.split(',').map((item) => item.trim())
    case 'map':
      return parseYaml(text)
    default:
      return setting.kind satisfies never
  }
}

function nest(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [path, value] of values) {
    const names = path.split('.')
    // The last name of a map's entry, such as a model's, may itself hold dots.
    const depth = isEntryOfMap(path) ? mapOf(path)!.split('.').length + 1 : names.length
    const parts = [...names.slice(0, depth - 1), names.slice(depth - 1).join('.')]
    let at = root
    for (const part of parts.slice(0, -1)) {
      if (!Object.hasOwn(at, part)) at[part] = {}
      at = at[part] as Record<string, unknown>
    }
    at[parts.at(-1)!] = value
  }
  return root
}

function mapOf(path: string): string | undefined {
  return SETTINGS.find((one) => one.kind === 'map' && path.startsWith(`${one.path}.`))?.path
}

/** Whether a dotted name is that of one entry of a map, such as `models.NAME`. */
function isEntryOfMap(path: string): boolean {
  return mapOf(path) !== undefined
}

function badConfig(detail: string): TtsError {
  return new TtsError('BAD_CONFIG', 'Bad configuration', detail)
}

function show(value: unknown): string {
  // An address may hold a password, which must not show.
  const text = (JSON.stringify(value) ?? String(value)).replace(/(:\/\/[^:@/]*:)[^@]*@/g, '$1…@')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
