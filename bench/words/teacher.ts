/** flite, which knows when it says each word: sentences as it says them. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { koffi } from '../../src/core/native-calls.ts'

export const TEACHERS = ['rms', 'slt', 'awb', 'kal16'] as const
export type Teacher = (typeof TEACHERS)[number]

export interface TaughtWord {
  readonly word: string
  /** Seconds in the recording. */
  readonly start: number
  readonly end: number
}

export interface Taught {
  /** Path of a WAV. */
  readonly recording: string
  readonly words: readonly TaughtWord[]
}

const LIBRARIES = ['libflite.so.1', 'libflite_cmulex.so.1', 'libflite_usenglish.so.1']

/** Throws where flite's libraries are not installed. */
export function openTeacher(voice: Teacher): (sentence: string) => Taught {
  const [flite] = LIBRARIES.map((name) => koffi.load(name, { global: true }))
  const call = (name: string, result: string, ...parameters: string[]) =>
    flite!.func(name, result, parameters) as (...values: unknown[]) => unknown
  const relation = call('utt_relation', 'void *', 'void *', 'str')
  const head = call('relation_head', 'void *', 'void *')
  const next = call('item_next', 'void *', 'void *')
  const feature = call('ffeature_float', 'float', 'void *', 'str')
  const name = call('item_feat_string', 'str', 'void *', 'str')
  const synthesise = call('flite_synth_text', 'void *', 'str', 'void *')
  const waveOf = call('utt_wave', 'void *', 'void *')
  const save = call('cst_wave_save_riff', 'int', 'void *', 'str')
  const forget = call('delete_utterance', 'void', 'void *')
  call('flite_init', 'int')()
  const library = koffi.load(`libflite_cmu_us_${voice}.so.1`)
  const speaker = library.func(`register_cmu_us_${voice}`, 'void *', ['void *'])(null) as unknown
  let count = 0
  return (sentence) => {
    const utterance = synthesise(sentence, speaker)
    const recording = join(tmpdir(), `light-tts-teacher-${process.pid}-${voice}-${count++}.wav`)
    save(waveOf(utterance), recording)
    const words: TaughtWord[] = []
    for (let word = head(relation(utterance, 'Word')); word !== null; word = next(word)) {
      const segments = 'R:SylStructure.daughter'
      words.push({
        word: name(word, 'name') as string,
        start: feature(word, `${segments}1.daughter1.R:Segment.p.end`) as number,
        end: feature(word, `${segments}n.daughtern.R:Segment.end`) as number,
      })
    }
    forget(utterance)
    return { recording, words }
  }
}
