/** The command's arguments as a checked set of options. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { listOf, notNegative, positive, positiveNumber, whole } from '../command-line/values.ts'
import type { Dialect, Mode, Speaker, Target } from './plan.ts'
import { textsOf } from './texts.ts'

export interface LoadOptions {
  readonly target: Target
  readonly mode: Mode
  readonly concurrency: number
  readonly rate: number
  readonly requests: number | undefined
  readonly durationMs: number | undefined
  readonly warmup: number
  readonly burstEveryMs: number
  readonly rampMs: number
  readonly arrivals: readonly number[] | undefined
  readonly texts: readonly string[]
  readonly textsName: string
  readonly seed: number
  readonly threads: number | undefined
  readonly limitFirstAudioMs: number
  readonly bufferMs: 0 | 100 | 200
  readonly honourRetry: boolean
  readonly sweep: readonly number[] | undefined
  readonly capacity: boolean
  readonly maxListeners: number
  readonly html: string | undefined
  readonly out: string | undefined
  readonly compare: readonly string[] | undefined
  readonly merge: readonly string[] | undefined
  readonly judge: string | undefined
  readonly judgeSample: number
}

const DEFAULT_PROMPT = fileURLToPath(new URL('../../../demo/voice/prompts/james.wav', import.meta.url))

/** Exits with 0 for `--help` and with 2, after one line, for wrong arguments. */
export function readOptions(argv: readonly string[]): LoadOptions {
  // As `src/core/command-call.ts` has it: the packed tool holds nothing of `src`.
  const command = new Command(process.env['COMMAND_CALL'] ?? 'load')
    .description('Load-tests a speech endpoint and says how it sounds to its listeners.')
    .option('--url <url>', 'the server, such as http://localhost:8080')
    .addOption(
      new Option('--dialect <d>', 'how it is spoken to')
        .choices(['light-tts', 'lighttts', 'openai'])
        .default('light-tts'),
    )
    .addOption(
      new Option('--transport <t>', 'HTTP, or the WebSocket').choices(['http', 'ws']).default('http'),
    )
    .addOption(
      new Option(
        '--mode <m>',
        'closed: N clients, one request after another; open: R requests a second, Poisson; listeners: N people who each hear all before they ask again; burst: N at once',
      )
        .choices(['closed', 'open', 'listeners', 'burst'])
        .default('closed'),
    )
    .option('--concurrency <n>', 'clients, listeners, or requests of a burst', positive, 1)
    .option('--rate <r>', 'requests a second (open)', positiveNumber, 1)
    .option('--arrivals <file>', 'recorded arrivals in ms, one a line (open)')
    .option('--burst-every <s>', 'seconds between bursts', positiveNumber, 10)
    .option('--requests <n>', 'requests in all', positive)
    .option('--duration <s>', 'seconds in which requests begin', positiveNumber)
    .option('--warmup <n>', 'requests before, which are not counted', whole, 0)
    .option('--stream', 'ask for a streaming answer', false)
    .option('--texts <set>', 'en, zh, mixed, long, or a file with one text a line', 'en')
    .option('--ramp <s>', 'seconds over which clients begin; 3 for listeners, else 0', notNegative)
    .option('--voice <ids...>', 'stored voices to draw from, instead of prompts')
    .option('--prompt-wav <files...>', 'recordings to draw from')
    .option('--prompt-text <texts...>', 'what each says; else the .txt beside it')
    .option('--model <name>', 'model to ask for', 'default')
    .option('--speed <x>', '0.5…2', positiveNumber, 1)
    .option('--api-key <key>', 'sent as a bearer token')
    .option('--seed <n>', 'of texts, arrivals and requests', whole, 1)
    .option('--timeout <s>', 'seconds without a byte after which a request has failed', positiveNumber, 60)
    .option('--threads <n>', 'threads of the client; as many as it takes unless given', positive)
    .option(
      '--limit-first-audio <ms>',
      'what goodput and capacity allow, 95th percentile',
      positiveNumber,
      300,
    )
    .addOption(
      new Option('--buffer <ms>', 'player buffer of goodput, capacity and listeners')
        .choices(['0', '100', '200'])
        .default('100'),
    )
    .option(
      '--capacity',
      'find the largest number of listeners that all limits allow, in three seeds each',
      false,
    )
    .option(
      '--honour-retry',
      'refused clients come back when they were told to; else after half a second',
      false,
    )
    .option(
      '--sweep <numbers>',
      'listeners one number after the other, such as 1,2,4,8, and where goodput bends',
      listOf(positive),
    )
    .option('--max-listeners <n>', 'where the search for capacity ends', positive, 512)
    .option('--html <file>', 'a report with charts, in one file')
    .option('--out <file>', 'the figures as JSON')
    .option('--compare <files...>', 'compare two such files instead of testing')
    .option('--merge <files...>', 'figures of several generators, from such files, instead of testing')
    .option('--judge <command>', 'hears answers: is given --list FILE --json FILE, see docs/load-testing.md')
    .option('--judge-sample <n>', 'answers it hears', positive, 20)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' })
  const given = command.opts()
  const refuse: (message: string) => never = (message) => command.error(`error: ${message}`, { exitCode: 2 })
  if (given.compare !== undefined) {
    if (given.compare.length !== 2) refuse(`expected two files to compare, got ${given.compare.length}`)
  } else if (given.merge !== undefined) {
    if (given.merge.length < 2) refuse(`expected two files to merge or more, got ${given.merge.length}`)
  } else if (given.url === undefined) refuse('expected --url, got none')
  else if (!URL.canParse(given.url) || !/^https?:/.test(given.url))
    refuse(`expected --url such as http://localhost:8080, got '${given.url}'`)
  if (given.dialect === 'openai' && given.transport === 'ws')
    refuse('expected --transport http with --dialect openai')
  const mode: Mode = given.capacity || given.sweep !== undefined ? 'listeners' : given.mode
  try {
    return {
      target: targetOf(given),
      mode,
      concurrency: given.concurrency,
      rate: given.rate,
      requests: given.requests,
      durationMs: given.duration === undefined ? undefined : given.duration * 1000,
      warmup: given.warmup,
      burstEveryMs: given.burstEvery * 1000,
      rampMs: 1000 * (given.ramp ?? (mode === 'listeners' ? 3 : 0)),
      arrivals: given.arrivals === undefined ? undefined : readArrivals(given.arrivals),
      texts: textsOf(given.texts),
      textsName: given.texts,
      seed: given.seed,
      threads: given.threads,
      limitFirstAudioMs: given.limitFirstAudio,
      bufferMs: Number(given.buffer) as 0 | 100 | 200,
      honourRetry: given.honourRetry,
      sweep: given.sweep,
      capacity: given.capacity,
      maxListeners: given.maxListeners,
      html: writable(given.html),
      out: writable(given.out),
      compare: given.compare,
      merge: given.merge,
      judge: given.judge,
      judgeSample: given.judgeSample,
    }
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

// biome-ignore lint/suspicious/noExplicitAny: commander's options have no types.
function targetOf(given: any): Target {
  return {
    url: given.url ?? '',
    dialect: given.dialect as Dialect,
    transport: given.transport,
    stream: given.stream,
    apiKey: given.apiKey,
    speakers: speakersOf(given),
    model: given.model,
    speed: given.speed,
    fixedSeed: undefined,
    timeoutMs: given.timeout * 1000,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: commander's options have no types.
function speakersOf({ voice, dialect, promptWav, promptText }: any): Speaker[] {
  if (voice !== undefined) return voice.map((id: string) => ({ voice: id }))
  if (dialect === 'openai') return [{ voice: 'alloy' }]
  const wavs: string[] = promptWav ?? [DEFAULT_PROMPT]
  if (promptText !== undefined && promptText.length !== wavs.length)
    throw new Error(
      `expected a --prompt-text for each of ${wavs.length} recordings, got ${promptText.length}`,
    )
  return wavs.map((wav, i) => ({
    voice: undefined,
    prompt: readFileSync(wav),
    promptText: promptText?.[i] ?? readFileSync(wav.replace(/\.\w+$/, '.txt'), 'utf8').trim(),
  }))
}

/** A test may take minutes; that its report has no place is said before. */
function writable(file: string | undefined): string | undefined {
  if (file !== undefined) accessSync(dirname(file), constants.W_OK)
  return file
}

function readArrivals(path: string): number[] {
  const times = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(Number)
  if (times.length === 0 || times.some((at, i) => !(at >= (times[i - 1] ?? 0))))
    throw new Error(`${path}: expected times in ms that never go back, one a line`)
  return times
}

/** A built-in set of texts, or a file of them, that can be read. */
export function textsName(name: string): string {
  try {
    textsOf(name)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
  return name
}
