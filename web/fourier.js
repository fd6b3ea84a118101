/** Fourier transform in place of `real` + i `imaginary`; their length is a power of two. */
export function transform(real, imaginary) {
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
    for (let k = 0; k < size / 2; k++) {
      const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)]
      for (let a = k; a < length; a += size) {
        const b = a + size / 2
        const [re, im] = [real[b] * c - imaginary[b] * s, real[b] * s + imaginary[b] * c]
        real[b] = real[a] - re
        imaginary[b] = imaginary[a] - im
        real[a] += re
        imaginary[a] += im
      }
    }
  }
}
