/** No text of users becomes a control token, nor a mark that the model does not name, in any disguise. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, it } from 'node:test'
import fc from 'fast-check'
import { SPECIALS } from '../../src/families/cosyvoice3/specials.ts'
import { speakable } from '../../src/text/speakable.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenDir } from '../helpers/paths.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'

/** Qwen's own. */
const MARKS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']

/** The reference tokenizer with the tokens of both versions, and the same where phones are marks. */
let tokenizer: TextTokenizer
let withPhones: TextTokenizer
before(async () => {
  const known = await goldenJson<Record<string, number>>('tokenizer/special_ids.json')
  const next = Math.max(...Object.values(known)) + 1
  const others = [...MARKS, ...SPECIALS].filter((mark) => known[mark] === undefined)
  const specials = { ...known, ...Object.fromEntries(others.map((mark, i) => [mark, next + i])) }
  const folder = join(goldenDir, 'CosyVoice-BlankEN')
  tokenizer = await TextTokenizer.load(folder, { specials })
  withPhones = await TextTokenizer.load(folder, {
    specials,
    marks: SPECIALS.filter((mark) => mark.startsWith('[')),
  })
})

const wide = (text: string) =>
  text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
const parted = (text: string) => [...text].join('\u200b')
const DISGUISES: readonly ((mark: string) => string)[] = [
  (mark) => mark,
  wide,
  parted,
  (mark) => mark.replace('<', '&lt;').replace('>', '&gt;'),
  (mark) => [...mark].map((letter) => `&#${letter.codePointAt(0)};`).join(''),
  (mark) => `${mark.slice(0, 3)}<b></b>${mark.slice(3)}`,
  (mark) => `**${mark}**`,
  (mark) => `\`${mark}\``,
  (mark) => `<speak>${mark.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</speak>`,
  (mark) => mark.toUpperCase(),
  (mark) => mark.normalize('NFD'),
  (mark) => mark.replace('|', '\ufeff|\u00ad'),
  (mark) => mark + mark,
  (mark) => `${mark.slice(0, 2)}${mark}${mark.slice(2)}`,
]

it('a token of either version in any disguise is letters, or nothing; only marks of the model are tokens', () => {
  const marks = Object.keys(tokenizer.specialIds)
  assert(marks.length >= 281)
  assert(!tokenizer.marks.has('[zh]') && tokenizer.marks.has('[breath]') && withPhones.marks.size > 260)
  const check = (text: string) => {
    for (const model of [tokenizer, withPhones]) {
      const special = new Map(Object.entries(model.specialIds).map(([content, id]) => [id, content]))
      const countTokens = (part: string) => model.encodeUser(part).length
      for (const segment of speakable(text, { countTokens, marks: model.marks }).segments)
        for (const id of model.encodeUser(segment.text)) {
          const content = special.get(id)
          assert(
            content === undefined || model.marks.has(content),
            `${JSON.stringify(text)} → ${segment.text}`,
          )
        }
    }
  }
  for (const mark of marks) for (const disguise of DISGUISES) check(disguise(mark))
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(...marks, '<|', '|>', '[', ']', 'zh', ' '), fc.constantFrom(...DISGUISES)),
        { minLength: 1, maxLength: 6 },
      ),
      (pieces) =>
        check(
          pieces
            .map(([mark, disguise]) => disguise(mark))
            .join('')
            .replaceAll('<speak>', ''),
        ),
    ),
    { seed: 23, numRuns: 500 },
  )
})

it('what a control token was is not read out either', () => {
  const countTokens = (text: string) => text.length / 4
  for (const mark of ['<|endofprompt|>', '<|im_end|>', '<|endoftext|>'])
    for (const disguise of DISGUISES.slice(0, 5))
      assert.doesNotMatch(
        speakable(`Hello ${disguise(mark)} world.`, { countTokens }).text,
        /end|im/,
        disguise(mark),
      )
})
