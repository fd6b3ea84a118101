/** The tokenizer of a checkpoint: `vocab.json`, `merges.txt` and `tokenizer_config.json`, read and held together. */
import { z } from 'zod'
import { decodeIds } from './byte-level-text.ts'
import type { ByteSource } from './byte-source.ts'
import { readJson, readText } from './json.ts'
import { refusal, shown } from './refusal.ts'

const LARGEST_FILE = 64 * 2 ** 20

/**
 * Tokens that the reference gives to every CosyVoice2 tokenizer. In this order, missing ones get the next free ids
 * (`CosyVoice2Tokenizer` of the reference: end-of-text first, then the additional ones).
 */
export const REFERENCE_SPECIALS: readonly string[] = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|endofprompt|>',
  '[breath]',
  '<strong>',
  '</strong>',
  '[noise]',
  '[laughter]',
  '[cough]',
  '[clucking]',
  '[accent]',
  '[quick_breath]',
  '<laughter>',
  '</laughter>',
  '[hissing]',
  '[sigh]',
  '[vocalized-noise]',
  '[lipsmack]',
  '[mn]',
]

/** Passed through as parsed: a schema that rebuilds objects drops the key `__proto__`, which vocabularies do hold. */
const anyObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
)
const configSchema = z.object({
  added_tokens_decoder: z
    .record(z.string().regex(/^\d+$/), z.object({ content: z.string().min(1) }))
    .default({}),
})

export interface TokenizerFiles {
  /** Byte-level BPE entries, without special tokens. */
  readonly vocabSize: number
  /** Content → id of every special token. */
  readonly specials: Readonly<Record<string, number>>
  decode(ids: readonly number[]): string
}

/** Reads and checks the three files; `added` tokens that they lack get the next ids. Ids must be below `textRows`, the rows of the text embedding. */
export async function readTokenizerFiles(
  files: { readonly vocab: ByteSource; readonly merges: ByteSource; readonly config: ByteSource },
  textRows: number,
  added: readonly string[] = REFERENCE_SPECIALS,
): Promise<TokenizerFiles> {
  const vocab = await readVocab(files.vocab)
  checkMerges(files.merges.name, await readText(files.merges, LARGEST_FILE), vocab)
  const config = await readJson(files.config, LARGEST_FILE, configSchema)
  const specials = new Map<string, number>()
  for (const [id, { content }] of Object.entries(config.added_tokens_decoder))
    specials.set(content, Number(id))
  checkAdded(files.config.name, specials, vocab.size)

  let next = vocab.size + specials.size
  for (const content of added) if (!specials.has(content)) specials.set(content, next++)
  if (next > textRows) {
    throw refusal(files.vocab.name, '', `at most ${textRows} tokens (rows of the text embedding)`, `${next}`)
  }
  const inverse = (map: ReadonlyMap<string, number>) => new Map([...map].map(([token, id]) => [id, token]))
  const [tokens, plain] = [inverse(vocab), inverse(specials)]
  return {
    vocabSize: vocab.size,
    specials: Object.fromEntries(specials),
    decode: (ids) => decodeIds(ids, tokens, plain),
  }
}

async function readVocab(bytes: ByteSource): Promise<ReadonlyMap<string, number>> {
  const vocab = new Map<string, number>()
  for (const [token, id] of Object.entries(await readJson(bytes, LARGEST_FILE, anyObject))) {
    if (!Number.isSafeInteger(id) || (id as number) < 0) {
      throw refusal(bytes.name, `token '${shown(token)}'`, 'an id', shown(String(id)))
    }
    vocab.set(token, id as number)
  }
  checkIds(bytes.name, vocab)
  return vocab
}

/** Every id from 0 to the number of entries, once. */
function checkIds(file: string, vocab: ReadonlyMap<string, number>): void {
  const seen = new Set<number>()
  for (const [token, id] of vocab) {
    if (id >= vocab.size || seen.has(id)) {
      const got = seen.has(id) ? `${id} a second time` : `${id}`
      throw refusal(file, `token '${shown(token)}'`, `ids 0…${vocab.size - 1}, each once`, got)
    }
    seen.add(id)
  }
  if (vocab.size === 0) throw refusal(file, '', 'tokens', 'none')
}

/** Each line joins two known tokens into a third. */
function checkMerges(file: string, text: string, vocab: ReadonlyMap<string, number>): void {
  const lines = text.split(/\r?\n/)
  for (const [number, line] of lines.entries()) {
    if (line === '' || (number === 0 && line.startsWith('#version'))) continue
    const [left = '', right = '', ...more] = line.split(' ')
    const known = vocab.has(left) && vocab.has(right) && vocab.has(left + right)
    if (!known || more.length > 0) {
      throw refusal(
        file,
        `line ${number + 1}`,
        'two tokens of vocab.json that join into a third',
        shown(line),
      )
    }
  }
}

/** The added tokens' ids must follow the vocabulary without a gap, as the reference's loader numbers new ones. */
function checkAdded(file: string, specials: ReadonlyMap<string, number>, vocabSize: number): void {
  const ids = [...specials.values()].sort((a, b) => a - b)
  for (const [i, id] of ids.entries()) {
    if (id !== vocabSize + i) {
      throw refusal(file, "key 'added_tokens_decoder'", `id ${vocabSize + i}`, `${id}`)
    }
  }
}
