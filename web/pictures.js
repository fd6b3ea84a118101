/** Waveform, spectrogram and load as canvas pictures. Colours come from the style sheet. */

const FFT = 512
const TOP_HZ = 8000

function sized(canvas) {
  const scale = window.devicePixelRatio || 1
  const { clientWidth } = canvas
  const height = Number(canvas.getAttribute('height'))
  canvas.style.height = `${height}px`
  if (canvas.width !== Math.round(clientWidth * scale)) {
    canvas.dataset.height ??= String(height)
    canvas.width = Math.round(clientWidth * scale)
  }
  return canvas
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Resolves `light-dark()` by letting the browser compute it. */
function computed(name) {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const value = getComputedStyle(probe).color
  probe.remove()
  return value || colour(name)
}

export function drawWave(canvas, samples) {
  const { width, height } = sized(canvas)
  const paint = canvas.getContext('2d')
  paint.clearRect(0, 0, width, height)
  paint.fillStyle = computed('--accent')
  const middle = height / 2
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x / width) * samples.length)
    const to = Math.max(from + 1, Math.floor(((x + 1) / width) * samples.length))
    let low = 0
    let high = 0
    for (let i = from; i < to; i++) {
      const value = samples[i] ?? 0
      if (value < low) low = value
      if (value > high) high = value
    }
    const top = middle - high * middle
    paint.fillRect(x, top, 1, Math.max(1, (high - low) * middle))
  }
}

export function drawSpectrogram(canvas, samples, rate) {
  const { width, height } = sized(canvas)
  const paint = canvas.getContext('2d')
  paint.clearRect(0, 0, width, height)
  const columns = Math.min(width, Math.max(1, Math.floor((samples.length - FFT) / 64)))
  const bins = Math.floor((FFT * TOP_HZ) / rate)
  if (samples.length < FFT) return
  const image = paint.createImageData(columns, bins)
  const window = Float32Array.from({ length: FFT }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT))
  const real = new Float32Array(FFT)
  const imaginary = new Float32Array(FFT)
  for (let x = 0; x < columns; x++) {
    const from = Math.floor((x / columns) * (samples.length - FFT))
    for (let n = 0; n < FFT; n++) real[n] = samples[from + n] * window[n]
    imaginary.fill(0)
    transform(real, imaginary)
    for (let bin = 0; bin < bins; bin++) {
      const power = real[bin] ** 2 + imaginary[bin] ** 2
      const level = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 50) / 80))
      const at = 4 * ((bins - 1 - bin) * columns + x)
      image.data[at] = 255 * Math.min(1, 1.6 * level ** 1.5)
      image.data[at + 1] = 255 * level ** 2
      image.data[at + 2] = 255 * Math.min(1, 0.25 + 1.1 * level * (1 - 0.5 * level))
      image.data[at + 3] = level === 0 ? 0 : 255
    }
  }
  const off = new OffscreenCanvas(columns, bins)
  off.getContext('2d').putImageData(image, 0, 0)
  paint.imageSmoothingEnabled = true
  paint.drawImage(off, 0, 0, width, height)
}

/** `history`: newest last, `{ llm, acoustic }` as shares. */
export function drawLoad(canvas, history, length) {
  const { width, height } = sized(canvas)
  const paint = canvas.getContext('2d')
  paint.clearRect(0, 0, width, height)
  for (const [lane, name] of [
    ['llm', '--accent'],
    ['acoustic', '--second'],
  ]) {
    paint.strokeStyle = computed(name)
    paint.lineWidth = 2 * (window.devicePixelRatio || 1)
    paint.beginPath()
    for (const [i, point] of history.entries()) {
      const x = ((length - history.length + i) / (length - 1)) * width
      const y = height - 3 - point[lane] * (height - 6)
      if (i === 0) paint.moveTo(x, y)
      else paint.lineTo(x, y)
    }
    paint.stroke()
  }
}

/** Fourier transform in place; the length is a power of two. */
function transform(real, imaginary) {
  const { length } = real
  for (let i = 1, j = 0; i < length; i++) {
    let bit = length >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      const swap = real[i]
      real[i] = real[j]
      real[j] = swap
    }
  }
  for (let size = 2; size <= length; size <<= 1) {
    const angle = (-2 * Math.PI) / size
    for (let start = 0; start < length; start += size) {
      for (let k = 0; k < size / 2; k++) {
        const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)]
        const [a, b] = [start + k, start + k + size / 2]
        const [re, im] = [real[b] * c - imaginary[b] * s, real[b] * s + imaginary[b] * c]
        real[b] = real[a] - re
        imaginary[b] = imaginary[a] - im
        real[a] += re
        imaginary[a] += im
      }
    }
  }
}
