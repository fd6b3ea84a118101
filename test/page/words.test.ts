/** The page's words: both languages have the same entries, and every entry that the page asks for is there. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'

const WEB = join(repoRoot, 'web')
const read = (name: string) => readFileSync(join(WEB, name), 'utf8')

async function wordsOf(name: string, language: string): Promise<Record<string, string>> {
  const words = (await import(new URL(`file://${join(WEB, name)}`).href)) as Record<
    string,
    Record<string, string>
  >
  return words[language]!
}

test('both languages have the same entries, with the same values to fill in', async () => {
  const [english, chinese] = [
    await wordsOf('words-en.js', 'english'),
    await wordsOf('words-zh.js', 'chinese'),
  ]
  assert.deepEqual(Object.keys(chinese), Object.keys(english))
  const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()
  for (const [key, text] of Object.entries(english)) assert.deepEqual(holes(chinese[key]!), holes(text), key)
})

test('every entry that is asked for by name is there', async () => {
  const english = await wordsOf('words-en.js', 'english')
  const asked = [
    ...[...read('index.html').matchAll(/data-t(?:-label|-hint)?="([^"]+)"/g)].map(([, key]) => key!),
    ...readdirSync(WEB)
      .filter((name) => name.endsWith('.js'))
      .flatMap((name) => [...read(name).matchAll(/\bt\('([\w-]+)'/g)].map(([, key]) => key!)),
  ]
  assert(asked.length > 80)
  assert.deepEqual(
    [...new Set(asked)].filter((key) => !(key in english)),
    [],
  )
})

test('the HTML says in English what the English words say', async () => {
  const english = await wordsOf('words-en.js', 'english')
  for (const [, key, text] of read('index.html').matchAll(/data-t="([^"]+)"[^>]*>([^<]+)</g))
    assert.equal(text!.trim(), english[key!], key)
})

test('modules are small, and begin by saying what they are', () => {
  for (const name of readdirSync(WEB).filter((one) => one.endsWith('.js'))) {
    const text = read(name)
    assert(text.startsWith('/**'), name)
    assert(text.split('\n').length <= 300, name)
  }
})
