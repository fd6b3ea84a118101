/** Recordings and the texts that clients send with them: what the decision about prompts is measured on. */
import { wholeUniform } from './uniform.ts'

export const TEXT_KINDS = [
  'right',
  'slightly wrong',
  'of another',
  'description',
  'empty',
  'very long',
] as const
export type TextKind = (typeof TEXT_KINDS)[number]

export interface PromptPair {
  /** Index of the recording. */
  readonly recording: number
  readonly kind: TextKind
  readonly text: string
}

/** Descriptions that each recording is sent with, in turn through their list. */
const DESCRIPTIONS_EACH = 5

/** Nine texts for each recording; `transcripts` are what the recordings say. */
export function promptPairs(transcripts: readonly string[], descriptions: readonly string[]): PromptPair[] {
  return transcripts.flatMap((transcript, recording) => {
    const last: Omit<PromptPair, 'recording'> =
      recording % 2 === 0
        ? { kind: 'empty', text: '' }
        : { kind: 'very long', text: `${transcript} `.repeat(12).trim() }
    return [
      { kind: 'right' as const, text: transcript },
      { kind: 'slightly wrong' as const, text: slightlyWrong(transcript, recording) },
      { kind: 'of another' as const, text: otherTranscript(transcripts, recording) },
      ...Array.from({ length: DESCRIPTIONS_EACH }, (_, i) => ({
        kind: 'description' as const,
        text: descriptions[(recording * DESCRIPTIONS_EACH + i) % descriptions.length]!,
      })),
      last,
    ].map((pair) => ({ recording, ...pair }))
  })
}

/** Of the same script where there is one, in turn the nearest in length and any. */
function otherTranscript(transcripts: readonly string[], recording: number): string {
  const own = transcripts[recording]!
  const isHan = (text: string) => /\p{Script=Han}/u.test(text)
  const others = transcripts.filter((text) => text !== own && isHan(text) === isHan(own))
  if (others.length === 0) return transcripts.find((text) => text !== own) ?? ''
  if (recording % 2 === 1) return others[wholeUniform(recording, others.length)]!
  const distance = (text: string) => Math.abs(text.length - own.length)
  return others.reduce((best, text) => (distance(text) < distance(best) ? text : best))
}

/** One word (or Han character) left out or said twice. */
function slightlyWrong(transcript: string, seed: number): string {
  const words = transcript.match(/\p{Script=Han}|[^\s\p{Script=Han}]+\s*/gu) ?? []
  const at = wholeUniform(seed + 1000, Math.max(1, words.length - 1))
  words.splice(at, 1, ...(seed % 2 === 0 ? [] : [words[at]!, words[at]!]))
  return words.join('')
}
