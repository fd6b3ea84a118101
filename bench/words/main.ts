/**
 * How near the times of words are. Sentences are as the embedded voice's teachers say them, whose word times flite
 * knows: the same text, the same speech tokens.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
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
import { forcedTimes, type Way } from './forced.ts'
import { openTeacher, type TaughtWord, TEACHERS } from './teacher.ts'

const WAYS: readonly Way[] = ['whole', 'live', 'estimate']

const { sentences } = new Command('words')
  .description('Prints how far the times of words are from those that flite, the teacher, knows.')
  .option('--sentences <n>', 'of each teacher, of 60', count, 15)
  .parse()
  .opts<{ sentences: number }>()

try {
  await measure(sentences)
} catch (error) {
  console.error(`words: ${describeError(error)}; flite's libraries are needed (Debian: libflite1)`)
  process.exitCode = 1
}

async function measure(sentences: number): Promise<void> {
  const folder = await bundleOf(EMBEDDED_VOICE, { cacheDir: bundleCache(), dtype: 'fp32' })
  const bundle = await readBundle(folder)
  const { specials, marks, letters } = bundle.manifest.text
  const tokenizer = await TextTokenizer.load(join(folder, 'tokenizer'), specials, marks, letters)
  const runtime = await openRuntime()
  const session = { intraOpThreads: 1, spin: false }
  const llm = await openLlm(runtime, bundle, { rows: 1, capacity: 4096 }, session)
  const features = await FeatureRunner.open(runtime, bundle, session)
  const texts = (await readFile(join(EMBEDDED_VOICE, '../sentences/english.txt'), 'utf8')).trim().split('\n')
  const errors = Object.fromEntries(WAYS.map((way) => [way, { start: [], end: [] } as Errors]))
  let words = 0
  let disordered = 0
  for (const id of TEACHERS) {
    const teach = openTeacher(id)
    const voice = await readVoice(bundle.path(bundle.manifest.voices.find((each) => each.id === id)!.file))
    for (const text of texts.slice(0, sentences)) {
      const { recording, words: taught } = teach(text)
      const { samples, sampleRate } = await decodeAudio(await readFile(recording), { maxSeconds: 30 })
      await rm(recording)
      if (taught.length !== text.trim().split(/\s+/).length) continue
      words += taught.length
      const tokens = await features.tokens(samples, sampleRate, () => {})
      const recorded = { text, tokens, samples, sampleRate }
      for (const way of WAYS) {
        const times = forcedTimes({ llm, bundle, tokenizer }, voice, recorded, way)
        if (times.map(({ text: word }) => word).join(' ') !== text.trim()) disordered++
        compare(errors[way]!, times, taught)
      }
    }
  }
  llm.release()
  features.release()
  report(errors, { words, disordered })
}

interface Errors {
  readonly start: number[]
  readonly end: number[]
}

function compare(
  errors: Errors,
  times: readonly { start: number; end: number }[],
  taught: readonly TaughtWord[],
) {
  for (const [i, { start, end }] of times.entries()) {
    errors.start.push(Math.abs(start - taught[i]!.start))
    errors.end.push(Math.abs(end - taught[i]!.end))
  }
}

function report(
  errors: Readonly<Record<string, Errors>>,
  facts: { words: number; disordered: number },
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
