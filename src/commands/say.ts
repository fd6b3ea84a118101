/**
 * `npm run -s say -- TEXT --out F.wav`: offline synthesis through the server's own models, runners and text front end.
 *
 * A failure is one line on standard error and exit code 1, or 2 for wrong arguments. `offline-speech.ts` makes the
 * speech.
 */
import { stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { audioFile, formatOf } from '../audio/encoders/audio-file.ts'
import { EMBEDDED_VOICE } from '../convert/bundle-cache.ts'
import { commandCall } from '../core/command-call.ts'
import { describeError, TtsError } from '../core/errors.ts'
import type { SpeechMode } from '../core/speech-style.ts'
import { type SubtitleFormat, subtitles } from '../core/subtitles.ts'
import { WEIGHT_TYPES } from '../core/weight-set.ts'
import { isOfflineDevice } from './offline-device.ts'
import { type Said, type SayRequest, saySpeech } from './offline-speech.ts'
import { ProgressLine } from './progress-line.ts'
import { writeDump } from './say-dump.ts'

const command = new Command(commandCall('say'))
  .description('Speaks a text into a WAV file, offline, through the same engine as the server.')
  .argument('[text]', 'what to say; may be missing where --tokens or --convert is given')
  .requiredOption(
    '--out <file>',
    'file to write, mono at the rate of the model: .wav (16-bit), .mp3, .flac, .aac, .opus, .pcm',
  )
  .option('--voice <id>', 'stored voice; the first of the model where neither this nor --prompt-wav is given')
  .option('--prompt-wav <file>', 'recording of the voice to speak with')
  .option('--prompt-text <text>', 'what the recording says', '')
  .addOption(
    new Option(
      '--prompt-mode <mode>',
      'what --prompt-text is (default: auto; transcript, as the reference reads it, with --dump or greedy sampling)',
    ).choices(['auto', 'transcript', 'style']),
  )
  .option('--instruct <text>', 'how to speak: dialect, emotion, speed, role', '')
  .addOption(
    new Option('--mode <mode>', 'instruct: by --instruct alone; cross_lingual: by the sound alone')
      .choices(['auto', 'zero_shot', 'instruct', 'cross_lingual'])
      .default('auto'),
  )
  .option('--convert <file>', 'recording whose words are said in the voice, instead of a text')
  .option('--model <folder>', 'bundle, or checkpoint (converted once into a cache)', EMBEDDED_VOICE)
  .addOption(
    new Option('--dtype <type>', 'weights of the LLM where --model is a checkpoint; cpu: the set for CPUs')
      .choices(WEIGHT_TYPES)
      .default('fp32'),
  )
  .option(
    '--language <tag>',
    'of digits and signs whose text does not tell it; that of the voice if not given',
  )
  .option('--dictionary <file>', 'JSON object: written form → how it is said')
  .addOption(
    new Option('--text-format <format>', 'plain: Markdown, HTML and SSML are not understood')
      .choices(['auto', 'plain'])
      .default('auto'),
  )
  .addOption(
    new Option(
      '--subtitles <file>',
      'write what is said with its times: .srt or .vtt, a cue for each sentence, long ones in several',
    ).argParser(subtitleFile),
  )
  .option('--show-text', 'print what is said, in words, a line for each segment, and what is not', false)
  .option('--seed <n>', 'integer 0…4294967295; same seed, same speech', wholeNumber, 0)
  .option('--stream', 'make it block by block as a stream is made (block mask), not in one piece', false)
  .option('--speed <x>', '0.5…2', speed, 1)
  .option('--threads <n>', 'CPU threads of each model', wholeNumber, 2)
  .option('--device <name>', 'cpu, or a card such as cuda:0 (fp16 where --dtype is not given)', device, 'cpu')
  .addOption(
    new Option('--sampling <how>', 'greedy: always the likeliest token')
      .choices(['ras', 'greedy'])
      .default('ras'),
  )
  .addOption(
    new Option('--source-noise <how>', 'zero: no noise in the harmonic source, for comparing')
      .choices(['seeded', 'zero'])
      .default('seeded'),
  )
  .option('--solver <name>', 'of the flow: euler10 (the reference), 2m-7 (as served on CPUs), 2m-N')
  .addOption(
    new Option(
      '--compat <code>',
      "reference: before speech may end, bar the one id that the model's own code bars",
    )
      .choices(['own', 'reference'])
      .default('own'),
  )
  .option('--tokens <file>', 'JSON array of speech tokens to speak instead of asking the LLM')
  .option(
    '--dump <folder>',
    'write tokens.json, mel.npy [80, frames], wave.npy (float32) and timings.json there',
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))

