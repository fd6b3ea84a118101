/** Long texts in parts: every word once, in order, in parts that are short; and parts on the disk that are whole or missing. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { partsOf } from '../../src/books/book-parts.ts'
import { PartFolder, partKey } from '../../src/books/part-folder.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'

const PIECES = [
  'word',
  'Dr.',
  'end.',
  '今天天气真不错。',
  '3.14',
  '\n\n',
  '\n',
  '  ',
  '—',
  '🙂',
  '?!',
  '* * *',
  '\r\n\r\n',
  'x'.repeat(900),
]

/** What is left of a text where blanks and signs between parts may go. */
const bare = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, '')

test('parts hold every word of their chapters once, in order, and none is long', async () => {
  const random = new SeededRandom(41)
  for (let turn = 0; turn < 150; turn++) {
    const text = () => {
      const count = random.below(turn < 100 ? 60 : 600)
      return Array.from(
        { length: count },
        () => PIECES[random.below(PIECES.length - (turn % 3 === 0 ? 0 : 1))],
      ).join(' ')
    }
    const chapters = Array.from({ length: 1 + random.below(4) }, () => ({ text: text() }))
    const parts = await partsOf(chapters)
    for (const [index, chapter] of chapters.entries()) {
      const own = parts.filter((part) => part.chapter === index)
      assert.equal(bare(own.map((part) => part.text).join('')), bare(chapter.text))
    }
    assert.deepEqual(
      parts.map(({ chapter }) => chapter),
      parts.map(({ chapter }) => chapter).sort((a, b) => a - b),
    )
    for (const { text: part } of parts) {
      assert(part.length <= 800, String(part.length))
      assert.match(part, /[\p{L}\p{N}]/u)
      assert.doesNotMatch(part, /\p{Cs}/u)
    }
  }
})

test('paragraphs stay together, and short ones share a part', async () => {
  const parts = await partsOf([{ text: 'One.\n\nTwo.\n\n***\n\nThree.' }, { text: '' }, { text: 'Four.' }])
  assert.deepEqual(parts, [
    { chapter: 0, text: 'One.\n\nTwo.\n\nThree.' },
    { chapter: 2, text: 'Four.' },
  ])
})

test('a part is read back as it was written, or not at all', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-parts-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const parts = new PartFolder(join(folder, 'parts'))
  const [key, other] = [partKey({ text: 'a' }), partKey({ text: 'b' })]
  const samples = Int16Array.from({ length: 1000 }, (_, i) => (i * 7919) % 65_536)
  assert.equal(await parts.read(0, key), undefined)
  await parts.write(0, key, { sampleRate: 24_000, samples })
  assert.deepEqual(await parts.read(0, key), { sampleRate: 24_000, samples })
  assert.equal(await parts.read(0, other), undefined)
  assert.deepEqual(await readdir(join(folder, 'parts')), ['000000.part'])
  const path = join(folder, 'parts/000000.part')
  const whole = await readFile(path)
  for (const at of [0, 9, 41, 45, 60, whole.length - 1]) {
    const damaged = Buffer.from(whole)
    damaged[at]! ^= 0x10
    await writeFile(path, damaged)
    assert.equal(await parts.read(0, key), undefined, `byte ${at}`)
  }
  await writeFile(path, whole)
  for (const length of [whole.length - 1, 100, 80, 5, 0]) {
    await truncate(path, length)
    assert.equal(await parts.read(0, key), undefined, `${length} bytes`)
  }
  await parts.write(1, key, { sampleRate: 8000, samples: new Int16Array(0) })
  assert.deepEqual(await parts.read(1, key), { sampleRate: 8000, samples: new Int16Array(0) })
})
