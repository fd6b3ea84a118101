/**
 * Text and a voice → one waveform on the calling thread, with what every stage gave.
 *
 * The order is the server's (`../speech/synthesizer.ts`): model → voice → text → utterances.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleCache } from '../config/install-folder.ts'
import { bundleOf } from '../convert/bundle-cache.ts'
import type { ConvertProgress } from '../convert/convert.ts'
import { type Bundle, readBundle } from '../core/bundle.ts'
import { nothingToSpeak, TtsError } from '../core/errors.ts'
import { concatFloats } from '../core/float-arrays.ts'
import type { PromptMode, SpeechSource } from '../core/speech-port.ts'
import { checkStyle, type SpeechMode } from '../core/speech-style.ts'
import type { TimedText } from '../core/timed-text.ts'
import type { Voice } from '../core/voice.ts'
import { languageOf } from '../core/voice-language.ts'
import type { WeightType } from '../core/weight-set.ts'
import { OfflineSpeaker, type UtteranceResult } from '../engine/offline-speaker.ts'
import { speakableOptions } from '../speech/request-text.ts'
import { heardSpeed } from '../speech/spoken-parts.ts'
import { promptBefore, spokenStyle } from '../speech/spoken-style.ts'
import { utteranceSeed } from '../speech/utterance-seed.ts'
import { splitInstruction } from '../text/instruction.ts'
import { abilitiesOf } from '../text/prompt-text.ts'
import { speakable } from '../text/speakable.ts'
import { TextTokenizer } from '../text/tokenizer.ts'
import { VoiceLibrary } from '../voice/voice-library.ts'
import { VoiceMaker } from '../voice/voice-maker.ts'
import { openVoiceTasks } from '../voice/voice-tasks.ts'
import { openOffline } from './offline-device.ts'
import { OfflineTimes } from './offline-times.ts'

export interface SayRequest {
  readonly text: string
  /** Bundle or checkpoint folder. */
  readonly model: string
  readonly dtype: WeightType
  /** Stored voice; the model's first where neither this nor `promptWav` is given. */
  readonly voice?: string
  /** File with a recording. */
  readonly promptWav?: string
  readonly promptText: string
  /** Of digits and signs whose text does not tell it; the voice's where missing. */
  readonly language?: string
  readonly textFormat?: 'auto' | 'plain'
  /** File with a JSON object: written form → how it is said. */
  readonly dictionary?: string
  readonly promptMode: PromptMode
  /** How the recording and the instruction are used. */
  readonly mode?: SpeechMode
  /** How to speak; none where empty. */
  readonly instruct?: string
  readonly seed: number
  readonly stream: boolean
  /** 0.5–2. */
  readonly speed: number
  /** Which ids are barred before speech may end: the bundle's, or that which the reference bars. */
  readonly compat?: 'own' | 'reference'
  /** Of the flow; the bundle's, else the reference's where not given. */
  readonly solver?: string
  readonly threads: number
  /** `cpu`, or a card such as `cuda:0`. */
  readonly device?: string
  readonly sampling: 'ras' | 'greedy'
  readonly sourceNoise: 'seeded' | 'zero'
  /** File with a JSON array of speech tokens. */
  readonly tokens?: string
  /** File with a recording whose words are said in the voice, instead of a text. */
  readonly convert?: string
  /** Whether the times of words are wanted. */
  readonly timed?: boolean
  readonly onProgress?: (progress: ConvertProgress) => void
}

export interface Said {
  /** Of all segments, one after the other. */
  readonly tokens: Int32Array
  /** `[frames, mels]`. */
  readonly mel: Float32Array
  readonly mels: number
  readonly wave: Float32Array
  readonly sampleRate: number
  /** Milliseconds in each stage, and to the first samples. */
  readonly timings: UtteranceResult['timings']
  readonly segments: readonly string[]
  /** Words of the text with their times, where they were asked for and a text is said. */
  readonly words: readonly TimedText[]
  /** One line each, of what is not said as it is written. */
  readonly warnings: readonly string[]
  /** The voice's name, for people. */
  readonly voice: string
}

