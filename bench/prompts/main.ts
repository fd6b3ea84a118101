/**
 * `node dist/bench/prompts/main.js [--bundle DIR] [--verbose]`: how often `prompt_mode: auto` takes a text for what it
 * is. 40 recordings with five texts each; the last line is JSON.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { FeatureRunner } from '../../src/engine/feature-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { cleanRecording } from '../../src/voice/prompt-hygiene.ts'
import { modeByEvidence, modeByRate } from '../../src/voice/prompt-mode.ts'
import { TranscriptJudge } from '../../workers/transcript-judge.ts'
import { type PromptPair, promptPairs, type TextKind } from './pairs.ts'
import { type KnownRecording, knownRecordings } from './recordings.ts'

const KINDS: readonly TextKind[] = [
  'right',
  'slightly wrong',
  'of another',
  'description',
  'empty',
  'very long',
]
const SPOKEN_RECORDINGS = 35

const { values } = parseArgs({
  options: { bundle: { type: 'string' }, verbose: { type: 'boolean', default: false } },
})
const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder =
  values.bundle ?? (await bundleOf(EMBEDDED_VOICE, { cacheDir: `${root}.cache/bundles`, dtype: 'fp32' }))
const bundle = await readBundle(folder)
const recordings = await knownRecordings(bundle, `${root}demo`, SPOKEN_RECORDINGS)
const pairs = promptPairs(recordings.map(({ transcript }) => transcript))
const decided = await decide(bundle, recordings, pairs)

const table = KINDS.map((kind) => {
  const of = decided.filter((each) => each.kind === kind)
  const gains = of.flatMap(({ gain }) => (gain === undefined ? [] : [gain]))
  return {
    kind,
    pairs: of.length,
    transcript: of.filter(({ mode }) => mode === 'transcript').length,
    style: of.filter(({ mode }) => mode === 'style').length,
    gain:
      gains.length === 0
        ? null
        : [Math.min(...gains), Math.max(...gains)].map((value) => Number(value.toFixed(2))),
  }
})
console.log('| text             | pairs | transcript | style | gain, lowest and highest |')
console.log('| ---------------- | ----- | ---------- | ----- | ------------------------ |')
for (const { kind, pairs: count, transcript, style, gain } of table) {
  const cells = [
    kind.padEnd(16),
    String(count).padEnd(5),
    String(transcript).padEnd(10),
    String(style).padEnd(5),
  ]
  console.log(`| ${cells.join(' | ')} | ${(gain?.join(' … ') ?? 'not asked').padEnd(24)} |`)
}
if (values.verbose)
  for (const { kind, mode, gain, text } of decided)
    console.log(kind, mode, gain?.toFixed(2), text.slice(0, 60))
console.log(JSON.stringify({ recordings: recordings.length, table }))

interface Decided extends PromptPair {
  readonly mode: 'transcript' | 'style'
  readonly gain: number | undefined
}

/** The same steps as a request's: hygiene, rate, features, the model's ear. */
async function decide(
  from: Bundle,
  known: readonly KnownRecording[],
  asked: readonly PromptPair[],
): Promise<Decided[]> {
  const runner = await FeatureRunner.open(await openRuntime(), from, { intraOpThreads: 2, spin: false })
  const judge = await TranscriptJudge.open(from)
  const heard = known.map((recording) => {
    const clean = cleanRecording(recording)
    return { ...clean, ...runner.extract(clean.samples, clean.sampleRate) }
  })
  const out: Decided[] = []
  for (const pair of asked) {
    const { activeSeconds, hardToHear, speechTokens } = heard[pair.recording]!
    const byRate = modeByRate('auto', pair.text, activeSeconds)
    const gain = byRate === 'undecided' ? judge.gain(pair.text, speechTokens) : undefined
    const evidence = { text: pair.text, soundSeconds: activeSeconds, gain, hardToHear }
    out.push({ ...pair, gain, mode: byRate === 'undecided' ? modeByEvidence(evidence) : byRate })
  }
  judge.release()
  runner.release()
  return out
}
