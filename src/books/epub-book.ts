/** An EPUB as a book: a chapter for each text of its spine that the table of contents names, or that has a heading. */
import type { Book } from './book.ts'
import type { Chapter } from './book-parts.ts'
import { EpubArchive, refused } from './epub-archive.ts'
import { readPackage } from './epub-package.ts'
import { xhtmlText } from './xhtml-text.ts'

/** Throws BAD_USAGE for what is no EPUB, is hostile, protected, or has no words. */
export async function readEpub(path: string, name: string): Promise<Book> {
  const archive = await EpubArchive.open(path)
  try {
    const { title, author, language, spine, titles } = await readPackage(path, archive)
    const chapters: Chapter[] = []
    for (const file of spine) {
      const source = await archive.text(file)
      if (source === undefined) throw refused(path, `every text of its spine, got none for ${file}`)
      const { heading, text } = xhtmlText(source)
      if (!/[\p{L}\p{N}]/u.test(text)) continue
      const known = titles.get(file) ?? (titles.size === 0 ? heading : undefined)
      const last = chapters.at(-1)
      // A chapter may go over several files, of which the first is named.
      if (known === undefined && last !== undefined) {
        chapters[chapters.length - 1] = { title: last.title, text: `${last.text}\n\n${text}` }
      } else chapters.push({ title: known ?? heading ?? title ?? name, text })
    }
    if (chapters.length === 0) throw refused(path, 'a book with words, got none')
    return { title: title ?? name, author, language, chapters, textFormat: 'plain' }
  } finally {
    archive.close()
  }
}
