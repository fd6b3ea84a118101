/** The product's version, as its package says. */
import { readFileSync } from 'node:fs'

/** Of the checkout or package, seen from `dist/src/core`. */
const PACKAGE = new URL('../../../package.json', import.meta.url)

let known: string | undefined

export function productVersion(): string {
  known ??= (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version
  return known
}
