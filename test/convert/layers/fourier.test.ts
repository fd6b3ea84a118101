import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { analysisBasis, hann, overlapAdd, spectrum } from '../../../src/convert/layers/fourier.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../../src/engine/runtime/runtime.ts'
import { noise } from '../../audio/signals.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { goldenFloats, maxDifference } from '../../helpers/npy.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const HOP = 4
const N_FFT = 16
const BINS = N_FFT / 2 + 1

let folder: string
let runtime: Runtime
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-fourier-'))
  runtime = await openRuntime()
})
after(() => rm(folder, { recursive: true, force: true }))

/** A signal's spectra, and the signal made of them again. */
async function thereAndBack(signal: Float32Array): Promise<{ spectra: Float32Array; back: Float32Array }> {
  const weights = new WeightFile(join(folder, 'fourier.data'))
  const g = new GraphBuilder('fourier', weights)
  const input = g.input('signal', 'float32', [1, 1, 1, 'S'])
  const window = hann(N_FFT)
  const spectra = spectrum(g, input, 'basis', analysisBasis(window, N_FFT, BINS), HOP)
  g.output('spectra', spectra, [1, 2 * BINS, 1, 'F'])
  g.output('back', overlapAdd(g, spectra, window, HOP), [1, 1, 1, 'S'])
  const path = join(folder, 'fourier.onnx')
  await g.save(path)
  await weights.write()
  const session = await runtime.load(path, { intraOpThreads: 1 })
  const tensor = hostTensor(runtime, 'float32', signal, [1, 1, 1, signal.length])
  const out = session.fetch({ signal: tensor }, ['spectra', 'back'])
  tensor.release()
  session.release()
  return { spectra: out.spectra!.data as Float32Array, back: out.back!.data as Float32Array }
}

it('spectra are the reference’s, of a signal reflected at its ends', async () => {
  const source = goldenFloats('hift/given_source').data
  const edge = N_FFT / 2
  const reflected = Float32Array.from({ length: source.length + edge }, (_, i) => source[Math.abs(i - edge)]!)
  const { spectra } = await thereAndBack(reflected)
  const frames = spectra.length / (2 * BINS)
  const firstOf = (row: number) => spectra.subarray(row * frames, row * frames + 200)
  for (const [part, name] of ['stft_real', 'stft_imag'].entries()) {
    const { data } = goldenFloats(`hift/${name}`)
    for (let bin = 0; bin < BINS; bin++)
      assert(
        maxDifference(firstOf(part * BINS + bin), data.subarray(bin * 200, (bin + 1) * 200)) < 1e-6,
        name,
      )
  }
})

it('a signal comes back from its spectra', async () => {
  const signal = noise(new SeededRandom(2), 40 * HOP + N_FFT)
  const { back } = await thereAndBack(signal)
  assert.equal(back.length, signal.length)
  // The very ends lie under a window that is zero there.
  assert(maxDifference(back.subarray(HOP, -HOP), signal.subarray(HOP, -HOP)) < 1e-6)
})

it('the window is periodic', () => {
  assert.deepEqual([...hann(4)], [0, 0.49999999999999994, 1, 0.5000000000000001])
})
