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
import { withPlainPunctuation } from './plain-punctuation.ts'
import { type Marks, marksOf } from './sounds.ts'

/** What the library gives; its own declarations do not resolve under this module system. */
interface Encoder {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] }
  decode(ids: number[], options: { skip_special_tokens: boolean }): string
}

/** What a bundle's manifest says of the texts that its model takes. */
export interface TokenizerText {
  /** Content → id. */
  readonly specials: Readonly<Record<string, number>>
  /** Of these, what a user's text may hold; sounds alone where left out. */
  readonly marks?: readonly string[] | undefined
  /** Whether letters by themselves are given by their names. */
  readonly letters?: 'written' | 'named' | undefined
  /** Whether quotation marks, brackets and the like are left out or made commas. */
  readonly punctuation?: 'written' | 'plain' | undefined
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
  readonly #vocab: Readonly<Record<string, number>>
  /** UTF-8 bytes of each id; made when first asked for. */
  #byteLengths: ReadonlyMap<number, number> | undefined
  /** How text is written to the model, one after the other. */
  readonly #forms: readonly ((text: string) => string)[]

  constructor(
    vocab: Readonly<Record<string, number>>,
    merges: readonly string[],
    { specials, marks, letters, punctuation }: TokenizerText,
  ) {
    this.specialIds = specials
    this.#vocab = vocab
    this.#forms = [
      ...(letters === 'named' ? [withLetterNames] : []),
      ...(punctuation === 'plain' ? [withPlainPunctuation] : []),
    ]
    this.marks = marksOf(specials, marks)
    this.#trusted = makeEncoder(vocab, merges, specials)
    const literal = (content: string) => content.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    this.#specials = new RegExp(`(${Object.keys(specials).map(literal).join('|')})`)
    const spoken = Object.entries(specials).filter(([content]) => this.marks.has(content))
    this.#user = makeEncoder(vocab, merges, Object.fromEntries(spoken))
    this.#plain = makeEncoder(vocab, merges, {})
  }

  /** From a bundle's `tokenizer/` folder; `text` is of its manifest. Throws BAD_BUNDLE. */
  static async load(folder: string, text: TokenizerText): Promise<TextTokenizer> {
    try {
      const vocab = JSON.parse(await readFile(join(folder, 'vocab.json'), 'utf8')) as Record<string, number>
      const lines = (await readFile(join(folder, 'merges.txt'), 'utf8')).split(/\r?\n/)
      const merges = lines.filter((line, i) => line !== '' && !(i === 0 && line.startsWith('#version')))
      return new TextTokenizer(vocab, merges, text)
    } catch (error) {
      throw new TtsError('BAD_BUNDLE', `tokenizer in ${folder}`, (error as Error).message, { cause: error })
    }
  }

  /** Ids of a user's text: no control token can come of it. */
  encodeUser(text: string): Int32Array {
    return encode(this.#user, this.asGiven(text))
  }

  /** A user's text in the letters and marks that the model is given it in. */
  asGiven(text: string): string {
    return this.#forms.reduce((said, form) => form(said), text).normalize('NFC')
  }

  /** Where in `given` (of `asGiven`) each of its ids begins, in UTF-16 places; `given`'s length at the end. */
  startsOf(given: string, ids: Int32Array): Int32Array {
    this.#byteLengths ??= new Map([
      ...Object.entries(this.#vocab).map(([piece, id]): [number, number] => [id, piece.length]),
      ...Object.entries(this.specialIds).map(([piece, id]): [number, number] => [
        id,
        Buffer.byteLength(piece),
      ]),
    ])
    const starts = new Int32Array(ids.length + 1).fill(given.length)
    let place = 0
    let bytes = 0
    let until = 0
    for (const [i, id] of ids.entries()) {
      // A token that begins inside a character begins with it.
      while (place < given.length) {
        const size = utf8Length(given.codePointAt(place)!)
        if (bytes + size > until) break
        bytes += size
        place += size === 4 ? 2 : 1
      }
      starts[i] = place
      until += this.#byteLengths.get(id) ?? 0
    }
    return starts
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

function utf8Length(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
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
