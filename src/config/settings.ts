/**
 * The configuration schema as a flat list of settings: paths, environment variables, ranges and defaults.
 *
 * The list comes from the schema, so the two cannot differ.
 */
import { z } from 'zod'
import { type Config, configSchema } from './schema.ts'

export interface Setting {
  /** Dotted, as in `--set`. */
  readonly path: string
  readonly envName: string
  readonly description: string
  /** Type and range for people, such as `integer 1…65535`. */
  readonly expected: string
  readonly defaultValue: unknown
  readonly kind: 'string' | 'number' | 'boolean' | 'bytes' | 'list' | 'map'
}

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = listSettings(configSchema, '')

/** The setting that a dotted path names, or that a last name such as `rate_limit` names alone. */
export function findSetting(name: string): Setting | undefined {
  const exact = SETTINGS.find(({ path }) => path === name)
  if (exact !== undefined) return exact
  const byLastName = SETTINGS.filter(({ path }) => path.slice(path.lastIndexOf('.') + 1) === name)
  return byLastName.length === 1 ? byLastName[0] : undefined
}

/** The setting whose name is most like a wrong one, for the refusal's text. */
export function nearestSetting(name: string): Setting {
  const wanted = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  let best = SETTINGS[0]!
  let bestScore = -1
  for (const setting of SETTINGS) {
    const score = sharedBigrams(wanted, setting.path.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    if (score > bestScore) {
      best = setting
      bestScore = score
    }
  }
  return best
}

/** What differs from the defaults, nested as in a settings file. */
export function differingSettings(config: Config): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const { path, defaultValue } of SETTINGS) {
    const names = path.split('.')
    const value = names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], config)
    if (JSON.stringify(value) === JSON.stringify(defaultValue)) continue
    const group = names.length > 1 ? names.slice(0, -1).join('.') : undefined
    const at = group === undefined ? found : ((found[group] as Record<string, unknown>) ?? {})
    if (group !== undefined) found[group] = at
    at[names.at(-1)!] = value
  }
  return found
}

interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly unknown[]
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly prefault?: unknown
}

function listSettings(schema: z.ZodObject, prefix: string): Setting[] {
  const settings: Setting[] = []
  const shape = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonSchema
  collect(shape, prefix, settings)
  return settings
}

function collect(node: JsonSchema, prefix: string, settings: Setting[]): void {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (child.properties !== undefined) collect(child, path, settings)
    else settings.push(describe(path, child))
  }
}

function describe(path: string, node: JsonSchema): Setting {
  return {
    path,
    envName: `LIGHT_TTS_${path
      .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
      .replaceAll('.', '_')
      .toUpperCase()}`,
    description: node.description ?? '',
    expected: expectation(node),
    defaultValue: node.default,
    kind: kindOf(node),
  }
}

function kindOf(node: JsonSchema): Setting['kind'] {
  if (node.type === 'array') return 'list'
  if (node.type === 'object') return 'map'
  if (node.type === 'boolean') return 'boolean'
  if (node.type === 'integer' || node.type === 'number') {
    return (node.description ?? '').startsWith('bytes of') ? 'bytes' : 'number'
  }
  return 'string'
}

function expectation(node: JsonSchema): string {
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`
  if (node.type === 'array') return 'list of text'
  if (node.type === 'object') return 'map of text'
  if (node.type === 'boolean') return 'true or false'
  if (node.minimum === undefined) return 'text'
  if (kindOf(node) === 'bytes') return `bytes ${node.minimum}…${node.maximum}, or such as "50MB"`
  return `${node.type} ${node.minimum}…${node.maximum}`
}

function sharedBigrams(a: string, b: string): number {
  const pairs = new Set<string>()
  for (let i = 0; i + 1 < b.length; i++) pairs.add(b.slice(i, i + 2))
  let shared = 0
  for (let i = 0; i + 1 < a.length; i++) if (pairs.has(a.slice(i, i + 2))) shared++
  return shared / Math.max(a.length, b.length)
}
