/**
 * `npm run -s read -- BOOK --out PATH`: a book as audio, offline, through a server of its own, or through one that runs.
 *
 * What is spoken is kept beside the output until that is whole: the same command goes on where it was ended.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { AudioFormat } from '../audio/encoders/audio-encoder.ts'
import { trackOf } from '../books/audio-track.ts'
import { partsOf } from '../books/book-parts.ts'
import { PartFolder } from '../books/part-folder.ts'
import { readBook } from '../books/read-book.ts'
import { commandCall } from '../core/command-call.ts'
import { describeError, TtsError } from '../core/errors.ts'
import { languageOf, primaryTag } from '../core/voice-language.ts'
import { type BookOutput, outputOf, writeBook } from './book-output.ts'
import { OwnServer } from './own-server.ts'
import { clock, ReadProgress } from './read-progress.ts'
import { keptPart, type SpokenWish, speakParts } from './spoken-book.ts'

interface ReadOptions {
  readonly out: string
  readonly format?: AudioFormat
  readonly voice?: string
  readonly speed: number
  readonly seed: number
  readonly language?: string
  readonly instruct?: string
  readonly model?: string
  readonly jobs: number
  readonly url?: string
  readonly key?: string
  readonly set: string[]
  readonly list: boolean
}

const command = new Command(commandCall('read'))
  .description(
    'Reads a book aloud into a file with chapters, or a folder with a file for each. Run again, it goes on where it was ended.',
  )
  .argument('<book>', 'an .epub, .md or .txt')
  .option('--out <path>', '.m4b (needs ffmpeg), .mp3, .flac, .aac, .opus, .wav, or a folder', '')
  .addOption(
    new Option('--format <format>', 'of the files in a folder (mp3)').choices([
      'mp3',
      'flac',
      'aac',
      'opus',
      'wav',
    ]),
  )
  .option('--voice <id>', "stored voice; one of the book's language where missing")
  .option('--speed <x>', '0.5…2', inRange(0.5, 2), 1)
  .option('--seed <n>', 'integer 0…4294967295; same seed, same audio', inRange(0, 2 ** 32 - 1), 0)
  .option('--language <tag>', 'of numbers and signs whose text does not tell it')
  .option('--instruct <text>', 'how to speak, where the model takes instructions')
  .option('--model <folder>', 'bundle, or checkpoint (converted once); the embedded voice where missing')
  .option('--jobs <n>', 'parts, of about a minute each, spoken at a time', inRange(1, 64), 2)
  .option('--url <address>', 'server to ask instead of one of its own')
  .option('--key <key>', 'API key for --url (environment: LIGHT_TTS_API_KEY)')
  .option(
    '--set <key=value>',
    'setting of its own server, such as devices=cpu:4; may be repeated',
    (value: string, before: string[]) => [...before, value],
    [] as string[],
  )
  .option('--list', 'print the chapters, and speak nothing', false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (path: string, options: ReadOptions) => {
    await run(path, options).catch((error: unknown) => {
      console.error(`read: ${describeError(error)}`)
      process.exit(1)
    })
  })

async function run(path: string, options: ReadOptions): Promise<void> {
  const book = await readBook(path)
  const parts = await partsOf(book.chapters)
  const spoken = [...new Set(parts.map(({ chapter }) => chapter))].map((index) => ({
    index,
    title: book.chapters[index]!.title,
  }))
  if (parts.length === 0) throw new TtsError('BAD_USAGE', path, 'expected a book with words, got none')
  if (options.list) {
    for (const { index, title } of spoken)
      console.log(`${title} (${book.chapters[index]!.text.length} characters)`)
    return
  }
  if (options.out === '') throw new TtsError('BAD_USAGE', '--out', 'expected a file or a folder, got none')
  // Before anything is spoken that could not be written.
  const output: BookOutput = outputOf(options.out, options.format)
  await mkdir(dirname(options.out), { recursive: true })
  const own = options.url === undefined ? new OwnServer(settingsOf(options)) : undefined
  endWith(own)
  try {
    const ask = askOf(options, own)
    const language = options.language ?? book.language
    const wish: SpokenWish = {
      voice: options.voice ?? (await voiceFor(ask, book.language ?? languageOf(parts[0]!.text))),
      ...{ seed: options.seed, speed: options.speed, language, textFormat: book.textFormat },
      ...{ instructions: options.instruct, model: options.model ?? 'default' },
    }
    const folder = new PartFolder(`${options.out.replace(/\/+$/, '')}.parts`)
    const progress = new ReadProgress(
      parts.map(({ text }) => text.length),
      (index) => book.chapters[parts[index]!.chapter]!.title,
    )
    const work = { parts, wish, folder, concurrency: options.jobs }
    const speech = await speakParts({
      ...work,
      ask: (body) => ask('/v1/audio/speech', JSON.stringify({ ...body, model: 'default' })),
      onPart: (...part) => progress.part(...part),
    }).finally(() => progress.end())
    const trackOfChapter = (chapter?: number) => {
      const places = [...parts.keys()].filter(
        (index) => chapter === undefined || parts[index]!.chapter === chapter,
      )
      return trackOf({
        parts: places.map((index) => parts[index]!),
        titles: book.chapters.map(({ title }) => title),
        lengths: places.map((index) => speech.lengths[index]!),
        sampleRate: speech.sampleRate || 24_000,
        read: (place) => keptPart(work, places[place]!),
      })
    }
    const files = await writeBook(options.out, output, book, trackOfChapter, spoken)
    await folder.remove()
    const { totalSamples, sampleRate } = trackOfChapter()
    const what = files.length === 1 ? files[0] : `${files.length} files in ${options.out}`
    console.log(
      `${what}: ${clock(totalSamples / sampleRate)} of speech by ${wish.voice}, ${spoken.length} chapters`,
    )
  } finally {
    own?.stop()
  }
}

type Ask = (path: string, body?: string) => Promise<Response>

function askOf({ url, key }: ReadOptions, own: OwnServer | undefined): Ask {
  const given = key ?? process.env.LIGHT_TTS_API_KEY
  return async (path, body) => {
    const address =
      own === undefined
        ? { url: /^https?:/.test(url!) ? url! : `http://${url}`, key: given }
        : await own.address()
    return fetch(new URL(path, address.url), {
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: {
        'Content-Type': 'application/json',
        ...(address.key ? { Authorization: `Bearer ${address.key}` } : {}),
      },
    }).catch((cause: Error) => {
      throw new TtsError(
        'BAD_USAGE',
        address.url,
        `expected a server that answers, got: ${describeError(cause.cause ?? cause)}`,
      )
    })
  }
}

function settingsOf({ model, set }: ReadOptions): string[] {
  return [...(model === undefined ? [] : [`models.book=${model}`]), 'server.requestTimeoutMs=3600000', ...set]
}

/** The first of the book's language, else the first. */
async function voiceFor(ask: Ask, language: string | undefined): Promise<string> {
  const answer = await ask('/v1/voices')
  const { voices } = (answer.ok ? await answer.json() : { voices: [] }) as {
    voices: { id: string; language: string | null }[]
  }
  const wanted = primaryTag(language)
  const voice = voices.find((each) => wanted !== '' && primaryTag(each.language) === wanted) ?? voices[0]
  if (voice !== undefined) return voice.id
  throw new TtsError('BAD_USAGE', '--voice', `expected a stored voice, got none (status ${answer.status})`)
}

/** A press of Ctrl-C ends it at once; what is spoken stays. */
function endWith(own: OwnServer | undefined): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      own?.stop()
      process.stderr.write('\nread: ended; the same command goes on from here\n')
      process.exit(signal === 'SIGINT' ? 130 : 143)
    })
}

function inRange(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    const isWhole = !Number.isInteger(least) || Number.isInteger(value)
    if (text.trim() !== '' && value >= least && value <= most && isWhole) return value
    throw new InvalidArgumentError(`expected ${least}…${most}, got '${text}'`)
  }
}

await command.parseAsync()
