/**
 * Whether the answers still say their words: a sample of them is written as WAV files for a command that hears.
 *
 * The command is given `--list FILE --json FILE`: the list has a line `wav<TAB>text` for each answer, and it writes an
 * array with `wer: [errors, words]` for each (or `cer`, for languages without spaces).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outcome } from './outcome.ts'

export interface Judgement {
  readonly answers: number
  readonly words: number
  /** Share of words (or characters) that were heard wrong. */
  readonly error_rate: number
}

/** Throws where the command fails or writes something else. */
export function judge(command: string, outcomes: readonly Outcome[]): Judgement {
  const kept = outcomes.flatMap(({ kept: answer, error }) =>
    answer === undefined || error !== undefined ? [] : [answer],
  )
  if (kept.length === 0) throw new Error('--judge: expected answers to hear, got none')
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-judge-'))
  try {
    const lines = kept.map(({ text, sampleRate, pcm }, i) => {
      const file = join(folder, `${i}.wav`)
      writeFileSync(file, wavOf(pcm, sampleRate))
      return `${file}\t${text.replaceAll(/[\t\n]/g, ' ')}\n`
    })
    const list = join(folder, 'list.tsv')
    const json = join(folder, 'heard.json')
    writeFileSync(list, lines.join(''))
    const { status } = spawnSync(`${command} --list '${list}' --json '${json}'`, {
      shell: true,
      stdio: ['ignore', process.stderr, 'inherit'],
    })
    if (status !== 0) throw new Error(`--judge: the command ended with ${status}`)
    const heard = JSON.parse(readFileSync(json, 'utf8')) as {
      wer?: [number, number]
      cer?: [number, number]
    }[]
    const counts = heard.map(({ wer, cer }) => wer ?? cer ?? [0, 0])
    const sum = (at: 0 | 1) => counts.reduce((all, count) => all + count[at]!, 0)
    return { answers: heard.length, words: sum(1), error_rate: sum(0) / Math.max(1, sum(1)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** 16-bit mono samples with the shortest header. */
function wavOf(pcm: Uint8Array, sampleRate: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + pcm.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(sampleRate, 24)
  head.writeUInt32LE(2 * sampleRate, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(pcm.length, 40)
  return Buffer.concat([head, pcm])
}
