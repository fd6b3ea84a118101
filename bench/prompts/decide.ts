/** The same steps as a request's: hygiene, rate, features, the model's ear. */
import type { Bundle } from '../../src/core/bundle.ts'
import { FeatureRunner } from '../../src/engine/feature-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { cleanRecording } from '../../src/voice/prompt-hygiene.ts'
import { modeByGain, modeByRate } from '../../src/voice/prompt-mode.ts'
import { TranscriptJudge } from '../../workers/transcript-judge.ts'
import { type PromptPair, promptPairs } from './pairs.ts'
import type { KnownRecording } from './recordings.ts'

export interface Decided extends PromptPair {
  readonly wear: KnownRecording['wear']
  readonly mode: 'transcript' | 'style'
  /** Undefined where the model was not asked. */
  readonly gain: number | undefined
}

export async function decideAll(
  bundle: Bundle,
  known: readonly KnownRecording[],
  descriptions: readonly string[],
): Promise<Decided[]> {
  const runner = await FeatureRunner.open(await openRuntime(), bundle, { intraOpThreads: 2, spin: false })
  const judge = await TranscriptJudge.open(bundle)
  try {
    const heard = known.map((recording) => {
      const clean = cleanRecording(recording)
      return { ...clean, ...runner.extract(clean.samples, clean.sampleRate) }
    })
    const transcripts = known.map(({ transcript }) => transcript)
    return promptPairs(transcripts, descriptions).map((pair) => {
      const { activeSeconds, speechTokens } = heard[pair.recording]!
      const byRate = modeByRate('auto', pair.text, activeSeconds)
      const gain = byRate === 'undecided' ? judge.gain(pair.text, speechTokens) : undefined
      const mode = byRate === 'undecided' ? modeByGain(gain) : byRate
      return { ...pair, wear: known[pair.recording]!.wear, gain, mode }
    })
  } finally {
    judge.release()
    runner.release()
  }
}