const MAX_PROMPT_SECONDS = 30

/** Throws TtsError: BAD_BUNDLE, BAD_CHECKPOINT, VOICE_NOT_FOUND, the refusals of recordings, INVALID_PARAMETER, BAD_USAGE. */
export async function saySpeech(request: SayRequest): Promise<Said> {
  const listed = request.tokens === undefined ? undefined : await readTokens(request.tokens)
  const bundleDir = await bundleOf(request.model, {
    cacheDir: process.env.LIGHT_TTS_CACHE_DIR || bundleCache(),
    dtype: request.dtype,
    ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
  })
  const bundle = await readBundle(bundleDir)
  if (listed !== undefined) checkTokens(listed, bundle, request.tokens!)
  const tokenizer = await TextTokenizer.load(join(bundleDir, 'tokenizer'), bundle.manifest.text)
  const abilities = abilitiesOf(bundle.manifest.prompt, tokenizer)
  checkStyle(request, abilities, '--instruct')
  const given =
    request.convert === undefined
      ? listed
      : (await heard(bundle, (maker) => tokenise(maker, request.convert!))).tokens
  const { voice, name } = await findVoice(bundle, request)
  const dictionary = request.dictionary === undefined ? {} : await readWords(request.dictionary)
  const rules = speakableOptions(
    { tokenizer, languages: bundle.manifest.languages },
    { language: request.language, textFormat: request.textFormat },
    voice.language ?? languageOf(voice.transcript),
    dictionary,
  )
  // Given tokens are one utterance, whatever the text.
  const { segments, warnings } =
    given === undefined
      ? speakable(request.text, rules)
      : { segments: [{ text: request.text, leadMs: 0, pauseMs: 0, rate: 1 }], warnings: [] }
  if (segments.length === 0) throw nothingToSpeak(warnings.map(({ message }) => message))
  const own = { ...request, promptInstruction: splitInstruction(request.promptText).instruction }
  // Whose tokens are known asks the language model nothing.
  const asked = given === undefined ? own : { mode: 'cross_lingual' as const }
  const style = spokenStyle(
    { tokenizer, rules: bundle.manifest.prompt, abilities },
    asked,
    voice,
    splitInstruction(request.text).instruction,
  )
  const timing =
    request.timed === true && given === undefined
      ? new OfflineTimes(request.text, { tokenizer, rules, bundle, speed: request.speed })
      : undefined
  const { runtime, session } = await openOffline(request.device ?? 'cpu', request.threads)
  const speaker = await OfflineSpeaker.open(runtime, bundle, session, {
    solver: request.solver ?? bundle.manifest.flowGraph.solver,
    compat: request.compat ?? 'own',
  })
  try {
    const results = segments.map((segment, i) => {
      const { promptTextIds, frontIds, speech } =
        request.promptMode === 'transcript'
          ? style.prompt
          : promptBefore(segment.text, style, voice.transcript)
      return speaker.speak({
        ...(timing === undefined ? {} : { placesBehind: frontIds.length }),
        voice,
        promptTextIds,
        promptSpeech: speech,
        textIds: Int32Array.of(...frontIds, ...tokenizer.encodeUser(segment.text)),
        sampling: request.sampling,
        seed: utteranceSeed(request.seed, i),
        ...(given === undefined ? {} : { givenTokens: given }),
        stream: request.stream,
        speed: heardSpeed(request.speed, segment.rate),
        sourceNoise: request.sourceNoise,
      })
    })
    const { sampleRate, mels } = speaker
    const silence = (ms: number) => new Float32Array(Math.round((ms * sampleRate) / 1000))
    const pauses = segments.map(({ pauseMs }) => silence(pauseMs))
    const lead = silence(segments[0]!.leadMs)
    return {
      ...joined(results),
      wave: concatFloats([lead, ...results.flatMap(({ wave }, i) => [wave, pauses[i]!])]),
      words: timing?.of(segments, results, { lead, pauses }) ?? [],
      mels,
      sampleRate,
      segments: segments.map(({ text }) => text),
      warnings: [...style.warnings, ...warnings.map(({ message }) => message)],
      voice: name,
    }
  } finally {
    speaker.release()
  }
}

