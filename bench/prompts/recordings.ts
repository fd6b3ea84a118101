/** Recordings for the decision about prompts: the embedded prompts, and sentences spoken by the embedded voices. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeAudio } from '../../src/audio/decode.ts'
import type { Recording } from '../../src/audio/recording.ts'
import { resampleLikeReference } from '../../src/audio/resample.ts'
import type { Bundle } from '../../src/core/bundle.ts'
import { readVoice } from '../../src/core/voice.ts'
import { OfflineSpeaker } from '../../src/engine/offline-speaker.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { promptTranscript } from '../../src/text/front-end.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { wholeUniform } from './uniform.ts'

export interface KnownRecording extends Recording {
  readonly transcript: string
  /** What was done to it; none for one as it was recorded. */
  readonly wear?: Wear
}

/** As people record: over a telephone, in noise 20 dB below, quiet with silence around it. */
const WEARS = [undefined, 'telephone', 'noise', 'quiet'] as const
type Wear = Exclude<(typeof WEARS)[number], undefined>

/** The bundle's own prompts as recorded, then `count` more: sentences spoken by its voices in turn, and worn. */
export async function knownRecordings(
  bundle: Bundle,
  demo: string,
  count: number,
): Promise<KnownRecording[]> {
  const voices = await Promise.all(bundle.manifest.voices.map(({ file }) => readVoice(bundle.path(file))))
  const own = await Promise.all(
    bundle.manifest.voices.map(async ({ id }) => {
      const path = join(demo, 'voice/prompts', id)
      const recording = await decodeAudio(await readFile(`${path}.wav`), { maxSeconds: 30 })
      return { ...recording, transcript: (await readFile(`${path}.txt`, 'utf8')).trim() }
    }),
  )
  const [english, mandarin] = await Promise.all(
    ['english', 'mandarin'].map(async (name) =>
      (await readFile(join(demo, 'sentences', `${name}.txt`), 'utf8'))
        .split('\n')
        .filter((line) => (/\p{Script=Han}/u.test(line) ? line.length > 9 : line.length > 30)),
    ),
  )
  const tokenizer = await TextTokenizer.load(join(bundle.folder, 'tokenizer'), bundle.manifest.text)
  const speaker = await OfflineSpeaker.open(await openRuntime(), bundle, { intraOpThreads: 2 })
  try {
    const spoken = Array.from({ length: count }, (_, i): KnownRecording => {
      const voice = voices[i % voices.length]!
      const sentences = /\p{Script=Han}/u.test(voice.transcript) ? mandarin! : english!
      const transcript = sentences[i % sentences.length]!
      const { wave } = speaker.speak({
        voice,
        promptTextIds: tokenizer.encodeUser(promptTranscript(voice.transcript)),
        textIds: tokenizer.encodeUser(promptTranscript(transcript)),
        sampling: 'ras',
        seed: i,
        stream: false,
        speed: 1,
        sourceNoise: 'seeded',
      })
      return { samples: wave, sampleRate: speaker.sampleRate, transcript }
    })
    return [...own, ...wornInTurn(spoken)]
  } finally {
    speaker.release()
  }
}

/** Every fourth as it is, the others worn in turn. */
export function wornInTurn(recordings: readonly KnownRecording[]): KnownRecording[] {
  return recordings.map((recording, i) => {
    const wear = WEARS[i % WEARS.length]
    return wear === undefined ? recording : { ...recording, ...worn(recording, wear, i), wear }
  })
}

function worn({ samples, sampleRate }: Recording, wear: Wear, seed: number): Recording {
  switch (wear) {
    case 'telephone':
      return { samples: resampleLikeReference(samples, sampleRate, 8000), sampleRate: 8000 }
    case 'noise': {
      const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) / 10
      const noise = (i: number) => (wholeUniform(seed * 1e6 + i, 2 ** 16) / 2 ** 15 - 1) * Math.sqrt(3)
      return { samples: samples.map((value, i) => value + level * noise(i)), sampleRate }
    }
    case 'quiet': {
      const padded = new Float32Array(samples.length + 2 * sampleRate)
      padded.set(
        samples.map((value) => value / 30),
        sampleRate,
      )
      return { samples: padded, sampleRate }
    }
    default:
      return wear satisfies never
  }
}
