/**
 * How near the times of words are, under the same text and the same speech tokens.
 *
 * Sentences are as flite says them, which knows when it says each word. With `--speech` they are
 * a shard of the recipe's speech, with the times of its phones.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { decodeAudio } from '../../src/audio/decode.ts'
import { bundleCache } from '../../src/config/install-folder.ts'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { describeError } from '../../src/core/errors.ts'
import { readVoice } from '../../src/core/voice.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import { FeatureRunner } from '../../src/engine/feature-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing } from '../command-line/values.ts'
import { forcedTimes, type Way } from './forced.ts'
import { type TaughtUnit, type TaughtUtterance, taughtSpeech, unitsIn } from './taught-speech.ts'
import { openTeacher, TEACHERS } from './teacher.ts'

const WAYS: readonly Way[] = ['whole', 'live', 'estimate']

const { sentences, speech, voice } = benchCommand(
  'how far the times of words are from those that a teacher knows',
)
  .option('--sentences <n>', 'of each teacher, at most 60', count, 15)
  .option(
    '--speech <shard>',
    "a shard's .jsonl, such as speech/mandarin-0000.jsonl of the training's work folder",
    existing,
  )
  .option('--voice <id>', 'whose prompt stands before that speech', 'ming')
  .parse()
  .opts<{ sentences: number; speech?: string; voice: string }>()

try {
  await measure(speech === undefined ? fliteSpeech(sentences) : shardSpeech(speech, voice))
} catch (error) {
  const needed = speech === undefined ? "; flite's libraries are needed (Debian: libflite1)" : ''
  console.error(`words: ${describeError(error)}${needed}`)
  process.exitCode = 1
}

interface Sentence extends TaughtUtterance {
  /** Whose prompt stands before it. */
  readonly voice: string
}

async function* fliteSpeech(sentences: number): AsyncGenerator<Sentence> {
  const texts = (await readFile(join(EMBEDDED_VOICE, '../sentences/english.txt'), 'utf8')).trim().split('\n')
  for (const voice of TEACHERS) {
    const teach = openTeacher(voice)
    for (const text of texts.slice(0, sentences)) {
      const { recording, words } = teach(text)
      const { samples, sampleRate } = await decodeAudio(await readFile(recording), { maxSeconds: 30 })
      await rm(recording)
      if (words.length === unitsIn(text).length) yield { voice, text, samples, sampleRate, units: words }
    }
  }
}

async function* shardSpeech(path: string, voice: string): AsyncGenerator<Sentence> {
  for (const utterance of await taughtSpeech(path)) yield { ...utterance, voice }
}

async function measure(speech: AsyncIterable<Sentence>): Promise<void> {
  const folder = await bundleOf(EMBEDDED_VOICE, { cacheDir: bundleCache(), dtype: 'fp32' })
  const bundle = await readBundle(folder)
  const tokenizer = await TextTokenizer.load(join(folder, 'tokenizer'), bundle.manifest.text)
  const runtime = await openRuntime()
  const session = { intraOpThreads: 1, spin: false }
  const llm = await openLlm(runtime, bundle, { rows: 1, capacity: 4096 }, session)
  const features = await FeatureRunner.open(runtime, bundle, session)
  const errors = Object.fromEntries(WAYS.map((way) => [way, { start: [], end: [] } as Errors]))
  const facts = { sentences: 0, words: 0, disordered: 0, passed: 0 }
  for await (const { voice: id, units, ...said } of speech) {
    const known = bundle.manifest.voices.find((each) => each.id === id)
    if (known === undefined) throw new Error(`expected a voice of the bundle, got ${id}`)
    const prompt = await readVoice(bundle.path(known.file))
    const tokens = await features.tokens(said.samples, said.sampleRate, () => {})
    for (const way of WAYS) {
      const times = forcedTimes({ llm, bundle, tokenizer }, prompt, { ...said, tokens }, way)
      const taught = wordsOf(times, units)
      if (taught !== undefined) compare(errors[way]!, times, taught)
      if (times.some(({ start }, i) => i > 0 && start < times[i - 1]!.start)) facts.disordered++
      if (way !== 'whole') continue
      if (taught === undefined) facts.passed++
      else {
        facts.sentences++
        facts.words += times.length
      }
    }
  }
  llm.release()
  features.release()
  report(errors, facts)
}

/** What the teacher knows of each word that was told; undefined where the words are made of other units. */
function wordsOf(
  times: readonly { readonly text: string }[],
  units: readonly TaughtUnit[],
): TaughtUnit[] | undefined {
  let at = 0
  const words = times.map(({ text }) => {
    const said = units.slice(at, at + unitsIn(text).length)
    at += unitsIn(text).length
    return { start: said[0]?.start ?? 0, end: said.at(-1)?.end ?? 0 }
  })
  return at === units.length ? words : undefined
}

interface Errors {
  readonly start: number[]
  readonly end: number[]
}

function compare(
  errors: Errors,
  times: readonly { start: number; end: number }[],
  taught: readonly TaughtUnit[],
) {
  for (const [i, { start, end }] of times.entries()) {
    errors.start.push(Math.abs(start - taught[i]!.start))
    errors.end.push(Math.abs(end - taught[i]!.end))
  }
}

function report(
  errors: Readonly<Record<string, Errors>>,
  facts: { sentences: number; words: number; disordered: number; passed: number },
): void {
  const ms = (values: number[], share: number) =>
    Math.round(1000 * values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!)
  const figures = Object.entries(errors).map(([way, { start, end }]) => ({
    way,
    start_median_ms: ms(start, 0.5),
    start_p95_ms: ms(start, 0.95),
    end_median_ms: ms(end, 0.5),
    end_p95_ms: ms(end, 0.95),
    within_200_ms: start.filter((error) => error <= 0.2).length / start.length,
  }))
  console.table(figures)
  console.log(JSON.stringify({ ...facts, figures }))
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 60) return value
  throw new InvalidArgumentError(`expected 1…60, got '${text}'`)
}
