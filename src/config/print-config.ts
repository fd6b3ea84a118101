/** The resolved configuration as a commented YAML file, which `loadConfig` can read back. */
import { stringify } from 'yaml'
import type { Config } from './schema.ts'
import { SETTINGS } from './settings.ts'

/** Every setting with its value, and above it what it does, its range, its default and its environment variable. */
export function printConfig(config: Config): string {
  const lines: string[] = []
  let group = ''
  for (const { path, description, expected, defaultValue, envName } of SETTINGS) {
    const names = path.split('.')
    const name = names.at(-1)!
    const groupName = names.length > 1 ? names[0]! : ''
    if (groupName !== group && groupName !== '') lines.push(`${groupName}:`)
    group = groupName
    const indent = groupName === '' ? '' : '  '
    lines.push(`${indent}# ${description}`)
    lines.push(`${indent}# ${expected}; default ${JSON.stringify(defaultValue)}; ${envName}`)
    lines.push(`${indent}${name}: ${oneLine(valueAt(config, names))}`)
  }
  return `${lines.join('\n')}\n`
}

function oneLine(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()
}

function valueAt(config: Config, names: readonly string[]): unknown {
  let at: unknown = config
  for (const name of names) at = (at as Record<string, unknown>)[name]
  return at
}
