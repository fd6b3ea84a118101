/** The examples of docs/text.md: what is written, for which voice, and what is said. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repoRoot } from './paths.ts'

export interface TextExample {
  readonly written: string
  readonly voice: string
  readonly said: string
}

/** Rows `| written | voice | said |` with the written form in back-quotes. */
const ROW = /^\| `(.*)` +\| *(\w*) *\| *(.*?) *\|$/gm
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\|': '|' }

export async function textExamples(): Promise<TextExample[]> {
  const doc = await readFile(join(repoRoot, 'docs/text.md'), 'utf8')
  const [section = ''] = /## Every rule[\s\S]*(?=## Against)/.exec(doc) ?? []
  return [...section.matchAll(ROW)].map(([, escaped, voice, said]) => ({
    written: escaped!
      .replace(/\\[nr|]/g, (two) => ESCAPES[two]!)
      .replace(/\\u([\da-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    voice: voice!,
    said: said!,
  }))
}
