/** Two places that state one number must state the same. */
import { refusal } from './refusal.ts'
import type { Weights } from './weights.ts'
import type { YamlSection } from './yaml-value.ts'

/**
 * `value` comes from the weights; where `section` has `key` it must say the same. Returns `value`.
 * `source` names the weight that the number was read from.
 */
export function agree(
  section: YamlSection,
  key: string,
  value: number,
  weights: Weights,
  source: string,
): number {
  if (!section.has(key)) return value
  const stated = section.number(key)
  if (stated !== value) throw section.bad(key, `${value}, as ${weights.file} has it (${source})`, `${stated}`)
  return value
}

/** The same for lists. */
export function agreeAll(
  section: YamlSection,
  key: string,
  values: readonly number[],
  weights: Weights,
  source: string,
): number[] {
  if (section.has(key)) {
    const stated = section.numbers(key)
    if (String(stated) !== String(values)) {
      throw section.bad(key, `[${values}], as ${weights.file} has it (${source})`, `[${stated}]`)
    }
  }
  return [...values]
}

/** A weight's dimension that must be what another weight or a setting implies. */
export function expectDim(weights: Weights, key: string, axis: number, expected: number): void {
  const got = weights.dim(key, axis)
  if (got !== expected) {
    const shape = weights.shape(key)
    throw refusal(
      weights.file,
      `key '${key}'`,
      `${expected} in dimension ${axis}`,
      `shape [${shape.join(', ')}]`,
    )
  }
}

/** How many of `prefix.0`, `prefix.1`, … there are, each told by having any key below it. */
export function countBlocks(weights: Weights, prefix: string): number {
  const numbers = new Set<number>()
  for (const key of weights.scope(prefix).keys()) {
    const number = /^(\d+)\./.exec(key)?.[1]
    if (number !== undefined) numbers.add(Number(number))
  }
  for (let i = 0; i < numbers.size; i++) {
    if (!numbers.has(i)) {
      const highest = Math.max(...numbers)
      throw refusal(
        weights.file,
        `key '${prefix}.${i}'`,
        `blocks 0…${highest} without a gap`,
        'no such block',
      )
    }
  }
  if (numbers.size === 0) throw refusal(weights.file, `key '${prefix}.0'`, 'at least one block', 'none')
  return numbers.size
}
