/** One speech that keeps to a script: text goes in, its samples come out at the script's pace and with its faults. */
import { TtsError } from '../../src/core/errors.ts'
import type { LiveSpeechStream, SpeechOptions, SpeechStream } from '../../src/core/speech-port.ts'
import type { TimedText, TimeUnit } from '../../src/core/timed-text.ts'

import { type Script, scriptedSamples } from './script.ts'

/** What a speech takes from its synthesizer, and counts there. */
export interface SpeechOwner {
  readonly script: Script
  cancelled: number
  chunksMade: number
  readonly appended: string[]
  takeSlot(): { readonly taken: Promise<boolean>; leave(): void }
  freeSlot(): void
}

export class ScriptedSpeech implements LiveSpeechStream {
  readonly id: string
  readonly sampleRate: number
  readonly tokens: SpeechStream['tokens']
  readonly #owner: SpeechOwner
  readonly #seed: number
  readonly #unit: TimeUnit | undefined
  #given = 0
  #told = 0
  #text = ''
  #released = 0
  #spokenCharacters = 0
  #pending: Float32Array[] = []
  #chunk = 0
  #isFinished = false
  #isOver = false
  #hasSlot = false
  #leaveQueue: (() => void) | undefined
  #wake: (() => void) | undefined

  constructor(owner: SpeechOwner, id: string, options: SpeechOptions) {
    this.#owner = owner
    this.id = id
    this.sampleRate = owner.script.sampleRate
    this.#seed = options.seed ?? 0
    this.#unit = options.timestamps
    this.tokens = { text: 2, perSecond: 25 * options.speed }
  }

  append(text: string): void {
    if (this.#isFinished) throw new TtsError('INVALID_REQUEST', 'Already finished', 'got more text')
    this.#owner.appended.push(text)
    this.#text += text
    this.#wake?.()
  }

  settle(): void {
    this.flush()
  }

  flush(): void {
    this.#released = [...this.#text].length
    this.#wake?.()
  }

  finish(): void {
    this.#isFinished = true
    this.flush()
  }

  cancel(): void {
    if (this.#isOver) return
    this.#owner.cancelled++
    this.#end()
    this.#wake?.()
  }

  /** Words between blanks, each as long as its characters; sentences as their words are. */
  takeTimes(): TimedText[] {
    if (this.#unit === undefined) return []
    const pattern = this.#unit === 'word' ? /\S+/g : /[^\s.][^.]*\.?/g
    const { samplesPerCharacter, sampleRate } = this.#owner.script
    const seconds = (place: number) => (place * samplesPerCharacter) / sampleRate
    const all = [...this.#text.matchAll(pattern)].map(({ 0: text, index }) => {
      const to = index + text.length
      return { text, start: seconds(index), end: seconds(to), from: index, to }
    })
    const heard = this.#given / sampleRate
    const told = all.filter(({ start, end }) => (this.#unit === 'word' ? start < heard : end <= heard))
    const fresh = told.slice(this.#told)
    this.#told = told.length
    return fresh
  }

  async next(): Promise<Float32Array | undefined> {
    const { script } = this.#owner
    if (this.#isOver) throw cancelled()
    await this.#getSlot()
    for (;;) {
      if (this.#isOver) throw cancelled()
      if (this.#chunk === script.failAtChunk) {
        this.#end()
        throw new TtsError(script.failCode, 'lane died', 'secret: slot 7 at /srv/model')
      }
      if (this.#chunk !== script.hangAtChunk) {
        const ready = this.#takeReady()
        if (ready !== undefined) {
          if (script.chunkMs > 0) await delay(script.chunkMs)
          else await new Promise<void>((resolve) => setImmediate(resolve))
          if (this.#isOver) throw cancelled()
          this.#chunk++
          this.#owner.chunksMade++
          this.#given += ready.length
          return ready
        }
        if (this.#isFinished) {
          this.#end()
          return undefined
        }
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }

  async #getSlot(): Promise<void> {
    if (this.#hasSlot) return
    const { taken, leave } = this.#owner.takeSlot()
    this.#leaveQueue = leave
    this.#hasSlot = await taken
    if (!this.#isOver) return
    this.#end()
    throw cancelled()
  }

  #takeReady(): Float32Array | undefined {
    const { script } = this.#owner
    if (this.#pending.length === 0 && this.#spokenCharacters < this.#released) {
      const characters = [...this.#text].slice(this.#spokenCharacters, this.#released)
      const samples = scriptedSamples(characters.join(''), this.#seed, script, this.#spokenCharacters)
      this.#spokenCharacters = this.#released
      for (let at = 0; at < samples.length; at += script.chunkSamples) {
        this.#pending.push(samples.slice(at, at + script.chunkSamples))
      }
    }
    return this.#pending.shift()
  }

  #end(): void {
    this.#isOver = true
    this.#leaveQueue?.()
    if (this.#hasSlot) this.#owner.freeSlot()
    this.#hasSlot = false
  }
}

export function cancelled(): TtsError {
  return new TtsError('CANCELLED', 'Cancelled', 'the request was cancelled')
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
