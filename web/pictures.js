/** Waveform and spectrogram of samples as pictures. Colours come from the style sheet. */
import { transform } from './fourier.js'

const FFT = 512
const TOP_HZ = 8000
const WINDOW = Float32Array.from({ length: FFT }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT))

/** An empty canvas with a pixel for each of the screen's, however it was sized before. */
export function blank(canvas) {
  const scale = window.devicePixelRatio || 1
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale))
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale))
  const paint = canvas.getContext('2d')
  return { paint, width: canvas.width, height: canvas.height, scale }
}

/** The computed value of a custom property, `light-dark()` resolved. */
export function colour(canvas, name) {
  const before = canvas.style.color
  canvas.style.color = `var(${name})`
  const value = getComputedStyle(canvas).color
  canvas.style.color = before
  return value
}

export function drawWave(canvas, samples) {
  const { paint, width, height, scale } = blank(canvas)
  if (samples.length === 0) return
  paint.fillStyle = colour(canvas, '--accent')
  const middle = height / 2
  const bar = Math.max(2, Math.round(2 * scale))
  const step = bar + Math.max(1, Math.round(scale))
  for (let x = 0; x < width; x += step) {
    const peak = peakOf(samples, x / width, (x + step) / width)
    // Loudness as it is heard: quiet speech is seen, too.
    const half = Math.max(scale, Math.min(1, 1.1 * peak ** 0.7) * (middle - scale))
    paint.beginPath()
    paint.roundRect(x, middle - half, bar, 2 * half, bar / 2)
    paint.fill()
  }
}

function peakOf(samples, from, to) {
  const end = Math.min(samples.length, Math.ceil(to * samples.length))
  let peak = 0
  for (let i = Math.floor(from * samples.length); i < end; i++) peak = Math.max(peak, Math.abs(samples[i]))
  return peak
}

export function drawSpectrogram(canvas, samples, rate) {
  const { paint, width, height } = blank(canvas)
  if (samples.length < FFT) return
  const columns = Math.min(width, Math.max(1, Math.floor((samples.length - FFT) / 64)))
  const bins = Math.floor((FFT * Math.min(TOP_HZ, rate / 2)) / rate)
  const image = paint.createImageData(columns, bins)
  const real = new Float32Array(FFT)
  const imaginary = new Float32Array(FFT)
  for (let x = 0; x < columns; x++) {
    const from = Math.floor((x / columns) * (samples.length - FFT))
    for (let n = 0; n < FFT; n++) real[n] = samples[from + n] * WINDOW[n]
    imaginary.fill(0)
    transform(real, imaginary)
    for (let bin = 0; bin < bins; bin++) {
      const power = real[bin] ** 2 + imaginary[bin] ** 2
      const level = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 50) / 80))
      paintLevel(image.data, 4 * ((bins - 1 - bin) * columns + x), level)
    }
  }
  const picture = document.createElement('canvas')
  picture.width = columns
  picture.height = bins
  picture.getContext('2d').putImageData(image, 0, 0)
  paint.drawImage(picture, 0, 0, width, height)
}

/** Silence is transparent, so the picture stands on light and dark; then indigo, magenta, orange, yellow. */
function paintLevel(data, at, level) {
  data[at] = 255 * Math.min(1, 0.25 + 1.1 * level)
  data[at + 1] = 255 * Math.max(0, 0.2 + 1.5 * (level - 0.5) * level)
  data[at + 2] = 255 * Math.max(0.1, 0.85 - 0.9 * level ** 2)
  data[at + 3] = 255 * Math.min(1, 1.4 * level ** 1.4)
}
