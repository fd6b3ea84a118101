/**
 * What rounded weights lose against fp32, stage by stage and in all, with the embedded voice; the last line is JSON.
 *
 *   node dist/bench/weights/main.js [--utterances 30] [--formats int8,cpu] [--solver 2m-7] [--wavs FOLDER] [--ear 'python3 ear.py']
 *
 * LLM: behind the speech tokens that fp32 chose, how often the likeliest next one is the same. And how far the
 * log-probabilities of its likeliest 25 are. Flow: mels of these same tokens, solved in blocks as a stream is. In all:
 * each format says every text with tokens of its own, which `--ear` hears (see `../solver/ear.ts`).
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { DistanceSum } from '../../src/core/mel-distance.ts'
import { WEIGHT_TYPES, type WeightType } from '../../src/core/weight-set.ts'
import { openLlm, sequenceRules } from '../../src/engine/bundle-models.ts'
import { PlainSequence } from '../../src/engine/llm/llm-sequence.ts'
import { likeliest, logSoftmaxInPlace } from '../../src/engine/llm/sampler.ts'
import { OfflineSpeaker } from '../../src/engine/offline-speaker.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing, listOf, oneOf, positive } from '../command-line/values.ts'
import { report } from '../report/record.ts'
import { hear, type ToHear } from '../solver/ear.ts'
import { solverName } from '../solver/solver-name.ts'
import { englishUtterances, type Utterance } from '../solver/utterances.ts'

const LIKELY = 25

const options = benchCommand(
  'what rounded weights lose against fp32, stage by stage and in all, with the embedded voice',
)
  .option('--utterances <n>', 'texts that are spoken', positive, 30)
  .option('--formats <list>', 'formats to compare', listOf(oneOf(WEIGHT_TYPES)), ['int8', 'int4', 'cpu'])
  .option('--model <dir>', 'checkpoint', existing, EMBEDDED_VOICE)
  .option('--solver <name>', 'of the flow', solverName, '2m-7')
  .option('--wavs <folder>', 'keep there what is heard, and pairs.tsv')
  .option('--ear <command>', 'hears it: is given --list pairs.tsv --json FILE')
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    utterances: number
    formats: WeightType[]
    model: string
    solver: string
    wavs?: string
    ear?: string
  }>()
const { formats, solver, wavs } = options
const session = { intraOpThreads: 1, spin: false }
const runtime = await openRuntime()

/** What a format said of each utterance, and what it would have said next behind fp32's tokens. */
interface Spoken {
  readonly tokens: Int32Array
  readonly mel: Float32Array
  readonly next: readonly { readonly token: number; readonly logProbabilities: Float32Array }[]
}

const heard: ToHear[] = []
const exact = await bundleAs('fp32')
const utterances = await englishUtterances(exact, options.utterances)
const truth = await speakAll('fp32', exact, undefined)
const rows = []
for (const format of formats) {
  const made = await speakAll(format, await bundleAs(format), truth)
  const mel = new DistanceSum()
  let steps = 0
  let same = 0
  let distance = 0
  for (const [i, { next, mel: frames }] of made.entries()) {
    mel.add(frames, truth[i]!.mel)
    for (const [step, { token, logProbabilities }] of truth[i]!.next.entries()) {
      steps++
      if (next[step]!.token === token) same++
      // Where fp32 expects nothing, a difference means nothing.
      const likely = [...logProbabilities.keys()]
        .sort((a, b) => logProbabilities[b]! - logProbabilities[a]!)
        .slice(0, LIKELY)
      for (const id of likely)
        distance += Math.abs(logProbabilities[id]! - next[step]!.logProbabilities[id]!) / LIKELY
    }
  }
  rows.push({
    format,
    llm_same_token: same / steps,
    llm_log_prob_distance: distance / steps,
    mel_mean_db: mel.distance.mean,
    mel_rms_db: mel.distance.rms,
  })
}
console.log(`${utterances.length} utterances against fp32:`)
console.table(rows)
const ear = wavs === undefined ? undefined : hear(heard, wavs, options.ear)
report('weights', { utterances: utterances.length, solver, rows, ...(ear && { ear }) })

async function bundleAs(dtype: WeightType): Promise<Bundle> {
  const cacheDir = join(tmpdir(), 'light-tts-bench-bundles')
  return readBundle(await bundleOf(options.model, { cacheDir, dtype }))
}

async function speakAll(
  format: WeightType,
  bundle: Bundle,
  given: readonly Spoken[] | undefined,
): Promise<Spoken[]> {
  const speaker = await OfflineSpeaker.open(runtime, bundle, session, { solver })
  const llm = await openLlm(runtime, bundle, { rows: 1, capacity: 2048 }, session)
  const rules = sequenceRules(bundle, llm.pool.maxLength)
  try {
    return utterances.map(({ text, asked }, i) => {
      const own = speaker.speak(asked)
      if (wavs !== undefined) heard.push({ file: keep(`${format}-${i}`, own.wave), text, group: format })
      const tokens = given?.[i]?.tokens ?? own.tokens
      const { mel } = given === undefined ? own : speaker.speak({ ...asked, givenTokens: tokens })
      return { tokens, mel, next: nextBehind(tokens, asked) }
    })
  } finally {
    speaker.release()
    llm.release()
  }

  /** What the LLM thinks of what follows each of these tokens. */
  function nextBehind(tokens: Int32Array, { voice, promptTextIds, textIds }: Utterance['asked']) {
    const sequence = new PlainSequence(promptTextIds, voice.speechTokens, textIds, rules)
    const row = llm.pool.take()
    try {
      return Array.from(tokens, (token) => {
        const { pending } = sequence
        const step = pending.length === 1 ? llm.decode([{ row, id: pending[0]! }]) : undefined
        const logits = step?.logitsOf(0) ?? llm.prefill(row, pending)
        const logProbabilities = logSoftmaxInPlace(logits.slice())
        sequence.accept(token)
        return { token: likeliest(logits.subarray(0, rules.speechTokenSize)), logProbabilities }
      })
    } finally {
      llm.pool.release(row)
    }
  }
}

function keep(name: string, wave: Float32Array): string {
  mkdirSync(wavs!, { recursive: true })
  const file = join(wavs!, `${name}.wav`)
  writeFileSync(file, encodeWav(wave, exact.manifest.parameters.hift.sampleRate))
  return file
}
