/**
 * Task of the voice pool: decodes a recording, or extracts a voice's features from a decoded one.
 *
 * Models are loaded with the first extraction and released when none came for half a minute.
 */
import { workerData } from 'node:worker_threads'
import { decodeAudio } from '../src/audio/decode.ts'
import { unsupportedAudio } from '../src/audio/recording.ts'
import { readBundle } from '../src/core/bundle.ts'
import { collectGarbage } from '../src/core/collect-garbage.ts'
import { TtsError } from '../src/core/errors.ts'
import type { SpeechSource } from '../src/core/speech-port.ts'
import type { Voice } from '../src/core/voice.ts'
import { FeatureRunner, type VoiceFeatures } from '../src/engine/feature-runner.ts'
import { openRuntime } from '../src/engine/runtime/open-runtime.ts'
import { trimNativeHeap } from '../src/lanes/native-heap.ts'
import { splitInstruction } from '../src/text/instruction.ts'
import { checkPrompt } from '../src/voice/prompt-check.ts'
import { cleanRecording } from '../src/voice/prompt-hygiene.ts'
import { modeByGain, modeByRate } from '../src/voice/prompt-mode.ts'
import { voiceKey } from '../src/voice/voice-key.ts'
import type { DecodeTask, ExtractTask, Recording, TokenizeTask } from '../src/voice/voice-maker.ts'
import type { PooledTask, TaskOutcome, VoiceThreadData } from '../src/voice/voice-tasks.ts'
import { IdleResource } from './idle-resource.ts'
import { TranscriptJudge } from './transcript-judge.ts'

// Piscina hands its own data first, then the pool's.
const settings = (Array.isArray(workerData) ? workerData.at(-1) : workerData) as VoiceThreadData

const IDLE_MS = 30_000

const tidy = () => {
  collectGarbage()
  trimNativeHeap()
}
// The thread stays while it has nothing to do, and gives back what it holds.
const runner = new IdleResource(openRunner, IDLE_MS, tidy)
const judge = new IdleResource(openJudge, IDLE_MS, tidy)

export default async function run({
  task,
  calledOff,
}: PooledTask<DecodeTask | ExtractTask | TokenizeTask>): Promise<
  TaskOutcome<Recording | Voice | SpeechSource>
> {
  const checkpoint = () => {
    if (Atomics.load(calledOff, 0) === 1)
      throw new TtsError('CANCELLED', 'Cancelled', 'the result is wanted no more')
  }
  try {
    checkpoint()
    return { ok: true, value: await perform(task, checkpoint) }
  } catch (error) {
    if (error instanceof TtsError) {
      return { ok: false, code: error.code, message: error.message, detail: error.detail }
    }
    return { ok: false, code: 'INTERNAL', message: 'Internal error', detail: String(error) }
  }
}

function perform(task: DecodeTask | ExtractTask | TokenizeTask, checkpoint: () => void) {
  if (task.task === 'decode') return decode(task)
  return task.task === 'extract' ? extract(task, checkpoint) : tokenize(task, checkpoint)
}

/** Every sound of it, silence too: the answer is as long as the recording. */
async function tokenize({ audio }: TokenizeTask, checkpoint: () => void): Promise<SpeechSource> {
  const { maxPromptSeconds } = settings
  const decoded = await decodeAudio(audio, { maxSeconds: maxPromptSeconds })
  checkPrompt(decoded, maxPromptSeconds)
  const { samples, sampleRate } = decoded
  checkpoint()
  const tokens = await runner.use((features) => features.tokens(samples, sampleRate, checkpoint))
  return { tokens, seconds: samples.length / sampleRate }
}

async function decode({ audio, promptText, promptMode }: DecodeTask): Promise<Recording> {
  const { modelName, maxPromptSeconds } = settings
  const decoded = await decodeAudio(audio, { maxSeconds: maxPromptSeconds })
  checkPrompt(decoded, maxPromptSeconds)
  const clean = cleanRecording(decoded)
  const { samples, sampleRate, activeSeconds, warnings } = clean
  const transcript = splitInstruction(promptText).text.trim()
  const mode = modeByRate(promptMode, transcript, activeSeconds)
  const key = voiceKey({ samples, sampleRate, transcript, mode, model: modelName })
  const seconds = samples.length / sampleRate
  return { key, samples, sampleRate, seconds, transcript, mode, warnings }
}

async function extract({ recording }: ExtractTask, checkpoint: () => void): Promise<Voice> {
  const { key, samples, sampleRate, seconds, transcript, mode: asked } = recording
  const features = await runner.use((features) => features.extract(samples, sampleRate, checkpoint))
  checkFeatures(features)
  let mode = asked
  if (mode === 'undecided') {
    checkpoint()
    const gain = await judge.use((opened) => opened.gain(transcript, features.speechTokens))
    mode = modeByGain(gain)
  }
  return { key, transcript, mode, seconds, language: undefined, ...features }
}

/** A voice whose features are no numbers would fail every request that speaks with it. */
function checkFeatures({ mel, embedding }: VoiceFeatures): void {
  if (mel.every(Number.isFinite) && embedding.every(Number.isFinite)) return
  throw unsupportedAudio('expected a recording with features in the range of numbers, got one without')
}

async function openRunner(): Promise<FeatureRunner> {
  const bundle = await readBundle(settings.bundleDir)
  return FeatureRunner.open(await openRuntime(settings), bundle, { intraOpThreads: 1, spin: false })
}

async function openJudge(): Promise<TranscriptJudge> {
  return TranscriptJudge.open(await readBundle(settings.bundleDir))
}
