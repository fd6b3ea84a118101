/** Books in files: chapters of EPUB, Markdown and plain text, and files that are no books or mean harm. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { id3Tag } from '../../src/books/id3-chapters.ts'
import { readBook } from '../../src/books/read-book.ts'
import { type ZipInput, zipOf } from '../helpers/zip-writer.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-books-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const CONTAINER =
  '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
const page = (body: string) =>
  `<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd"><html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>not said</title><style>p{}</style></head><body>${body}</body></html>`
const NAV = page(
  '<nav epub:type="landmarks"><a href="text/one.xhtml">Start</a></nav><nav epub:type="toc"><ol><li><a href="text/one.xhtml">The\n First</a></li><li><a href="text/two%20b.xhtml#x">第二章</a></li></ol></nav>',
)
const NCX =
  '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint id="a"><navLabel><text>Old First</text></navLabel><content src="text/one.xhtml"/><navPoint id="b"><navLabel><text>Old Second</text></navLabel><content src="text/two%20b.xhtml"/></navPoint></navPoint></navMap></ncx>'
const opf = (nav: string, spine = '') =>
  `<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A &amp; B</dc:title><dc:creator>Ann Author</dc:creator><dc:language>en-GB</dc:language></metadata><manifest>${nav}<item id="cover" href="cover.xhtml" media-type="application/xhtml+xml"/><item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/><item id="more" href="text/more.xhtml" media-type="application/xhtml+xml"/><item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/><item id="notes" href="notes.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="cover"/><itemref idref="one"/><itemref idref="more"/><itemref idref="two"/><itemref idref="notes" linear="no"/>${spine}</spine></package>`
const NAV_ITEM = '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
const NCX_ITEM = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
const ONE = page(
  '<h1>One</h1><p>First&nbsp;paragraph, with <em>words</em> in\nlines<a epub:type="noteref" href="#n">1</a>.<br/>A verse.</p><p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字 &amp; more.</p><aside epub:type="footnote"><p>A note.</p></aside><script>var x = 1</script><table><tr><td>a</td><td>b</td></tr></table>',
)

function files(nav = NAV_ITEM, changes: Record<string, string | undefined> = {}): ZipInput[] {
  const all: Record<string, string | undefined> = {
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': CONTAINER,
    'OEBPS/book.opf': opf(nav),
    'OEBPS/nav.xhtml': NAV,
    'OEBPS/toc.ncx': NCX,
    'OEBPS/cover.xhtml': page('<img src="x.png" alt="not said"/>'),
    'OEBPS/text/one.xhtml': ONE,
    'OEBPS/text/more.xhtml': page('<p>Goes on.</p>'),
    'OEBPS/text/two b.xhtml': page('<h2 id="x">Two</h2><p>Second.</p>'),
    'OEBPS/notes.xhtml': page('<p>Notes.</p>'),
    ...changes,
  }
  return Object.entries(all).flatMap(([name, text]) =>
    text === undefined ? [] : [{ name, data: Buffer.from(text) }],
  )
}

describe('an EPUB', () => {
  it('has the chapters of its table of contents, in the order of its spine, without notes and pictures', async () => {
    const book = await readBook(await write('a.epub', zipOf(files())))
    assert.deepEqual(book, {
      title: 'A & B',
      author: 'Ann Author',
      language: 'en-GB',
      textFormat: 'plain',
      chapters: [
        {
          title: 'The First',
          text: 'One\n\nFirst paragraph, with words in lines.\nA verse.\n\n漢字 & more.\n\na, b\n\nGoes on.',
        },
        { title: '第二章', text: 'Two\n\nSecond.' },
      ],
    })
  })

  it('may have the older table of contents, or none: then headings name its chapters', async () => {
    const old = await readBook(await write('b.epub', zipOf(files(NCX_ITEM))))
    assert.deepEqual(
      old.chapters.map(({ title }) => title),
      ['Old First', 'Old Second'],
    )
    const none = await readBook(await write('c.epub', zipOf(files(''))))
    assert.deepEqual(
      none.chapters.map(({ title }) => title),
      ['One', 'Two'],
    )
  })

  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024))
  const encryption =
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData><CipherData><CipherReference URI="OEBPS/text/one.xhtml"/></CipherData></EncryptedData></encryption>'
  const entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
  const hostile: Record<string, () => Uint8Array> = {
    'no zip': () => Buffer.from('no zip'),
    'an empty file': () => new Uint8Array(0),
    'half of one': () => zipOf(files()).subarray(0, 900),
    'a zip without a container': () => zipOf([{ name: 'a.txt', data: Buffer.from('a') }]),
    'a container that leads out': () =>
      zipOf(
        files(NAV_ITEM, {
          'META-INF/container.xml': CONTAINER.replace('OEBPS/book.opf', '../../../../etc/passwd'),
        }),
      ),
    'a text that leads out': () =>
      zipOf(
        files(NAV_ITEM, {
          'OEBPS/book.opf': opf(NAV_ITEM).replaceAll('text/one.xhtml', '../../../../../etc/passwd'),
        }),
      ),
    'a name that leads out': () => zipOf([...files(), { name: '../evil.xhtml', data: Buffer.from('x') }]),
    'an absolute name': () => zipOf([...files(), { name: '/etc/evil', data: Buffer.from('x') }]),
    'a name twice': () => zipOf([...files(), { name: 'OEBPS/book.opf', data: Buffer.from('x') }]),
    'a text that is missing': () => zipOf(files(NAV_ITEM, { 'OEBPS/text/more.xhtml': undefined })),
    'nothing in its spine': () =>
      zipOf(
        files(NAV_ITEM, { 'OEBPS/book.opf': opf(NAV_ITEM).replace(/<spine>.*<\/spine>/, '<spine></spine>') }),
      ),
    'no words': () =>
      zipOf(
        files(
          NAV_ITEM,
          Object.fromEntries(
            ['one', 'more', 'two b'].map((name) => [`OEBPS/text/${name}.xhtml`, page('<p>…</p>')]),
          ),
        ),
      ),
    'texts that are encrypted': () => zipOf(files(NAV_ITEM, { 'META-INF/encryption.xml': encryption })),
    'entities of its own in the package': () =>
      zipOf(files(NAV_ITEM, { 'OEBPS/book.opf': entities + opf(NAV_ITEM) })),
    'entities of its own in a text': () => zipOf(files(NAV_ITEM, { 'OEBPS/text/one.xhtml': entities + ONE })),
    'a text that unpacks to more than it says': () =>
      zipOf(
        files().map((file) =>
          file.name.endsWith('one.xhtml') ? { ...file, data: bomb, lie: { method: 8, size: 100 } } : file,
        ),
      ),
    'a text that is far too large': () =>
      zipOf(
        files().map((file) =>
          file.name.endsWith('one.xhtml')
            ? { ...file, data: bomb, lie: { method: 8, size: 64 * 1024 * 1024 } }
            : file,
        ),
      ),
  }
  for (const [what, bytes] of Object.entries(hostile))
    it(`is refused with a reason: ${what}`, async () => {
      const path = await write('hostile.epub', bytes())
      await assert.rejects(readBook(path), { code: 'BAD_USAGE', detail: /^expected / })
    })
})

describe('a Markdown book', () => {
  it('has a chapter for each heading of the level that stands more than once', async () => {
    const text =
      '---\ntitle: "Facts: One"\nauthor: Ann\n---\n# Book\n\nHello *there*.\n\n## One **bold**\n\nText.\n\n```js\n# not\n## headings\n\nx\n```\n\n### Deeper\n\nMore.\n\nTwo\n---\n\n> ## quoted\n\nEnd.\n'
    const book = await readBook(await write('a.md', text))
    assert.deepEqual([book.title, book.author, book.textFormat], ['Facts: One', 'Ann', 'auto'])
    assert.deepEqual(
      book.chapters.map(({ title }) => title),
      ['Facts: One', 'Book', 'One bold', 'Two'].slice(1),
    )
    assert.match(
      book.chapters[1]!.text,
      /^## One \*\*bold\*\*\n\nText\.\n\n```\n```\n\n### Deeper\n\nMore\.$/,
    )
    const flat = await readBook(await write('flat.md', 'No headings at all.'))
    assert.deepEqual(flat.chapters, [{ title: 'flat', text: 'No headings at all.' }])
    const several = await readBook(await write('several.md', 'Before.\n\n# One\n\nA.\n\n# Two\n\nB.'))
    assert.deepEqual(
      several.chapters.map(({ title }) => title),
      ['several', 'One', 'Two'],
    )
  })
})

describe('a plain book', () => {
  it('has chapters where a line of its own says so, and whole paragraphs', async () => {
    const long = 'This line was broken by a program in the middle of a sentence that goes'
    const text = `PREFACE\n\nHello.\n\nCHAPTER I. The Storm\n\n${long}\n${long}\non.\n\nChapter two was long, he said.\n\n第十二章 风雨\n\n今天。\n`
    const book = await readBook(
      await write('a.txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])),
    )
    assert.deepEqual(book.chapters, [
      { title: 'PREFACE', text: 'PREFACE\n\nHello.' },
      {
        title: 'CHAPTER I. The Storm',
        text: `CHAPTER I. The Storm\n\n${long} ${long} on.\n\nChapter two was long, he said.`,
      },
      { title: '第十二章 风雨', text: '第十二章 风雨\n\n今天。' },
    ])
  })

  it('is refused where it is none', async () => {
    for (const name of ['none.txt', 'none.epub'])
      await assert.rejects(readBook(join(folder, name)), { detail: 'expected a book, got ENOENT' })
    await assert.rejects(readBook(await write('b.txt', Buffer.from([0x63, 0xe9, 0x0a]))), { detail: /UTF-8/ })
    await assert.rejects(readBook(await write('b.pdf', '')), { detail: /got \.pdf/ })
  })
})

it('an mp3’s tag has a frame for each chapter, in bytes that add up', () => {
  const chapters = Array.from({ length: 300 }, (_, i) => ({ title: `第 ${i}`, start: i, end: i + 1 }))
  const tag = Buffer.from(id3Tag({ title: 'Book', author: 'Ann', chapters }))
  assert.equal(tag.toString('latin1', 0, 3), 'ID3')
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + tag[at]!, 0)
  assert.equal(tag.length, size + 10)
  const frames: string[] = []
  for (let at = 10; at < tag.length; at += 10 + tag.readUInt32BE(at + 4))
    frames.push(tag.toString('latin1', at, at + 4))
  assert.deepEqual([...new Set(frames)], ['TIT2', 'TPE1', 'CTOC', 'CHAP'])
  assert.equal(frames.filter((frame) => frame === 'CHAP').length, 300)
})
