/**
 * Whole utterances: text and a voice in, tokens, mel and samples out, against what the reference made of the same.
 *
 * Streams are compared as far as they mean the same (design: definitions for parity): the reference solves a stream's
 * last chunk with full attention. So mel is compared up to there, and samples by number.
 */
import { z } from 'zod'
import { concatFloats, transposeFloats } from '../core/float-arrays.ts'
import { readVoice, type Voice } from '../core/voice.ts'
import { openVocoder } from '../engine/bundle-models.ts'
import { FeatureRunner } from '../engine/feature-runner.ts'
import { OfflineSpeaker } from '../engine/offline-speaker.ts'
import { ZERO_NOISE } from '../engine/vocoder/harmonic-source.ts'
import type { VocoderRunner } from '../engine/vocoder/vocoder-runner.ts'
import { polish, segmentText } from '../text/front-end.ts'
import { type PromptRules, textPrompt } from '../text/prompt-text.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import { type Check, close, faithful, identical, skipped } from './check.ts'
import { speakLive } from './live-decoding.ts'
import { isRounded, nearMel } from './rounded-weights.ts'
import { onHost, type Stage, type VerifyContext } from './stage.ts'
import { openTokenizer } from './text-stages.ts'

const MEL_LIMIT = 1e-3
/** dB; the reference's own noise of 1e-5 on the mel gives 36 to 40. */
const WAVE_LIMIT = 20
const WAVE_FROM_MEL = 40

const storedCase = z.object({
  case: z.string(),
  text: z.string(),
  vocoder_frames: z.array(z.int()).default([]),
  prompt_text: z.string().nullish(),
  prompt_wav: z.string().nullish(),
  instruct_text: z.string().nullish(),
  /** Text of a live case, as it comes. */
  pieces: z.array(z.string()).optional(),
  speech_tokens: z.array(z.int()),
  token2wav_calls: z
    .array(
      z.object({
        tokens_given: z.int(),
        token_offset: z.int(),
        stream_mask: z.boolean(),
        finalize: z.boolean(),
      }),
    )
    .default([]),
  samples: z.int(),
  options: z.object({
    stream: z.boolean(),
    speed: z.number().optional(),
    kind: z.string().optional(),
  }),
})
type StoredCase = z.infer<typeof storedCase>

export const pipelineStage: Stage = {
  name: 'pipeline',
  section: 'pipeline',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const { runtime, bundle, session, expected } = context
    const cases = await expected.json('pipeline/cases', z.array(storedCase))
    if (cases === undefined) {
      yield skipped('cases.json', 'tokens', 'not stored')
      return
    }
    const tokenizer = await openTokenizer(context)
    const speaker = await OfflineSpeaker.open(runtime, bundle, session)
    const vocoder = await openVocoder(runtime, bundle, session)
    const voices = new CaseVoices(context)
    try {
      for (const stored of cases) {
        const voice = await voices.of(stored)
        const { llm } = bundle.manifest.weights
        const parts = isRounded(llm) && stored.pieces === undefined ? segmentsOf(tokenizer, stored).length : 1
        if (typeof voice === 'string') yield skipped(stored.case, 'tokens', voice)
        else if (parts > 1)
          yield skipped(stored.case, 'tokens', `${parts} sentences; stored tokens are not told apart`)
        else
          yield* caseChecks(context, stored, await speak(context, speaker, tokenizer, stored, voice), vocoder)
      }
    } finally {
      speaker.release()
      vocoder.release()
    }
  },
}

const NOTHING_ASKED = {
  promptTextIds: new Int32Array(0),
  sampling: 'greedy',
  seed: 0,
  sourceNoise: 'zero',
} as const

interface Spoken {
  readonly tokens: Int32Array
  /** `[frames, mels]`. */
  readonly mel: Float32Array
  readonly wave: Float32Array
}

