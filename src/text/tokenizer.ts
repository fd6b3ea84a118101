/**
 * Text → ids of the model's byte-level BPE, and back.
 *
 * Encoders share one vocabulary and differ in what they take as special tokens. The one for our own text takes all.
 * The one for text of users takes only the model's marks, such as `[breath]`: to it, `<|endofprompt|>` is letters.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { TtsError } from '../core/errors.ts'
import { withLetterNames } from './letter-names.ts'
import { type Marks, marksOf } from './sounds.ts'

/** What the library gives; its own declarations do not resolve under this module system. */
interface Encoder {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] }
  decode(ids: number[], options: { skip_special_tokens: boolean }): string
}

/** How Qwen2's tokenizer cuts text before merging: contractions, words, single digits, signs, blanks. */
const SPLIT_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

export class TextTokenizer {
  /** Content → id of every special token. */
  readonly specialIds: Readonly<Record<string, number>>
  /** Those that text of users may hold. */
  readonly marks: Marks
  readonly #trusted: Encoder
  readonly #user: Encoder
  /** To which no special token is one. */
  readonly #plain: Encoder
  /** Matches any special token, in one group. */
  readonly #specials: RegExp
  /** Whether letters by themselves are given by their names. */
  readonly #isNamed: boolean

  constructor(
    vocab: Readonly<Record<string, number>>,
    merges: readonly string[],
    specials: Readonly<Record<string, number>>,
    marks?: readonly string[],
    letters: 'written' | 'named' = 'written',
  ) {
    this.specialIds = specials
    this.#isNamed = letters === 'named'
    this.marks = marksOf(specials, marks)
    this.#trusted = makeEncoder(vocab, merges, specials)
    const literal = (content: string) => content.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    this.#specials = new RegExp(`(${Object.keys(specials).map(literal).join('|')})`)
    const spoken = Object.entries(specials).filter(([content]) => this.marks.has(content))
    this.#user = makeEncoder(vocab, merges, Object.fromEntries(spoken))
    this.#plain = makeEncoder(vocab, merges, {})
  }

  /** From a bundle's `tokenizer/` folder; `specials`, `marks` and `letters` are the manifest's. Throws BAD_BUNDLE. */
  static async load(
    folder: string,
    specials: Readonly<Record<string, number>>,
    marks?: readonly string[],
    letters?: 'written' | 'named',
  ): Promise<TextTokenizer> {
    try {
      const vocab = JSON.parse(await readFile(join(folder, 'vocab.json'), 'utf8')) as Record<string, number>
      const lines = (await readFile(join(folder, 'merges.txt'), 'utf8')).split(/\r?\n/)
      const merges = lines.filter((line, i) => line !== '' && !(i === 0 && line.startsWith('#version')))
      return new TextTokenizer(vocab, merges, specials, marks, letters)
    } catch (error) {
      throw new TtsError('BAD_BUNDLE', `tokenizer in ${folder}`, (error as Error).message, { cause: error })
    }
  }

  /** Ids of a user's text: no control token can come of it. */
  encodeUser(text: string): Int32Array {
    return encode(this.#user, this.#isNamed ? withLetterNames(text) : text)
  }

  /** Ids of text that we wrote, in which every special token is one. */
  encodeTrusted(text: string): Int32Array {
    if (text.normalize('NFC') === text) return encode(this.#trusted, text)
    // The library composes letters before it looks for special tokens; the reference looks first.
    return Int32Array.from(
      text
        .split(this.#specials)
        .flatMap((part, i) => (i % 2 === 1 ? this.specialIds[part]! : [...encode(this.#plain, part)])),
    )
  }

  /** Text of ids; special tokens are left out. */
  decode(ids: ArrayLike<number>): string {
    return ids.length === 0 ? '' : this.#trusted.decode(Array.from(ids), { skip_special_tokens: true })
  }
}

function encode(encoder: Encoder, text: string): Int32Array {
  return text === ''
    ? new Int32Array(0)
    : Int32Array.from(encoder.encode(text, { add_special_tokens: false }).ids)
}

function makeEncoder(
  vocab: Readonly<Record<string, number>>,
  merges: readonly string[],
  specials: Readonly<Record<string, number>>,
): Encoder {
  const description = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.entries(specials).map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: SPLIT_PATTERN }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: merges.map((line) => line.split(' ')),
    },
  }
  const Library = Tokenizer as unknown as new (description: object, config: object) => Encoder
  return new Library(description, {})
}
