/** A wait for a peer that has to take what was sent, bounded by how long it may take nothing. */
import { TtsError } from '../../core/errors.ts'

export class PeerWait {
  readonly #stallMs: number
  #wake: (() => void) | undefined

  constructor(stallMs: number) {
    this.#stallMs = stallMs
  }

  /** Resolves at the next `wake`. Where none comes in time, calls `leave` and throws CANCELLED. */
  async room(leave: () => void): Promise<void> {
    let isStalled = false
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        isStalled = true
        resolve()
      }, this.#stallMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
    if (!isStalled) return
    leave()
    throw peerLeft(`the client took nothing for ${this.#stallMs} ms`)
  }

  wake(): void {
    this.#wake?.()
  }
}

export function peerLeft(detail = 'the client left'): TtsError {
  return new TtsError('CANCELLED', 'Cancelled', detail)
}
