/** Whether a voice's transcript and tokens leave room for speech in a row of the model that is served. */
import { TtsError } from '../core/errors.ts'
import type { Voice } from '../core/voice.ts'
import { promptTranscript } from '../text/front-end.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import { checkPromptRoom } from '../voice/prompt-room.ts'
import type { Recording } from '../voice/voice-maker.ts'
import type { LeasedVoice } from './leased-voice.ts'

export class PromptRoom {
  readonly #tokenizer: TextTokenizer
  readonly #tokenRate: number
  readonly #positions: number

  /** `tokenRate` is that of speech tokens a second, `positions` the length of a row of the LLM. */
  constructor(tokenizer: TextTokenizer, tokenRate: number, positions: number) {
    this.#tokenizer = tokenizer
    this.#tokenRate = tokenRate
    this.#positions = positions
  }

  /** Before features are extracted, where it is known by then that the text is a transcript. Throws INVALID_PARAMETER. */
  checkRecording({ mode, transcript, seconds }: Recording): void {
    if (mode === 'transcript') this.#check(transcript, Math.floor(seconds * this.#tokenRate))
  }

  /** One stored earlier, or judged to say its text. Throws INVALID_PARAMETER. */
  checkVoice({ mode, transcript, speechTokens }: Voice): void {
    if (mode === 'transcript') this.#check(transcript, speechTokens.length)
  }

  /** The voice; lets go of it where it leaves no room. Throws as `checkVoice`. */
  admit(leased: LeasedVoice): LeasedVoice {
    try {
      this.checkVoice(leased.voice)
      return leased
    } catch (error) {
      leased.release()
      throw error
    }
  }

  /** Of what the language model reads before a text. Throws INVALID_PARAMETER. */
  checkTokens(textTokens: number, speechTokens: number): void {
    checkPromptRoom(textTokens, speechTokens, this.#positions)
  }

  /** Of a recording that is said again: its tokens are handed on at once. Throws AUDIO_TOO_LONG. */
  checkSource(speechTokens: number): void {
    if (speechTokens <= this.#positions) return
    const most = Math.floor(this.#positions / this.#tokenRate)
    const got = Math.round(speechTokens / this.#tokenRate)
    throw new TtsError('AUDIO_TOO_LONG', 'Audio too long', `expected at most ${most} s, got about ${got} s`)
  }

  #check(transcript: string, speechTokens: number): void {
    const textTokens = this.#tokenizer.encodeUser(promptTranscript(transcript, this.#tokenizer.marks)).length
    this.checkTokens(textTokens, speechTokens)
  }
}
