/** A speech whose text is still being written: what can be said of it goes to the chain, piece by piece. */
import { TtsError } from '../core/errors.ts'
import type { LiveSpeechStream } from '../core/speech-port.ts'
import { polish } from '../text/front-end.ts'
import type { LiveStep, LiveText } from '../text/live-text.ts'
import type { TextWords } from '../text/text-words.ts'
import { GrowingText } from './growing-text.ts'
import type { SpeechChain } from './speech-chain.ts'
import type { Part } from './spoken-parts.ts'

/**
 * `partsOf`: a whole sentence as parts; `encode`: token ids of words whose sentence goes on. `words` are those of the text,
 * where their times are asked for.
 */
export function liveSpeech(
  chain: SpeechChain<Part>,
  text: LiveText,
  partsOf: (said: string) => readonly Part[],
  encode: (said: string) => Int32Array,
  words?: TextWords,
): LiveSpeechStream {
  let growing: GrowingText | undefined
  let finished = false
  const say = (steps: readonly LiveStep[]) => {
    for (const { step, text: said, written } of steps) {
      words?.write(written)
      if (step === 'whole') chain.add(partsOf(said))
      else {
        const ids = encode(said)
        if (step === 'begin') growing = new GrowingText(words && { owners: [], said: [] })
        words?.say(polish(said), ids, growing!.words!)
        growing!.append(ids, said)
        if (step === 'end') growing!.finish()
        if (step === 'begin') chain.add([growing!])
      }
    }
  }
  return {
    id: chain.id,
    sampleRate: chain.sampleRate,
    get warnings() {
      return chain.warnings
    },
    next: () => chain.next(),
    takeTimes: () => chain.takeTimes(),
    cancel: () => chain.cancel(),
    append: (more) => {
      if (finished) throw new TtsError('INVALID_REQUEST', 'Invalid request', 'text after the end of text')
      words?.append(more)
      say(text.append(more))
    },
    settle: () => say(text.settle()),
    flush: () => say(text.flush()),
    finish: () => {
      finished = true
      say(text.flush())
      words?.end()
      chain.complete()
    },
  }
}
