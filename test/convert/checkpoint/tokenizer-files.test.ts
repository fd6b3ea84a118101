import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTokenizerFiles, type TokenizerFiles } from '../../../src/convert/checkpoint/tokenizer-files.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { goldenDir } from '../../helpers/paths.ts'

const vocab = { a: 0, b: 1, ab: 2 }
const merges = '#version: 0.2\na b\n'
const config = { added_tokens_decoder: { 3: { content: '<|endoftext|>' } } }

function read(
  changes: { vocab?: unknown; merges?: string; config?: unknown } = {},
  rows = 100,
): Promise<TokenizerFiles> {
  const file = (name: string, text: string) => new MemoryBytes(Buffer.from(text), name)
  return readTokenizerFiles(
    {
      vocab: file('vocab.json', JSON.stringify(changes.vocab ?? vocab)),
      merges: file('merges.txt', changes.merges ?? merges),
      config: file('tokenizer_config.json', JSON.stringify(changes.config ?? config)),
    },
    rows,
  )
}

test("special tokens get the reference's ids", async () => {
  const folder = join(goldenDir, 'CosyVoice-BlankEN')
  const file = (name: string) => new MemoryBytes(readFileSync(join(folder, name)), name)
  const files = {
    vocab: file('vocab.json'),
    merges: file('merges.txt'),
    config: file('tokenizer_config.json'),
  }
  const { vocabSize, specials } = await readTokenizerFiles(files, 2304)
  const expected = readFileSync(join(goldenDir, 'expected', 'tokenizer', 'special_ids.json'), 'utf8')
  assert.equal(vocabSize, 2256)
  assert.deepEqual(specials, JSON.parse(expected))
})

test('a token may be called __proto__', async () => {
  const named = JSON.parse('{"a": 0, "b": 1, "ab": 2, "__proto__": 3}')
  const { vocabSize } = await read({ vocab: named, config: {} })
  assert.equal(vocabSize, 4)
})

for (const [what, changes, place, detail] of [
  ['an id twice', { vocab: { a: 0, b: 0, ab: 1 } }, 'vocab.json', /each once, got 0 a second time/],
  ['an id out of range', { vocab: { a: 0, b: 1, ab: 9 } }, 'vocab.json', /ids 0…2/],
  ['a fractional id', { vocab: { a: 0.5 } }, 'vocab.json', /an id, got 0\.5/],
  ['a list for a vocabulary', { vocab: ['a'] }, 'vocab.json', /a fitting value/],
  ['an empty vocabulary', { vocab: {} }, 'vocab.json', /tokens, got none/],
  ['a merge of an unknown token', { merges: '#version\na c\n' }, 'merges.txt, line 2', /two tokens/],
  ['a merge into an unknown token', { merges: 'b a\n' }, 'merges.txt, line 1', /got b a/],
  ['a merge of three', { merges: 'a b ab\n' }, 'merges.txt, line 1', /two tokens/],
  [
    'a special token inside the vocabulary',
    { config: { added_tokens_decoder: { 1: { content: 'x' } } } },
    'tokenizer_config.json',
    /id 3, got 1/,
  ],
  [
    'a gap before a special token',
    { config: { added_tokens_decoder: { 4: { content: 'x' } } } },
    'tokenizer_config.json',
    /id 3, got 4/,
  ],
] as const) {
  test(`${what} is refused`, () =>
    assert.rejects(read(changes), (error: Error & { code: string; detail: string }) => {
      assert.equal(error.code, 'BAD_CHECKPOINT')
      assert.ok(error.message.startsWith(place), error.message)
      assert.match(error.detail, detail)
      return true
    }))
}

test('more tokens than the embedding has rows are refused', () =>
  assert.rejects(read({}, 22), { code: 'BAD_CHECKPOINT', detail: /at most 22 tokens .* got 23/ }))
