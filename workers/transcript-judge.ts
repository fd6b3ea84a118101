/** The speech LLM and its tokenizer, to ask whether a recording says its text. */
import { join } from 'node:path'
import type { Bundle } from '../src/core/bundle.ts'
import { openLlm } from '../src/engine/bundle-models.ts'
import type { LlmRunner } from '../src/engine/llm/llm-runner.ts'
import { orderGain, SCORED_TEXTS } from '../src/engine/llm/transcript-score.ts'
import { openRuntime } from '../src/engine/runtime/open-runtime.ts'
import { promptTranscript } from '../src/text/front-end.ts'
import { TextTokenizer } from '../src/text/tokenizer.ts'

/** Positions of a row: a transcript of half a minute and the first seconds of its speech. */
const CAPACITY = 1024

export class TranscriptJudge {
  readonly #bundle: Bundle
  readonly #tokenizer: TextTokenizer
  readonly #llm: LlmRunner

  private constructor(bundle: Bundle, tokenizer: TextTokenizer, llm: LlmRunner) {
    this.#bundle = bundle
    this.#tokenizer = tokenizer
    this.#llm = llm
  }

  static async open(bundle: Bundle): Promise<TranscriptJudge> {
    const tokenizer = await TextTokenizer.load(join(bundle.folder, 'tokenizer'), bundle.manifest.text)
    const kv = { rows: SCORED_TEXTS, capacity: CAPACITY }
    const llm = await openLlm(await openRuntime(), bundle, kv, { intraOpThreads: 1, spin: false })
    return new TranscriptJudge(bundle, tokenizer, llm)
  }

  /** See `orderGain`; `speechTokens` are the whole recording's. */
  gain(transcript: string, speechTokens: Int32Array): number | undefined {
    const textIds = this.#tokenizer.encodeUser(promptTranscript(transcript, this.#tokenizer.marks))
    return orderGain(this.#llm, this.#bundle.manifest.llmGraph.ids, textIds, speechTokens)
  }

  release(): void {
    this.#llm.release()
  }
}