function joined(results: readonly UtteranceResult[]): Pick<Said, 'tokens' | 'mel' | 'timings'> {
  const sum = (stage: 'llm' | 'flow' | 'vocoder') =>
    results.reduce((all, { timings }) => all + timings[stage], 0)
  return {
    tokens: Int32Array.from(results.flatMap(({ tokens }) => [...tokens])),
    mel: concatFloats(results.map(({ mel }) => mel)),
    timings: {
      llm: sum('llm'),
      flow: sum('flow'),
      vocoder: sum('vocoder'),
      firstSamples: results[0]!.timings.firstSamples,
    },
  }
}

async function findVoice(
  bundle: Bundle,
  { voice: id, promptWav, promptText, promptMode }: SayRequest,
): Promise<{ voice: Voice; name: string }> {
  if (promptWav !== undefined) {
    const audio = await readRecording(promptWav)
    const voice = await heard(bundle, async (maker) =>
      maker.extract(await maker.decode({ audio, promptText, promptMode })),
    )
    return { voice, name: promptWav }
  }
  const library = await VoiceLibrary.open(bundle, undefined)
  const name = id ?? library.list()[0]?.id
  if (name === undefined) {
    throw new TtsError(
      'VOICE_NOT_FOUND',
      'Voice not found',
      'this model has no stored voice: give --prompt-wav',
    )
  }
  return { voice: await library.load(name), name }
}

async function tokenise(maker: VoiceMaker, path: string): Promise<SpeechSource> {
  return maker.tokenize(await readRecording(path))
}

/** What `ask` makes of a recording, in a pool of its own. */
async function heard<T>(bundle: Bundle, ask: (maker: VoiceMaker) => Promise<T>): Promise<T> {
  const tasks = openVoiceTasks({
    bundleDir: bundle.folder,
    modelName: 'default',
    maxPromptSeconds: MAX_PROMPT_SECONDS,
  })
  try {
    return await ask(new VoiceMaker(tasks.pool))
  } finally {
    await tasks.close()
  }
}

function readRecording(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new TtsError('BAD_USAGE', path, `expected a recording, got ${cause.code}`)
  })
}

async function readWords(path: string): Promise<Readonly<Record<string, string>>> {
  const words: unknown = await readFile(path, 'utf8')
    .then((text) => JSON.parse(text) as unknown)
    .catch(() => undefined)
  if (
    typeof words === 'object' &&
    words !== null &&
    Object.values(words).every((said) => typeof said === 'string')
  )
    return words as Readonly<Record<string, string>>
  throw new TtsError('BAD_USAGE', path, 'expected a JSON object of texts, got something else')
}

async function readTokens(path: string): Promise<Int32Array> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new TtsError('BAD_USAGE', path, `expected a JSON array of speech tokens, got ${cause.code}`)
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new TtsError('BAD_USAGE', path, 'expected a JSON array of speech tokens, got no JSON')
  }
  if (!Array.isArray(json) || json.length === 0 || !json.every(Number.isInteger)) {
    throw new TtsError(
      'BAD_USAGE',
      path,
      'expected a JSON array of speech tokens (integers), got something else or none',
    )
  }
  return Int32Array.from(json as number[])
}

function checkTokens(tokens: Int32Array, { manifest }: Bundle, path: string): void {
  const { speechTokenSize } = manifest.parameters.llm
  const wrong = tokens.find((token) => token < 0 || token >= speechTokenSize)
  if (wrong === undefined) return
  throw new TtsError('BAD_USAGE', path, `expected speech tokens 0…${speechTokenSize - 1}, got ${wrong}`)
}
