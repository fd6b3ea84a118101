/** Samples → a WAV file, for downloads and for the microphone. */
export function wavFile(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const text = (at, id) => {
    for (const [i, letter] of [...id].entries()) view.setUint8(at + i, letter.charCodeAt(0))
  }
  text(0, 'RIFF')
  view.setUint32(4, 36 + 2 * samples.length, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, 2 * rate, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  for (const [i, value] of samples.entries()) {
    view.setInt16(44 + 2 * i, Math.max(-1, Math.min(1, value)) * 32767, true)
  }
  return new Blob([view.buffer], { type: 'audio/wav' })
}

/** Little-endian 16-bit PCM in pieces of any length → samples; an odd byte waits for the next piece. */
export class PcmReader {
  #left = new Uint8Array(0)

  push(bytes) {
    const all = new Uint8Array(this.#left.length + bytes.length)
    all.set(this.#left)
    all.set(bytes, this.#left.length)
    const whole = all.length - (all.length % 2)
    this.#left = all.slice(whole)
    const view = new DataView(all.buffer)
    return Float32Array.from({ length: whole / 2 }, (_, i) => view.getInt16(2 * i, true) / 32768)
  }
}
