/** Settings that messages and documents name exist. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { findSetting, SETTINGS } from '../../src/config/settings.ts'
import { repoRoot } from '../helpers/paths.ts'
import { sourceFiles } from '../helpers/source-files.ts'

/** Groups of settings, and one that there was. Models are named by their operator. */
const GROUPS = [...new Set(SETTINGS.map(({ path }) => path.split('.')[0]!)), 'voices'].filter(
  (group) => group !== 'models',
)
const NAMED = new RegExp(`(?<![\\w./$#-])(?:${GROUPS.join('|')})\\.[a-zA-Z_]\\w*(?![\\w(])`, 'g')
const FILE = /\.(?:ts|js|mjs|json|pt|data|db|lock|py|md|yaml|onnx)$/

function unknownIn(text: string): string[] {
  return [...text.matchAll(NAMED)]
    .map(([name]) => name)
    .filter((name) => !FILE.test(name) && findSetting(name) === undefined)
}

it('every setting that a message of the code names exists', () => {
  const wrong = sourceFiles()
    .filter(({ path }) => /^src\/.*\.ts$/.test(path))
    .flatMap(({ path, text }) => {
      const strings = [...text.matchAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g)].map(([string]) =>
        string.replaceAll(/\$\{[^}]*\}/g, ''),
      )
      return strings.flatMap(unknownIn).map((name) => `${path}: ${name}`)
    })
  assert.deepEqual(wrong, [])
  assert.deepEqual(unknownIn('set voices.folder or limits.max_text_length'), ['voices.folder'])
})

it('every setting that a document names exists', () => {
  const documents = readdirSync(join(repoRoot, 'docs')).filter((name) => name.endsWith('.md'))
  const wrong = documents.flatMap((name) => {
    const text = readFileSync(join(repoRoot, 'docs', name), 'utf8')
    const codes = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
    return codes.flatMap(unknownIn).map((setting) => `${name}: ${setting}`)
  })
  assert.deepEqual(wrong, [])
})
