/** Finds the attention head that looks at the text that is being said: over a bundle whose graph tells the queries of all heads. */
import { join } from 'node:path'
import { type AlignmentHead, type Bundle, readBundle } from '../core/bundle.ts'
import { readVoice, type Voice } from '../core/voice.ts'
import { openLlm, sequenceRules } from '../engine/bundle-models.ts'
import { type Chooser, decodeAlone } from '../engine/llm/decode-alone.ts'
import { type HeadFit, HeadLooks, type HeadShape } from '../engine/llm/head-search.ts'
import type { LlmRunner } from '../engine/llm/llm-runner.ts'
import { PlainSequence } from '../engine/llm/llm-sequence.ts'
import { openRuntime } from '../engine/runtime/open-runtime.ts'
import { promptTranscript } from '../text/front-end.ts'
import { textPrompt } from '../text/prompt-text.ts'
import { TextTokenizer } from '../text/tokenizer.ts'

export interface FoundHead {
  /** Undefined where no head follows the text well enough. */
  readonly head: AlignmentHead | undefined
  /** The best first. */
  readonly fits: readonly HeadFit[]
  readonly utterances: number
}

/** Fit below which a head does not tell the text: untrained weights come to a hundredth, other heads of a trained model to a tenth. */
const LEAST_FIT = 0.25
/** Speech tokens that a head is ahead by: it looks at what the next token says. Measured on the embedded voice. */
const LEAD_TOKENS = 1
/** Recordings of the bundle's voices that are looked at, at most. */
const MOST_RECORDINGS = 6
/** Said by the model itself, so that a bundle without voices can be judged. */
const SENTENCES = [
  'The weather is fine today, so we walk along the river.',
  'She opened the window and listened to the rain.',
  '今天天气很好，我们去公园散步吧。',
  '他打开窗户，听见外面下雨的声音。',
]
const SEED = 7
const CAPACITY = 2048

interface Utterance {
  readonly before: Int32Array
  readonly promptSpeech: Int32Array
  readonly text: Int32Array
  /** Speech tokens of a recording; missing where the model chooses its own. */
  readonly given?: Int32Array
}

export async function findHead(folder: string, tell: (line: string) => void): Promise<FoundHead> {
  const bundle = await readBundle(folder)
  const tokenizer = await TextTokenizer.load(join(folder, 'tokenizer'), bundle.manifest.text)
  const { layers, heads, kvHeads, ropeTheta, headDim: stored } = bundle.manifest.parameters.llm
  const shape = { layers, heads, kvHeads, ropeTheta, stored, headDim: bundle.manifest.llmGraph.headDim }
  const session = { intraOpThreads: 0, spin: false }
  const size = { rows: 1, capacity: CAPACITY }
  const llm = await openLlm(await openRuntime(), bundle, size, session, { heads: layers * heads })
  const sums = new Map<string, HeadFit>()
  const utterances = await utterancesOf(bundle, tokenizer)
  try {
    for (const [i, utterance] of utterances.entries()) {
      tell(`utterance ${i + 1} of ${utterances.length}`)
      for (const { layer, head, fit } of fitsOf(llm, bundle, shape, utterance)) {
        const key = `${layer}.${head}`
        const before = sums.get(key)?.fit ?? 0
        sums.set(key, { layer, head, fit: before + fit / utterances.length })
      }
    }
  } finally {
    llm.release()
  }
  const fits = [...sums.values()].sort((a, b) => b.fit - a.fit)
  const [best] = fits
  const head =
    best === undefined || best.fit < LEAST_FIT
      ? undefined
      : { layer: best.layer, head: best.head, leadTokens: LEAD_TOKENS }
  return { head, fits, utterances: utterances.length }
}

function fitsOf(llm: LlmRunner, bundle: Bundle, shape: HeadShape, utterance: Utterance): HeadFit[] {
  const rules = sequenceRules(bundle, llm.pool.maxLength)
  const { before, promptSpeech, text, given } = utterance
  const ratios = given === undefined ? undefined : { min: 0, max: 1000 }
  const sequence = new PlainSequence(before, promptSpeech, text, rules, ratios)
  const looks = new HeadLooks(shape, rules.ids, before.length)
  const { sampling } = bundle.manifest.parameters.llm
  const chooser: Chooser =
    given === undefined ? { how: 'ras', sampling, seed: SEED } : { how: 'given', given, sampling, seed: SEED }
  decodeAlone(llm, sequence, chooser, { of: looks, told: [] })
  return looks.fits()
}

/** What the bundle's voices say, then sentences in the voice of the first. Without voices there is no prompt. */
async function utterancesOf(bundle: Bundle, tokenizer: TextTokenizer): Promise<Utterance[]> {
  const { voices, prompt } = bundle.manifest
  const ask = { mode: 'auto', instruction: '' } as const
  const bare = textPrompt(tokenizer, prompt, { ...ask, transcript: undefined }).frontIds
  const all = await Promise.all(voices.map(({ file }) => readVoice(bundle.path(file))))
  const said = all.filter(({ mode, transcript }) => mode === 'transcript' && transcript !== '')
  const recorded = said.slice(0, MOST_RECORDINGS).map(
    ({ transcript, speechTokens }): Utterance => ({
      before: bare,
      promptSpeech: new Int32Array(0),
      text: tokenizer.encodeUser(promptTranscript(transcript, tokenizer.marks)),
      given: speechTokens,
    }),
  )
  const first: Voice | undefined = said[0]
  const front =
    first === undefined
      ? bare
      : textPrompt(tokenizer, prompt, { ...ask, transcript: first.transcript }).promptTextIds
  const spoken = SENTENCES.map(
    (sentence): Utterance => ({
      before: front,
      promptSpeech: first?.speechTokens ?? new Int32Array(0),
      text: tokenizer.encodeUser(promptTranscript(sentence, tokenizer.marks)),
    }),
  )
  return [...recorded, ...spoken]
}
