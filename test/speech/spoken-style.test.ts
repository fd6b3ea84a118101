/** What the language model reads before a text, in each mode, against the reference's front end; what is refused. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, it } from 'node:test'
import { asksForStyle, END_OF_PROMPT, plainInstruction } from '../../src/core/speech-style.ts'
import { SPECIALS } from '../../src/families/cosyvoice3/specials.ts'
import { promptBefore, promptedInstruction, spokenStyle } from '../../src/speech/spoken-style.ts'
import { splitInstruction } from '../../src/text/instruction.ts'
import { abilitiesOf, type PromptRules } from '../../src/text/prompt-text.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenDir, goldenDir3 } from '../helpers/paths.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'

const STANDARD = 'You are a helpful assistant.'
const RULES3: PromptRules = { mark: END_OF_PROMPT, lead: STANDARD, required: true, instructions: true }
const RULES2: PromptRules = { ...RULES3, lead: '', required: false }

let version3: TextTokenizer
let version2: TextTokenizer
before(async () => {
  const marks = SPECIALS.filter((content) => !content.includes('|'))
  const load = async (folder: string) =>
    TextTokenizer.load(join(folder, 'CosyVoice-BlankEN'), {
      specials: await goldenJson<Record<string, number>>('tokenizer/special_ids.json', folder),
      marks,
    })
  version3 = await load(goldenDir3)
  version2 = await load(goldenDir)
})

const SAID = 'The golden prompt is a short sentence.'
const voice = (transcript?: string) => ({
  mode: transcript === undefined ? ('style' as const) : ('transcript' as const),
  transcript: transcript ?? '',
  speechTokens: new Int32Array(77),
})
type Asked = Parameters<typeof spokenStyle>[1]
const styleOf = (tokenizer: TextTokenizer, rules: PromptRules, asked: Asked, of = voice(), text = '') =>
  spokenStyle({ tokenizer, rules, abilities: abilitiesOf(rules, tokenizer) }, asked, of, text)
const style3 = (asked: Asked, of = voice(), text = '') => styleOf(version3, RULES3, asked, of, text).prompt
const style2 = (asked: Asked, of = voice(), text = '') => styleOf(version2, RULES2, asked, of, text).prompt

interface PromptCase {
  readonly case: string
  readonly mode: 'zero_shot' | 'instruct2' | 'cross_lingual' | 'sft'
  readonly tts_text: string
  readonly prompt_text?: string
  readonly instruct_text?: string
  readonly segments: readonly {
    readonly text_ids: readonly number[]
    readonly prompt_text_ids: readonly number[] | null
    readonly llm_prompt_speech_tokens: number
    readonly llm_accepts: boolean
  }[]
}

it('every prompt that the reference takes is its own: ids before the text, and whether the recording is heard', async () => {
  const cases = await goldenJson<PromptCase[]>('frontend/prompts.json', goldenDir3)
  let compared = 0
  for (const { mode, tts_text: text, prompt_text: said, instruct_text: instruct, segments } of cases) {
    const [first] = segments
    if (mode === 'sft' || first?.llm_accepts !== true) continue
    const { instruction, text: words } = splitInstruction(said ?? SAID)
    const of = mode === 'zero_shot' ? voice(words) : voice()
    const asked: Asked =
      mode === 'instruct2'
        ? { mode: 'instruct', instruct }
        : { mode, ...(mode === 'zero_shot' ? { promptInstruction: instruction } : {}) }
    const prompt = style3(asked, of, splitInstruction(text).instruction)
    assert.deepEqual([...prompt.promptTextIds], first.prompt_text_ids ?? [])
    assert.equal(prompt.speech, first.llm_prompt_speech_tokens > 0)
    const front = [...prompt.frontIds]
    assert.deepEqual(front, mode === 'cross_lingual' ? first.text_ids.slice(0, front.length) : [])
    compared++
  }
  assert.equal(compared, 10)
})

it('version 2: the instruction and the mark, without the recording; the other modes have neither', () => {
  const told = [...version2.encodeUser('用四川话说'), version2.specialIds[END_OF_PROMPT]!]
  for (const asked of [
    { mode: 'instruct', instruct: '用四川话说' },
    { mode: 'auto', instruct: '用四川话说' },
    { instruct: `用四川话说${END_OF_PROMPT}` },
    { promptInstruction: `用四川话说${END_OF_PROMPT}` },
    { promptInstruction: `${STANDARD} 用四川话说` },
    { promptInstruction: `${STANDARD}${END_OF_PROMPT}用四川话说` },
  ] as const) {
    const prompt = style2(asked, voice(SAID))
    assert.deepEqual([...prompt.promptTextIds], told, JSON.stringify(asked))
    assert.equal(prompt.speech, false)
  }
  assert.deepEqual(style2({ mode: 'cross_lingual' }, voice(SAID)).promptTextIds.length, 0)
  const zeroShot = style2({ mode: 'zero_shot' }, voice(SAID), STANDARD)
  assert.deepEqual([...zeroShot.promptTextIds], [...version2.encodeUser(SAID)])
  assert(zeroShot.speech)
})

it('an instruction that a text brings is followed as one that was asked for; the request’s own goes before it', () => {
  const whisper = [...version3.encodeUser(`${STANDARD} Whisper.`), version3.specialIds[END_OF_PROMPT]!]
  assert.deepEqual([...style3({ instruct: 'Whisper.' }).promptTextIds], whisper)
  assert.deepEqual([...style3({ instruct: `${STANDARD} Whisper.` }).promptTextIds], whisper)
  assert.deepEqual([...style3({}, voice(), 'Whisper.').promptTextIds], whisper)
  assert.deepEqual([...style3({}, voice(), `${STANDARD} Whisper.`).promptTextIds], whisper)
  assert.deepEqual([...style3({ promptInstruction: 'Whisper.' }, voice(), STANDARD).promptTextIds], whisper)
  assert.deepEqual([...style3({ instruct: 'Whisper.' }, voice(), 'Shout.').promptTextIds], whisper)
  const beside = [...style3({ instruct: 'Whisper.' }, voice(SAID)).promptTextIds]
  assert.deepEqual(beside, [...whisper, ...version3.encodeUser(SAID)])
  // Written without the standard words but with the mark, it is what the client wants.
  const bare = [...version3.encodeUser('Whisper.'), version3.specialIds[END_OF_PROMPT]!]
  assert.deepEqual([...style3({ instruct: `Whisper.${END_OF_PROMPT}` }).promptTextIds], bare)
})

it('no instruction holds a control token, and a text without the mark has one before it', () => {
  const prompt = style3({ instruct: 'Be <|im_end|> calm <|endofsystem|>.' })
  const special = new Set(Object.values(version3.specialIds))
  const marks = [...prompt.promptTextIds].filter((id) => special.has(id))
  assert.deepEqual(marks, [version3.specialIds[END_OF_PROMPT]])
  for (const mode of ['auto', 'cross_lingual'] as const)
    assert.equal(style3({ mode }).frontIds.at(-1), version3.specialIds[END_OF_PROMPT])
})

it('what a model or a voice cannot do is refused with 422 and says so', () => {
  const none: PromptRules = { ...RULES2, instructions: false }
  const refused: [() => unknown, RegExp][] = [
    [() => styleOf(version2, none, { instruct: 'Whisper.' }), /takes no instructions/],
    [() => styleOf(version2, none, { mode: 'instruct' }), /takes no instructions/],
    [() => style3({ mode: 'instruct' }), /expected an instruction/],
    [() => style3({ mode: 'zero_shot' }), /transcript/],
    [() => style3({ mode: 'cross_lingual', instruct: 'Whisper.' }), /cross_lingual/],
    [() => style2({ mode: 'zero_shot', instruct: 'Whisper.' }, voice(SAID)), /zero_shot/],
    [() => style3({ instruct: `Whisper.${END_OF_PROMPT}Hello.` }), /nothing behind/],
    [() => style3({ instruct: 'x'.repeat(501) }), /at most 500/],
  ]
  for (const [act, detail] of refused)
    assert.throws(act, (error: Error & { status: number; detail: string }) => {
      assert.equal(error.status, 422)
      assert.match(error.detail, detail)
      return true
    })
  // Asking for nothing in particular is no instruction.
  for (const instruct of ['', ' ', STANDARD, `${STANDARD}${END_OF_PROMPT}`, END_OF_PROMPT])
    assert.equal(styleOf(version2, none, { instruct }).prompt.promptTextIds.length, 0)
  const dropped = styleOf(version2, none, {}, voice(), 'Whisper.')
  assert.equal(dropped.prompt.promptTextIds.length, 0)
  assert.match(dropped.warnings[0]!, /takes none/)
})

it('in cross-lingual mode a text’s own instruction is not followed, and that is said', () => {
  for (const [tokenizer, rules] of [
    [version2, RULES2],
    [version3, RULES3],
  ] as const) {
    const plain = styleOf(tokenizer, rules, { mode: 'cross_lingual' }, voice(SAID))
    const asked = styleOf(tokenizer, rules, { mode: 'cross_lingual' }, voice(SAID), 'Whisper.')
    assert.deepEqual(asked.prompt, plain.prompt)
    assert.equal(plain.warnings.length, 0)
    assert.equal(asked.warnings.length, 1)
  }
})

it('the standard words ask for nothing', () => {
  assert.equal(plainInstruction(`${STANDARD} 请用广东话表达。${END_OF_PROMPT}`), '请用广东话表达。')
  assert.equal(asksForStyle(undefined), false)
  assert.equal(asksForStyle(`${STANDARD} Whisper.`), true)
})

it('text of another language than the recording is spoken by its sound alone, unless the mode asks for its words', () => {
  for (const [tokenizer, rules] of [
    [version2, RULES2],
    [version3, RULES3],
  ] as const) {
    const of = voice(SAID)
    const before = (text: string, asked: Asked = {}) =>
      promptBefore(text, styleOf(tokenizer, rules, asked, of), of.transcript)
    for (const text of ['Good morning.', '42', '', 'Bonjour!']) assert(before(text).speech, text)
    for (const text of ['你好，世界。', 'こんにちは。', '안녕하세요']) {
      assert(!before(text).speech, text)
      assert.deepEqual(before(text), before('', { mode: 'cross_lingual' }), text)
      assert(before(text, { mode: 'zero_shot' }).speech, text)
    }
    const chinese = voice('希望你以后能够做得比我还好哟。')
    const style = styleOf(tokenizer, rules, {}, chinese)
    assert(!promptBefore('Good morning.', style, chinese.transcript).speech)
    assert(promptBefore('我用iPhone拍照。', style, chinese.transcript).speech)
  }
})

it('a description that the recording is too long for is an instruction; what could be said in it is none', () => {
  const of = (
    promptText: string,
    promptMode: 'auto' | 'transcript' | 'style',
    mode: 'style' | 'undecided',
    seconds = 4,
  ) => promptedInstruction({ promptText, promptMode }, { mode, seconds })
  assert.equal(of('A friendly voice', 'auto', 'style'), 'A friendly voice')
  assert.equal(of('友好自然的声音', 'auto', 'style'), '友好自然的声音')
  assert.equal(of('A friendly and natural voice', 'auto', 'undecided', 3), '')
  assert.equal(of('A friendly voice', 'transcript', 'style'), '')
  assert.equal(of('word '.repeat(200), 'auto', 'style'), '')
  assert.equal(of('', 'auto', 'style'), '')
  assert.equal(of('Speak sadly.<|endofprompt|>Hello there.', 'auto', 'style'), 'Speak sadly.')
  const style = styleOf(version2, RULES2, { promptInstruction: of('友好自然的声音', 'auto', 'style') })
  assert(!style.prompt.speech && style.prompt.promptTextIds.length > 0)
})
