/** A slot that tests write into themselves. */
import { createRing, RingReader, RingWriter } from '../../../src/audio/ring.ts'
import type { TtsError } from '../../../src/core/errors.ts'
import { deferred, type Lent } from '../../../src/lanes/utterance.ts'

export interface HandLent extends Lent {
  readonly writer: RingWriter<Float32Array>
  /** Of the places of its speech tokens. */
  readonly placed: RingWriter<Int32Array>
  readonly isClosed: boolean
  /** A run was made for it. */
  work(): void
  /** Fails as a device does: the reason, then the ring. */
  breakWith(error: TtsError): void
}

export function lentOf(): HandLent {
  const ring = createRing(Float32Array, 100_000)
  const writer = new RingWriter(Float32Array, ring)
  const places = createRing(Int32Array, 1000)
  const { promise: failed, resolve } = deferred<TtsError>()
  let isClosed = false
  let worked = 0
  return {
    audio: new RingReader(Float32Array, ring),
    places: new RingReader(Int32Array, places),
    placed: new RingWriter(Int32Array, places),
    writer,
    failure: undefined,
    failed,
    get worked() {
      return worked
    },
    work: () => void worked++,
    append: () => {},
    finish: () => {},
    roomMade: () => {},
    close: () => {
      isClosed = true
    },
    get isClosed() {
      return isClosed
    },
    breakWith: (error) => {
      resolve(error)
      writer.fail()
    },
  }
}

/** So much silence, at 1000 samples a second. */
export function pushSeconds({ writer }: HandLent, seconds: number): void {
  writer.push(new Float32Array(seconds * 1000))
}
