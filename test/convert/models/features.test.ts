/** Floors and ranges of the spectrograms, which recordings of speech seldom reach. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { kaldiFilters } from '../../../src/convert/layers/mel-filters.ts'
import { buildFeatures } from '../../../src/convert/models/features.ts'
import type { FeatureHyperParameters } from '../../../src/core/hyper-parameters.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../../src/engine/runtime/runtime.ts'
import { noise, sine } from '../../audio/signals.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const HYPER: FeatureHyperParameters = {
  mel: { sampleRate: 24_000, nFft: 1920, hop: 480, window: 1920, mels: 80, fMin: 0, fMax: 8000 },
  tokenizerMels: 128,
  fbankMels: 80,
  tokenRate: 25,
}

let folder: string
let runtime: Runtime
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-spectra-'))
  runtime = await openRuntime()
  const { graphs, weights } = buildFeatures(HYPER, folder)
  for (const { path, graph } of graphs) await graph.save(path)
  await weights.write()
})
after(() => rm(folder, { recursive: true, force: true }))

async function spectrogram(name: 'whisper' | 'fbank' | 'mel', samples: Float32Array): Promise<Float32Array> {
  const session = await runtime.load(join(folder, `features-${name}.onnx`), { intraOpThreads: 1 })
  const tensor = hostTensor(runtime, 'float32', samples, [samples.length])
  const output = session.outputs[0]!.name
  const made = session.fetch({ samples: tensor }, [output])[output]!.data as Float32Array
  tensor.release()
  session.release()
  return made
}

const near = (value: number, expected: number, tolerance: number, what: string) =>
  assert(Math.abs(value - expected) < tolerance, `${what}: expected ${expected}, got ${value}`)

it('silence is log10 of 1e-10 to Whisper, and quiet bands lie 8 decades below the loudest', async () => {
  const silence = await spectrogram('whisper', new Float32Array(8000))
  assert.equal(silence.length, 128 * 50)
  for (const value of silence) near(value, (-10 + 4) / 4, 1e-6, 'silence')
  const loud = await spectrogram('whisper', sine(440, 16_000, 8000))
  near(Math.max(...loud) - Math.min(...loud), 8 / 4, 1e-6, 'range')
})

it('silence is ln of 1e-5 to the 24 kHz mel', async () => {
  const silence = await spectrogram('mel', new Float32Array(9600))
  assert.equal(silence.length, 20 * 80)
  for (const value of silence) near(value, Math.log(1e-5), 1e-5, 'silence')
})

it('each of Kaldi’s frames is what its formula says; silence is ln of float32’s epsilon', async () => {
  const random = new SeededRandom(3)
  // Three silent frames' worth, then noise upon an offset, which each frame loses.
  const samples = new Float32Array(400 + 9 * 160)
  samples.set(
    noise(random, 960).map((value) => value + 0.2),
    400 + 3 * 160,
  )
  const made = await spectrogram('fbank', samples)
  const frames = Array.from({ length: 10 }, (_, i) => kaldiFrame(samples.subarray(i * 160, i * 160 + 400)))
  assert.equal(made.length, 10 * 80)
  for (let band = 0; band < 80; band++) {
    const mean = frames.reduce((sum, frame) => sum + frame[band]!, 0) / frames.length
    for (const [i, frame] of frames.entries())
      near(made[i * 80 + band]!, frame[band]! - mean, 2e-3, `frame ${i}, band ${band}`)
  }
})

/** Log energies of one frame, computed term by term. */
function kaldiFrame(samples: Float32Array): number[] {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length
  const centred = Float64Array.from(samples, (value) => value - mean)
  const windowed = centred.map((value, n) => {
    const emphasised = value - 0.97 * centred[Math.max(0, n - 1)]!
    return emphasised * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / 399)) ** 0.85
  })
  const power = Array.from({ length: 256 }, (_, bin) => {
    let [real, imaginary] = [0, 0]
    for (const [n, value] of windowed.entries()) {
      real += value * Math.cos((2 * Math.PI * bin * n) / 512)
      imaginary += value * Math.sin((2 * Math.PI * bin * n) / 512)
    }
    return real ** 2 + imaginary ** 2
  })
  const { bins, weights } = kaldiFilters({ sampleRate: 16_000, nFft: 512, mels: 80, fMin: 20, fMax: 8000 })
  return Array.from({ length: 80 }, (_, band) => {
    const energy = power.reduce((sum, value, bin) => sum + value * weights[band * bins + bin]!, 0)
    return Math.log(Math.max(energy, 2 ** -23))
  })
}
