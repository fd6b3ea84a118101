/** What an EPUB says of itself: its files in reading order, its title, and the titles of its table of contents. */
import { posix } from 'node:path'
import { Parser } from 'htmlparser2'
import { type EpubArchive, refused } from './epub-archive.ts'

export interface EpubPackage {
  readonly title: string | undefined
  readonly author: string | undefined
  readonly language: string | undefined
  /** Names in the archive, in reading order. */
  readonly spine: readonly string[]
  /** Name in the archive → title of the first entry that leads into it. */
  readonly titles: ReadonlyMap<string, string>
}

interface Element {
  /** Without its namespace. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string
  readonly children: readonly Element[]
}

/** Deeper trees are no books. */
const MAX_DEPTH = 200

/** Throws BAD_USAGE where the archive is no EPUB, or one whose text is encrypted. */
export async function readPackage(path: string, archive: EpubArchive): Promise<EpubPackage> {
  const container = await archive.text('META-INF/container.xml')
  const root = container && find(treeOf(container), 'rootfile')?.attributes['full-path']
  const opf = root && (await archive.text(root))
  if (!root || !opf)
    throw refused(path, 'an EPUB with META-INF/container.xml and the package it names, got none')
  const tree = treeOf(opf)
  const resolve = (href: string, from = root) => resolved(href, from)
  const items = new Map(
    all(tree, 'item').map(({ attributes }) => [attributes.id ?? '', itemOf(attributes, resolve)]),
  )
  const spine = all(tree, 'itemref')
    .filter(({ attributes }) => attributes.linear !== 'no')
    .map(({ attributes }) => items.get(attributes.idref ?? ''))
    .filter((item) => item !== undefined)
    .filter(({ type, isNav }) => type.includes('html') && !isNav)
    .map(({ file }) => file)
  if (spine.length === 0) throw refused(path, 'an EPUB with texts in its spine, got none')
  await refuseEncrypted(path, archive, spine)
  const nav = [...items.values()].find((item) => item.isNav)?.file
  const ncx = [...items.values()].find(({ type }) => type === 'application/x-dtbncx+xml')?.file
  const named = (name: string) => find(tree, name)?.text.replaceAll(/\s+/g, ' ').trim() || undefined
  return {
    title: named('title'),
    author: named('creator'),
    language: named('language'),
    spine: [...new Set(spine)],
    titles: new Map([...(await ncxTitles(archive, ncx)), ...(await navTitles(archive, nav))]),
  }
}

interface Item {
  /** Name in the archive. */
  readonly file: string
  /** Media type. */
  readonly type: string
  readonly isNav: boolean
}

function itemOf(attributes: Element['attributes'], resolve: (href: string) => string): Item {
  return {
    file: resolve(attributes.href ?? ''),
    type: attributes['media-type'] ?? '',
    isNav: (attributes.properties ?? '').split(/\s+/).includes('nav'),
  }
}

/** Encrypted fonts harm nothing; encrypted texts cannot be read. */
async function refuseEncrypted(path: string, archive: EpubArchive, spine: readonly string[]): Promise<void> {
  const encryption = await archive.text('META-INF/encryption.xml')
  if (encryption === undefined) return
  const hidden = all(treeOf(encryption), 'CipherReference').map(({ attributes }) =>
    resolved(attributes.URI ?? '', ''),
  )
  if (spine.some((file) => hidden.includes(file)))
    throw refused(path, 'a book without copy protection, got an encrypted one')
}

async function navTitles(archive: EpubArchive, file: string | undefined): Promise<[string, string][]> {
  const text = file && (await archive.text(file))
  if (!file || !text) return []
  const navs = all(treeOf(text), 'nav')
  const toc = navs.find(({ attributes }) => attributes['epub:type'] === 'toc') ?? navs[0]
  return firstOf(
    toc === undefined
      ? []
      : all(toc, 'a').map((link) => [resolved(link.attributes.href ?? '', file), link.text]),
  )
}

async function ncxTitles(archive: EpubArchive, file: string | undefined): Promise<[string, string][]> {
  const text = file && (await archive.text(file))
  if (!file || !text) return []
  return firstOf(
    all(treeOf(text), 'navPoint').map((point) => {
      const source = point.children.find(({ name }) => name === 'content')?.attributes.src ?? ''
      const label = point.children.find(({ name }) => name === 'navLabel')
      return [resolved(source, file), label?.text ?? '']
    }),
  )
}

/** The first title of each file, with blanks put right. */
function firstOf(pairs: readonly (readonly [string, string])[]): [string, string][] {
  const titles = new Map<string, string>()
  for (const [file, text] of pairs) {
    const title = text.replaceAll(/\s+/g, ' ').trim()
    if (title !== '' && !titles.has(file)) titles.set(file, title)
  }
  return [...titles]
}

/** A name in the archive: without a fragment, percent-decoded, never above the root. */
function resolved(href: string, from: string): string {
  const bare = href.replace(/[?#].*$/s, '')
  let decoded = bare
  try {
    decoded = decodeURIComponent(bare)
  } catch {
    // It stands as it is.
  }
  return posix.join('/', posix.dirname(from), decoded).slice(1)
}

/** Text of an element is that of all within it. No entity but XML's and HTML's own is known. */
function treeOf(source: string): Element {
  type Open = { name: string; attributes: Record<string, string>; text: string; children: Element[] }
  const root: Open = { name: '', attributes: {}, text: '', children: [] }
  const stack: Open[] = [root]
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const element = { name: name.replace(/^.*:/, ''), attributes, text: '', children: [] }
        if (stack.length < MAX_DEPTH) stack.at(-1)!.children.push(element)
        stack.push(element)
      },
      ontext: (text) => {
        for (const element of stack.slice(0, MAX_DEPTH)) element.text += text
      },
      onclosetag: () => {
        if (stack.length > 1) stack.pop()
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.end(source)
  return root
}

function all(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)])
}

function find(element: Element, name: string): Element | undefined {
  return all(element, name)[0]
}
