/**
 * What a WebSocket receives before it is a message: bytes held count in the upload budget, only a recording that is due
 * may be large. A peer that does not begin has little time.
 */
import type { UploadShare } from '../limits/ledger.ts'
import { fileTooLarge } from '../requests/request-body.ts'
import type { WsPhase } from './ws-session-state.ts'

/** Memory of each piece that comes from the network, beside its bytes. */
const PIECE_BYTES = 256
/** Frame headers of one message in a few fragments. */
const FRAMING_BYTES = 4096

export interface IntakeLimits {
  readonly maxTextBytes: number
  readonly maxFileBytes: number
  /** ms until the first message must have come, and after which the pace of a recording is looked at. */
  readonly openingMs: number
  readonly minBytesPerSecond: number
}

export class WsIntake {
  readonly #limits: IntakeLimits
  readonly #openUpload: () => UploadShare
  readonly #onSlow: () => void
  #share: UploadShare | undefined
  #held = 0
  #timer: NodeJS.Timeout | undefined
  #sinceArmed = 0

  /** `onSlow` is called each time a peer that should begin, or send its recording, has not made progress. */
  constructor(limits: IntakeLimits, openUpload: () => UploadShare, onSlow: () => void) {
    this.#limits = limits
    this.#openUpload = openUpload
    this.#onSlow = onSlow
  }

  /** The session is in this phase from now on. */
  enter(phase: WsPhase): void {
    clearTimeout(this.#timer)
    if (phase === 'init' || phase === 'voice') this.#arm(phase)
  }

  /** So many bytes of an unfinished message are held. Throws OVERLOADED, or FILE_TOO_LARGE beyond what the phase allows. */
  arriving(bytes: number, phase: WsPhase): void {
    if (bytes === 0) {
      this.whole()
      return
    }
    const max = phase === 'voice' ? this.#limits.maxFileBytes : this.#limits.maxTextBytes
    if (bytes > max + FRAMING_BYTES) throw fileTooLarge(max)
    this.#share ??= this.#openUpload()
    this.#share.take(bytes - this.#held + PIECE_BYTES)
    this.#sinceArmed += bytes - this.#held
    this.#held = bytes
  }

  /** The message is whole, or the socket has closed: nothing is held any more. */
  whole(): void {
    this.#share?.release()
    this.#share = undefined
    this.#held = 0
  }

  close(): void {
    clearTimeout(this.#timer)
    this.whole()
  }

  #arm(phase: WsPhase): void {
    this.#sinceArmed = 0
    const { openingMs, minBytesPerSecond } = this.#limits
    this.#timer = setTimeout(() => {
      const due = phase === 'voice' ? (minBytesPerSecond * openingMs) / 1000 : Number.POSITIVE_INFINITY
      const isSlow = this.#sinceArmed < due
      // First: what `onSlow` leads to may end the watch.
      this.#arm(phase)
      if (isSlow) this.#onSlow()
    }, openingMs)
  }
}
