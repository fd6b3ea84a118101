/** Every example of docs/text.md, said. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { speakable } from '../../src/text/speakable.ts'
import { repoRoot } from '../helpers/paths.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

/** Rows `| written | voice | said |` with the written form in back-quotes. */
const ROW = /^\| `(.*)` +\| *(\w*) *\| *(.*?) *\|$/gm
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\|': '|' }

it('what docs/text.md says of a text is what is said', async () => {
  const doc = await readFile(join(repoRoot, 'docs/text.md'), 'utf8')
  const tokenizer = await goldenTokenizer()
  const countTokens = (text: string) => tokenizer.encodeUser(text).length
  const [section = ''] = /## Every rule[\s\S]*(?=## Against)/.exec(doc) ?? []
  const rows = [...section.matchAll(ROW)]
  assert(rows.length >= 90, `${rows.length} examples`)
  for (const [, escaped, voice, said] of rows) {
    const written = escaped!
      .replace(/\\[nr|]/g, (two) => ESCAPES[two]!)
      .replace(/\\u([\da-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    const options = { countTokens, ...(voice === '' ? {} : { voiceLanguage: voice! }) }
    const { segments, text } = speakable(written, options)
    const shown = segments.map((one) => one.text.trim() + (one.pauseMs > 0 ? ` ⟨${one.pauseMs} ms⟩` : ''))
    assert.equal(shown.join(' / '), said, `of ${JSON.stringify(written)}`)
    if (segments.every(({ pauseMs }) => pauseMs === 0))
      assert.equal(speakable(text, options).text, text, 'said again')
  }
})