await command
  .action(async (text: string | undefined, options: SayCommandOptions) => {
    if (text === undefined && options.tokens === undefined && options.convert === undefined)
      command.error("error: missing argument 'text'", { exitCode: 2 })
    if (options.voice !== undefined && options.promptWav !== undefined)
      command.error('error: expected --voice or --prompt-wav, got both', { exitCode: 2 })
    const sources = [text, options.tokens, options.convert]
    if (options.convert !== undefined && sources.filter((source) => source !== undefined).length > 1)
      command.error('error: expected a text, --tokens or --convert, got two of them', { exitCode: 2 })
    if (options.subtitles !== undefined && text === undefined)
      command.error('error: --subtitles: expected a text, got --tokens or --convert', { exitCode: 2 })
    // A card takes no graph that mixes.
    const isAsked = command.getOptionValueSource('dtype') !== 'default'
    const dtype = options.device === 'cpu' || isAsked ? options.dtype : 'fp16'
    await run(text ?? '', { ...options, dtype }).catch((error: unknown) => {
      console.error(`say: ${describeError(error).replaceAll(/\s*\n\s*/g, ' ')}`)
      process.exitCode = 1
    })
  })
  .parseAsync()

interface SayCommandOptions extends Omit<SayRequest, 'text' | 'promptMode' | 'onProgress'> {
  readonly promptMode?: SayRequest['promptMode']
  readonly out: string
  readonly dump?: string
  readonly subtitles?: SubtitleFile
  readonly showText: boolean
}

async function run(text: string, options: SayCommandOptions): Promise<void> {
  // Before anything is made that could not be written.
  const format = formatOf(options.out)
  for (const path of [options.out, options.subtitles?.path]) if (path !== undefined) await assertFolder(path)
  const line = new ProgressLine(process.stderr)
  const started = performance.now()
  // What is compared with the reference is asked for as the reference is.
  const comparing = options.dump !== undefined || options.sampling === 'greedy'
  const promptMode = options.promptMode ?? promptModeFor(options.mode ?? 'auto', comparing)
  const onProgress: SayRequest['onProgress'] = (progress) => line.show(progress)
  const timed = options.subtitles !== undefined
  const said = await saySpeech({ ...options, promptMode, text, timed, onProgress }).finally(() => line.end())
  await writeFile(options.out, await audioFile(format, said.wave, said.sampleRate))
  if (options.subtitles !== undefined) {
    const { path, format: kind } = options.subtitles
    await writeFile(path, subtitles(said.words, kind, 'sentence'))
  }
  if (options.dump !== undefined) await writeDump(options.dump, said)
  if (options.showText) for (const segment of said.segments) console.log(segment)
  for (const warning of said.warnings) console.error(`warning: ${warning}`)
  console.log(summary(said, options.out, performance.now() - started))
}

async function assertFolder(path: string): Promise<void> {
  const folder = dirname(path)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true)
    throw new TtsError('BAD_USAGE', path, `expected a folder that is there, got '${folder}'`)
}

/** A mode that tells how the recording is used tells what its text is. */
function promptModeFor(mode: SpeechMode, comparing: boolean): SayRequest['promptMode'] {
  if (mode === 'zero_shot') return 'transcript'
  if (mode === 'auto') return comparing ? 'transcript' : 'auto'
  return 'style'
}

function summary({ wave, sampleRate, voice, timings }: Said, out: string, totalMs: number): string {
  const seconds = wave.length / sampleRate
  const factor = (timings.llm + timings.flow + timings.vocoder) / 1000 / seconds
  return `${out}: ${seconds.toFixed(2)} s of speech by ${voice}, made in ${factor.toFixed(3)} of its duration (${Math.round(totalMs)} ms with loading)`
}

interface SubtitleFile {
  readonly path: string
  readonly format: SubtitleFormat
}

function subtitleFile(path: string): SubtitleFile {
  const format = (['srt', 'vtt'] as const).find((each) => path.toLowerCase().endsWith(`.${each}`))
  if (format !== undefined) return { path, format }
  throw new InvalidArgumentError(`expected a file that ends with .srt or .vtt, got '${path}'`)
}

function wholeNumber(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text)
  throw new InvalidArgumentError(`expected an integer 0…4294967295, got '${text}'`)
}

function speed(text: string): number {
  const value = Number(text)
  if (value >= 0.5 && value <= 2) return value
  throw new InvalidArgumentError(`expected 0.5…2, got '${text}'`)
}

function device(name: string): string {
  if (isOfflineDevice(name)) return name
  throw new InvalidArgumentError(`expected cpu or cuda:0…, got '${name}'`)
}