async function speak(
  context: VerifyContext,
  speaker: OfflineSpeaker,
  tokenizer: TextTokenizer,
  stored: StoredCase,
  voice: Voice,
): Promise<Spoken> {
  const { options, pieces } = stored
  const { prompt: rules, weights } = context.bundle.manifest
  // Rounded weights choose other tokens, so the rest is compared over the stored ones.
  const given = isRounded(weights.llm) ? { givenTokens: Int32Array.from(stored.speech_tokens) } : {}
  const { promptTextIds, speech } = promptOf(tokenizer, rules, stored, voice)
  if (pieces !== undefined) {
    const asked = { promptTextIds, promptSpeech: speech ? voice.speechTokens : new Int32Array(0) }
    const ids = pieces.map((piece) => tokenizer.encodeTrusted(piece))
    const givenTokens = given.givenTokens ?? (await speakLive(context, { ...asked, pieces: ids }))
    const { stream } = options
    const speed = options.speed ?? 1
    const textIds = new Int32Array(0)
    return speaker.speak({ voice, ...NOTHING_ASKED, textIds, givenTokens, stream, speed })
  }
  const results = segmentsOf(tokenizer, stored).map((segment) =>
    speaker.speak({
      voice,
      ...given,
      promptTextIds,
      promptSpeech: speech,
      textIds: tokenizer.encodeTrusted(polish(segment)),
      sampling: 'greedy',
      seed: 0,
      stream: options.stream,
      speed: options.speed ?? 1,
      sourceNoise: 'zero',
    }),
  )
  return {
    tokens: Int32Array.from(results.flatMap(({ tokens }) => [...tokens])),
    mel: concatFloats(results.map(({ mel }) => mel)),
    wave: concatFloats(results.map(({ wave }) => wave)),
  }
}

/** A stored text may hold the mark: it was written for the reference, not by a user. */
function segmentsOf(tokenizer: TextTokenizer, { text }: StoredCase): string[] {
  return segmentText(text, (part) => tokenizer.encodeTrusted(part).length)
}

/** A cross-lingual text of a model with a standing mark is stored with it. */
function promptOf(tokenizer: TextTokenizer, rules: PromptRules, stored: StoredCase, voice: Voice) {
  const { instruct_text: instruct, options } = stored
  if (typeof instruct === 'string') return { promptTextIds: tokenizer.encodeTrusted(instruct), speech: false }
  const known = voice.mode === 'transcript' && options.kind !== 'cross'
  const transcript = known ? voice.transcript : undefined
  return textPrompt(tokenizer, rules, { mode: 'auto', instruction: '', transcript })
}

async function* caseChecks(
  { expected, bundle }: VerifyContext,
  stored: StoredCase,
  { tokens, mel, wave }: Spoken,
  vocoder: VocoderRunner,
): AsyncGenerator<Check> {
  const name = stored.case
  const { llm, estimator } = bundle.manifest.weights
  if (isRounded(llm)) yield skipped(name, 'tokens', 'the stored ones are spoken')
  else yield identical(name, 'tokens', tokens, stored.speech_tokens)
  yield identical(name, 'number of samples', [wave.length], [stored.samples])
  const array = `pipeline/${name}`
  if (!expected.has(`${array}_mel`)) return
  const { mel: mels } = bundle.manifest.parameters.hift
  const { data } = await expected.floats(`${array}_mel`)
  const given = transposeFloats(data, mels, data.length / mels)
  if (stored.options.stream) {
    yield* streamMelChecks({ expected, bundle } as VerifyContext, stored, mel, given)
    return
  }
  if (isRounded(estimator)) yield nearMel(name, 'mel', mel, given)
  else yield close(name, 'mel', mel, given, MEL_LIMIT)
  if (!expected.has(array)) return
  const samples = (await expected.floats(array)).data
  // Phases drift with the mel, so samples say nothing of a mel that differs.
  if (!isRounded(estimator)) yield faithful(name, 'waveform, dB', wave, samples, WAVE_LIMIT)
  const fromGiven = vocoder.push(vocoder.open(ZERO_NOISE), given, { ended: true })
  yield faithful(name, 'waveform from the stored mel, dB', fromGiven, samples, WAVE_FROM_MEL)
}

