/**
 * Whether texts as people write them are heard as well as the same in plain words; the last line is JSON.
 *
 *   node dist/bench/heard/main.js --ear 'python3 ear.py' [--seeds 3] [--voice james] [--wavs FOLDER] [--only KIND]
 *
 * A server of the embedded voice speaks both with each seed. Word errors count against the plain words as they are
 * said. Where both are the same text to the model their sound is, too, which is looked at and not heard.
 * Exit code 1: a text is worse than its plain form by more than a tenth of its words.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { report } from '../report/record.ts'
import { hear, type ToHear } from '../solver/ear.ts'
import { type HeardPair, PAIRS } from './pairs.ts'

/** Of the words that were meant. */
const MOST_WORSE = 0.1

const { seeds, voice, wavs, ear, only } = benchCommand(
  'whether texts as people write them are heard as well as the same in plain words',
)
  .requiredOption('--ear <command>', 'hears it: is given --list pairs.tsv --json FILE')
  .option('--seeds <n>', 'takes of each text', positive, 3)
  .option('--voice <id>', 'an English voice', 'james')
  .option('--wavs <folder>', 'keep there what is heard, and pairs.tsv')
  .option('--only <text>', 'kinds whose names contain it', '')
  .option('--out <file>', 'store the record, for docs/benchmarks.md')
  .parse()
  .opts<{ seeds: number; voice: string; wavs?: string; ear: string; only: string }>()
const folder = wavs ?? mkdtempSync(join(tmpdir(), 'light-tts-heard-'))
mkdirSync(folder, { recursive: true })

interface Row {
  readonly kind: string
  readonly text: string
  readonly said: 'alike' | 'otherwise'
  readonly ofText?: number
  readonly ofPlain?: number
}

const pairs = PAIRS.filter(({ kind }) => kind.includes(only))
const server = await startServer(['--set', 'limits.rate_limit=off'])
const heard: ToHear[] = []
const isAlike: boolean[] = []
try {
  for (const [i, pair] of pairs.entries()) {
    isAlike.push(await speakBoth(i, pair))
    process.stderr.write(`\rspoken: ${i + 1} of ${pairs.length}`)
  }
} finally {
  await server.stop()
}
process.stderr.write('\n')
const errors = new Map((hear(heard, folder, ear) ?? []).map(({ group, wer }) => [group, wer]))
const rows = pairs.map(({ kind, text }, i): Row => {
  const short = text.replaceAll(/\s+/gu, ' ').slice(0, 48)
  if (isAlike[i]) return { kind, text: short, said: 'alike' }
  return {
    kind,
    text: short,
    said: 'otherwise',
    ofText: errors.get(`${i} text`)!,
    ofPlain: errors.get(`${i} plain`)!,
  }
})
const worse = rows.filter(({ ofText = 0, ofPlain = 0 }) => ofText - ofPlain > MOST_WORSE)
console.table(rows.filter(({ said }) => said === 'otherwise'))
console.log(
  `${rows.length} texts: ${isAlike.filter(Boolean).length} are to the model what their plain form is, ${worse.length} of the others are heard worse by more than ${MOST_WORSE}`,
)
report('heard', { voice, seeds, rows })
if (worse.length > 0) process.exitCode = 1

/** True where both have the same sound with the first seed; else takes of both are kept, to be heard. */
async function speakBoth(i: number, { text, plain }: HeardPair): Promise<boolean> {
  const meant = (await said(plain)).text
  const first = { text: await spoken(text, 1), plain: await spoken(plain, 1) }
  if (first.text.equals(first.plain)) return true
  for (let seed = 1; seed <= seeds; seed++)
    for (const [name, form] of [
      ['text', text],
      ['plain', plain],
    ] as const) {
      const file = join(folder, `${i}-${name}-${seed}.wav`)
      writeFileSync(file, seed === 1 ? first[name] : await spoken(form, seed))
      heard.push({ file, text: meant, group: `${i} ${name}` })
    }
  return false
}

async function said(input: string): Promise<{ text: string }> {
  return (await asked('/v1/text/normalize', { input, voice })).json() as Promise<{ text: string }>
}

async function spoken(input: string, seed: number): Promise<Buffer> {
  const body = { input, voice, seed, response_format: 'wav' }
  return Buffer.from(await (await asked('/v1/audio/speech', body)).arrayBuffer())
}

async function asked(path: string, body: object): Promise<Response> {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer
}
