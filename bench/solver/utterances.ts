/** What benchmarks of sound have a bundle say. */
import { join } from 'node:path'
import type { Bundle } from '../../src/core/bundle.ts'
import type { UtteranceRequest } from '../../src/engine/offline-speaker.ts'
import { promptTranscript } from '../../src/text/front-end.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { VoiceLibrary } from '../../src/voice/voice-library.ts'
import { textsOf } from '../load/texts.ts'

export interface Utterance {
  readonly text: string
  readonly asked: UtteranceRequest
}

/** `count` of them: every text in every English voice of the bundle, with a seed of its own for each. */
export async function englishUtterances(bundle: Bundle, count: number): Promise<Utterance[]> {
  const tokenizer = await TextTokenizer.load(join(bundle.folder, 'tokenizer'), bundle.manifest.text)
  const library = await VoiceLibrary.open(bundle, undefined)
  const names = library.list().filter(({ language }) => language === undefined || language === 'en')
  const voices = await Promise.all(names.map(({ id }) => library.load(id)))
  const texts = textsOf('en')
  return Array.from({ length: count }, (_, i) => {
    const voice = voices[Math.floor(i / texts.length) % voices.length]!
    const text = texts[i % texts.length]!
    const asked: UtteranceRequest = {
      voice,
      promptTextIds: tokenizer.encodeUser(promptTranscript(voice.transcript)),
      textIds: tokenizer.encodeUser(text),
      sampling: 'ras',
      seed: i + 1,
      stream: true,
      speed: 1,
      sourceNoise: 'seeded',
    }
    return { text, asked }
  })
}
