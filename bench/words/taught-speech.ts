/** Speech whose phone times its teacher told: a shard of the recipe's speech (`demo/training`), `NAME.jsonl` beside `NAME.flac`. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decodeAudio } from '../../src/audio/decode.ts'

/** A word in English, a character in Mandarin. */
export interface TaughtUnit {
  /** Seconds. */
  readonly start: number
  readonly end: number
}

export interface TaughtUtterance {
  readonly text: string
  readonly samples: Float32Array
  readonly sampleRate: number
  readonly units: readonly TaughtUnit[]
}

/** Phone, its end in samples, the unit that it is in (-1: a pause), and what else is told of it. */
const phone = z.tuple([z.string(), z.int(), z.int()]).rest(z.unknown())
const line = z.object({ text: z.string(), samples: z.int().positive(), phones: z.array(phone) })

/** A longest shard is some minutes. */
const MAX_SECONDS = 3600

/** Utterances whose units can be told apart in the text: Han characters, or words between blanks. */
export async function taughtSpeech(path: string): Promise<TaughtUtterance[]> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  const { samples, sampleRate } = await decodeAudio(await readFile(path.replace(/\.jsonl$/, '.flac')), {
    maxSeconds: MAX_SECONDS,
  })
  const found: TaughtUtterance[] = []
  let at = 0
  for (const json of lines) {
    const { text, samples: count, phones } = line.parse(JSON.parse(json))
    const units = unitsOf(phones, sampleRate)
    if (unitsIn(text).length === units.length)
      found.push({ text, samples: samples.subarray(at, at + count), sampleRate, units })
    at += count
  }
  return found
}

/** Where the text's units are said, each as it is written. */
export function unitsIn(text: string): string[] {
  return /\p{Script=Han}/u.test(text)
    ? (text.match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [])
    : text.trim().split(/\s+/)
}

function unitsOf(phones: readonly z.infer<typeof phone>[], sampleRate: number): TaughtUnit[] {
  const units: { start: number; end: number }[] = []
  let begin = 0
  for (const [, end, unit] of phones) {
    if (unit >= 0) {
      units[unit] ??= { start: begin / sampleRate, end: 0 }
      units[unit].end = end / sampleRate
    }
    begin = end
  }
  return units
}
