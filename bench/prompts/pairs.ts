/** Recordings and the texts that clients send with them: what the decision about prompts is measured on. */
import { wholeUniform } from './uniform.ts'

export type TextKind = 'right' | 'slightly wrong' | 'of another' | 'description' | 'empty' | 'very long'

export interface PromptPair {
  /** Index of the recording. */
  readonly recording: number
  readonly kind: TextKind
  readonly text: string
}

/** Descriptions of voices as people write them, short and long, in both languages. */
const DESCRIPTIONS = [
  '这是一个友好的声音',
  'A friendly and natural voice',
  'A deep, calm male voice with a slight accent, as in a documentary.',
  '温柔的女声，语气平静，语速稍慢，像在给孩子讲故事一样。',
  'Young woman, cheerful and energetic, speaking quickly.',
  '一位中年男性，声音低沉有力，适合新闻播报。',
  'The speaker sounds warm and reassuring and takes her time over every word.',
  '用开心的语气说话，声音清亮，带一点笑意。',
  'Read this in a serious tone.',
  '请用四川话，轻松自然地说这句话。',
  'An elderly man with a hoarse voice who whispers most of the sentence.',
  '声音很甜，像主播一样热情地介绍产品，语速偏快一些。',
  'Clear studio recording of a professional narrator, neutral American English.',
  '普通话标准，情感饱满，停顿自然的男声旁白。',
  'Sad, slow, with long pauses between the phrases',
  '活泼可爱的童声',
]

/** Five texts for each recording; with 40 recordings, 200 pairs. `transcripts` are what the recordings say. */
export function promptPairs(transcripts: readonly string[]): PromptPair[] {
  return transcripts.flatMap((transcript, recording) => {
    const other =
      transcripts[(recording + 1 + wholeUniform(recording, transcripts.length - 1)) % transcripts.length]!
    const last: Omit<PromptPair, 'recording'> =
      recording % 2 === 0
        ? { kind: 'empty', text: '' }
        : { kind: 'very long', text: `${transcript} `.repeat(12).trim() }
    return [
      { kind: 'right' as const, text: transcript },
      { kind: 'slightly wrong' as const, text: slightlyWrong(transcript, recording) },
      { kind: 'of another' as const, text: other },
      { kind: 'description' as const, text: DESCRIPTIONS[recording % DESCRIPTIONS.length]! },
      last,
    ].map((pair) => ({ recording, ...pair }))
  })
}

/** One word (or Han character) left out or said twice. */
function slightlyWrong(transcript: string, seed: number): string {
  const words = transcript.match(/\p{Script=Han}|[^\s\p{Script=Han}]+\s*/gu) ?? []
  const at = wholeUniform(seed + 1000, Math.max(1, words.length - 1))
  words.splice(at, 1, ...(seed % 2 === 0 ? [] : [words[at]!, words[at]!]))
  return words.join('')
}
