/** The words of comments: short statements about things in the code, and paths that exist. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { it } from 'node:test'
import {
  type Comment,
  commentsOf,
  countWords,
  sentencesOf,
  statementsOf,
} from './helpers/comment-sentences.ts'
import { repoRoot } from './helpers/paths.ts'
import { sourceFiles } from './helpers/source-files.ts'

/** Words of a statement: a sentence, or a part of one that a colon or a semicolon ends. */
const MAX_WORDS = 20
/** Words of a whole sentence. */
const MAX_SENTENCE_WORDS = 30

const files = sourceFiles().filter(({ path }) => /\.(?:ts|js|mjs)$/.test(path))

function commentsThat(faultOf: (comment: Comment, file: string) => string | undefined): string[] {
  return files.flatMap(({ path, text }) =>
    commentsOf(text).flatMap((comment) => {
      const fault = faultOf(comment, path)
      return fault === undefined ? [] : [`${path}:${comment.line}: ${fault}`]
    }),
  )
}

it('sentences of comments are short', () => {
  const isLong = (sentence: string) =>
    countWords(sentence) > MAX_SENTENCE_WORDS ||
    statementsOf(sentence).some((statement) => countWords(statement) > MAX_WORDS)
  assert.deepEqual(
    commentsThat((comment) => sentencesOf(comment).find(isLong)),
    [],
  )
})

it('comments speak of things in the code, not of somebody', () => {
  const somebody = /\b(?:nobody|somebody|someone|whoever|everybody|everyone|anybody|anyone|who|whom)\b/i
  assert.deepEqual(
    commentsThat(({ lines }) => somebody.exec(lines.join(' '))?.[0]),
    [],
  )
})

it('files that comments name exist', () => {
  const names = new Set(sourceFiles().map(({ path }) => basename(path)))
  const named = /(?<![\w*/.-])([\w./-]*\w\.(?:ts|mjs|py|cpp|h|css|md))\b/g
  // What is cited of the reference lies in its repository.
  const isCited = (path: string) => path.startsWith('cosyvoice/')
  const isThere = (path: string, file: string) =>
    path.includes('/')
      ? existsSync(join(repoRoot, path)) || existsSync(join(repoRoot, dirname(file), path))
      : names.has(path) || existsSync(join(repoRoot, 'docs', path))
  const missing = ({ lines }: Comment, file: string) =>
    [...lines.join(' ').matchAll(named)]
      .map(([, path]) => path!)
      .find((path) => !isCited(path) && !isThere(path, file))
  assert.deepEqual(commentsThat(missing), [])
})

it('what counts as a sentence, a statement and a word', () => {
  const [comment] = commentsOf(
    [
      '/**',
      ' * One: two `three four`; five (e.g. six).',
      ' * Seven – eight.',
      ' *',
      ' *   a layout ──► is none',
      ' * - an item',
      ' * | a table |',
      ' */',
    ].join('\n'),
  )
  const sentences = sentencesOf(comment!)
  assert.deepEqual(sentences, ['One: two `three four`; five (e.g. six).', 'Seven – eight.', '- an item'])
  assert.deepEqual(statementsOf(sentences[0]!).map(countWords), [1, 2, 3])
  assert.equal(countWords(sentences[1]!), 2)
  assert.deepEqual(
    commentsOf('  // a\n  // b\nconst c = 1 // d\n').map(({ line, lines }) => [line, lines]),
    [[1, ['a', 'b']]],
  )
})
