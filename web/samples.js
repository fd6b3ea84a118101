/** Samples as they come from the server, and as files: little-endian 16-bit PCM, WAV, µ-law. */

/** PCM in pieces of any length → samples; an odd byte waits for the next piece. */
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

/** The file of samples in a format that needs no encoder; undefined for others. */
export function fileOf(samples, rate, format) {
  if (format === 'wav') return wavFile(samples, rate)
  if (format === 'pcm') return new Blob([pcmOf(samples)], { type: 'application/octet-stream' })
  if (format === 'mulaw') return new Blob([Uint8Array.from(samples, muLawOf)], { type: 'audio/basic' })
  return undefined
}

export function wavFile(samples, rate) {
  const view = new DataView(new ArrayBuffer(44))
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
  return new Blob([view, pcmOf(samples)], { type: 'audio/wav' })
}

const int16 = (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32768)))

function pcmOf(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length))
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, int16(samples[i]), true)
  return view
}

/** One byte of G.711 µ-law. */
function muLawOf(value) {
  const sample = int16(value)
  const level = Math.min(32635, Math.abs(sample)) + 132
  const exponent = 24 - Math.clz32(level)
  const mantissa = (level >> (exponent + 3)) & 15
  return ~((sample < 0 ? 128 : 0) | (exponent << 4) | mantissa) & 255
}