/** The stored mel holds each call's frames one after the other, each call's new ones behind those repeated. */
async function* streamMelChecks(
  { bundle }: VerifyContext,
  stored: StoredCase,
  mel: Float32Array,
  given: Float32Array,
): AsyncGenerator<Check> {
  const { mel: mels, tokenMelRatio, preLookahead } = bundle.manifest.parameters.flow
  let end = 0
  for (const [i, call] of stored.token2wav_calls.entries()) {
    end += stored.vocoder_frames[i]!
    if (!call.stream_mask) continue
    const tokens = call.tokens_given - call.token_offset - (call.finalize ? 0 : preLookahead)
    const frames = tokens * tokenMelRatio
    const from = call.token_offset * tokenMelRatio
    const ours = mel.subarray(from * mels, (from + frames) * mels)
    const theirs = given.subarray((end - frames) * mels, end * mels)
    const what = `mel, frames ${from} to ${from + frames}`
    if (isRounded(bundle.manifest.weights.estimator)) yield nearMel(stored.case, what, ours, theirs)
    else yield close(stored.case, what, ours, theirs, MEL_LIMIT)
  }
}

/** The voice that each kind of case speaks with. */
class CaseVoices {
  readonly #context: VerifyContext
  readonly #extracted = new Map<string, Voice | string>()

  constructor(context: VerifyContext) {
    this.#context = context
  }

  /** A voice, or why there is none. */
  of({
    options: { kind = 'zero-shot' },
    prompt_wav: wav,
    prompt_text: text,
    instruct_text: instruct,
    pieces,
  }: StoredCase): Promise<Voice | string> {
    if (kind === 'zero-shot' || kind === 'zs' || (kind === 'live' && pieces !== undefined))
      return this.#fromRecording(wav, text ?? '')
    if (kind === 'cross' || (kind === 'instruct' && typeof instruct === 'string'))
      return this.#fromRecording(wav, undefined)
    if (kind === 'spk') return this.#fromBundle('zero-shot')
    if (kind === 'sft') return this.#fromBundle('sft')
    return Promise.resolve(`what a case of kind '${kind}' was given is not stored`)
  }

  async #fromBundle(kind: 'zero-shot' | 'sft'): Promise<Voice | string> {
    const { bundle } = this.#context
    const found = bundle.manifest.voices.find((voice) => voice.kind === kind)
    return found === undefined ? `the bundle has no ${kind} voice` : readVoice(bundle.path(found.file))
  }

  /** Without a transcript only the sound is taken. */
  async #fromRecording(
    wav: string | null | undefined,
    transcript: string | undefined,
  ): Promise<Voice | string> {
    if (typeof wav !== 'string') return 'which recording it speaks with is not stored'
    const known = this.#extracted.get(wav) ?? (await this.#extract(wav))
    this.#extracted.set(wav, known)
    if (typeof known === 'string') return known
    if (transcript === undefined) return { ...known, mode: 'style' }
    return { ...known, mode: 'transcript', transcript }
  }

  async #extract(wav: string): Promise<Voice | string> {
    const { runtime, bundle, session, expected } = this.#context
    const recording = await expected.recording(wav)
    if (recording === undefined) return `its recording ${wav} is not there`
    const { samples, sampleRate } = recording
    const runner = await FeatureRunner.open(runtime, bundle, onHost(session))
    try {
      const seconds = samples.length / sampleRate
      const features = runner.extract(samples, sampleRate)
      return { key: wav, transcript: '', mode: 'style', seconds, language: undefined, ...features }
    } finally {
      runner.release()
    }
  }
}
