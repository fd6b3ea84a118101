/**
 * What a prompt recording is turned into, as graphs. Whisper's log mel is for the speech tokenizer; Kaldi's filter bank
 * for the speaker encoder; the 24 kHz mel for the flow.
 *
 * There are no weights to read: windows and filters are computed.
 *
 * Each graph takes `samples` `[S]`, mono, full scale ±1, at its own rate.
 */
import { join } from 'node:path'
import type { FeatureHyperParameters } from '../../core/hyper-parameters.ts'
import { sourceOf } from '../../core/tensor-source.ts'
import { analysisBasis, hann, spectrum } from '../layers/fourier.ts'
import { type FilterBank, kaldiFilters, slaneyFilters } from '../layers/mel-filters.ts'
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { WeightFile } from '../onnx/weight-file.ts'
import type { HiftBuild } from './hift.ts'

/** Both networks that listen hear 16 kHz. */
const HEARING_RATE = 16_000
const WHISPER = { nFft: 400, hop: 160, floor: 1e-10, range: 8 }
const KALDI = {
  frame: 400,
  hop: 160,
  nFft: 512,
  fMin: 20,
  preEmphasis: 0.97,
  poveyPower: 0.85,
  /** float32's epsilon, as in torchaudio. */
  floor: 1.1920928955078125e-7,
}
const MEL24 = { powerFloor: 1e-9, floor: 1e-5 }

/** Plans the three graphs' files in `folder`. */
export function buildFeatures(
  { mel, tokenizerMels, fbankMels }: FeatureHyperParameters,
  folder: string,
): HiftBuild {
  const weights = new WeightFile(join(folder, 'features.data'))
  const graphs = [
    author('features-whisper', weights, (g, samples) => whisperLogMel(g, samples, tokenizerMels)),
    author('features-fbank', weights, (g, samples) => kaldiFbank(g, samples, fbankMels)),
    author('features-mel', weights, (g, samples) => promptMel(g, samples, mel)),
  ]
  return { graphs: graphs.map((graph) => ({ path: join(folder, `${graph.name}.onnx`), graph })), weights }
}

function author(
  name: string,
  weights: WeightFile,
  build: (g: GraphBuilder, samples: Value) => void,
): GraphBuilder {
  const g = new GraphBuilder(name, weights)
  const samples = g.op('Unsqueeze', [g.input('samples', 'float32', ['S']), g.int64([0, 1, 2])])
  g.scope(name, () => build(g, samples))
  return g
}

/** `feats` `[1, mels, ⌊S/160⌋]`: log10, the loudest 8 decades, scaled to about −1…1. */
function whisperLogMel(g: GraphBuilder, samples: Value, mels: number): void {
  const { nFft, hop, floor, range } = WHISPER
  const filters = slaneyFilters({ sampleRate: HEARING_RATE, nFft, mels, fMin: 0, fMax: HEARING_RATE / 2 })
  const basis = analysisBasis(hann(nFft), nFft, filters.bins)
  const spectra = spectrum(g, mirrored(g, samples, nFft / 2), 'whisper-basis', basis, hop)
  // torch.stft's last frame is left out.
  const frames = g.op('Slice', [spectra, g.int64([0]), g.int64([-1]), g.int64([3])])
  const mel = filtered(g, 'whisper-filters', filters, power(g, frames))
  const log = g.op('Mul', [g.op('Log', [g.op('Max', [mel, g.float32(floor)])]), g.float32(1 / Math.LN10)])
  const loudest = g.op('ReduceMax', [log], { keepdims: 0 })
  const clipped = g.op('Max', [log, g.op('Sub', [loudest, g.float32(range)])])
  const scaled = g.op('Mul', [g.op('Add', [clipped, g.float32(4)]), g.float32(1 / 4)])
  g.output('feats', g.op('Unsqueeze', [scaled, g.int64([0])]), [1, mels, 'F'])
}

/** `feats` `[1, 1 + ⌊(S − 400)/160⌋, mels]`: natural log of energies, each band's mean over time taken off. */
function kaldiFbank(g: GraphBuilder, samples: Value, mels: number): void {
  const { frame, hop, nFft, fMin, preEmphasis, poveyPower, floor } = KALDI
  const filters = kaldiFilters({ sampleRate: HEARING_RATE, nFft, mels, fMin, fMax: HEARING_RATE / 2 })
  // Symmetric Hann to the power 0.85.
  const povey = Float64Array.from(
    { length: frame },
    (_, n) => (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (frame - 1))) ** poveyPower,
  )
  const basis = analysisBasis(povey, nFft, filters.bins, (row) => onRawSamples(row, preEmphasis))
  const mel = filtered(g, 'fbank-filters', filters, power(g, spectrum(g, samples, 'fbank-basis', basis, hop)))
  const log = g.op('Log', [g.op('Max', [mel, g.float32(floor)])])
  const centred = g.op('Sub', [log, g.op('ReduceMean', [log, g.int64([1])], { keepdims: 1 })])
  const rows = g.op('Transpose', [centred], { perm: [1, 0] })
  g.output('feats', g.op('Unsqueeze', [rows, g.int64([0])]), [1, 'F', mels])
}

/** `mel` `[⌊S/hop⌋, mels]`: natural log of magnitudes. */
function promptMel(g: GraphBuilder, samples: Value, hyper: FeatureHyperParameters['mel']): void {
  const { sampleRate, nFft, hop, window, mels, fMin, fMax } = hyper
  const filters = slaneyFilters({ sampleRate, nFft, mels, fMin, fMax: fMax ?? sampleRate / 2 })
  // torch.stft centres a window that is shorter than the transform.
  const weights = new Float64Array(nFft)
  weights.set(hann(window), Math.floor((nFft - window) / 2))
  const basis = analysisBasis(weights, nFft, filters.bins)
  const spectra = spectrum(g, mirrored(g, samples, (nFft - hop) / 2), 'mel-basis', basis, hop)
  const magnitude = g.op('Sqrt', [g.op('Add', [power(g, spectra), g.float32(MEL24.powerFloor)])])
  const mel = filtered(g, 'mel-filters', filters, magnitude)
  const log = g.op('Log', [g.op('Max', [mel, g.float32(MEL24.floor)])])
  g.output('mel', g.op('Transpose', [log], { perm: [1, 0] }), ['F', mels])
}

/** `[1, 1, 1, S]` with `edge` samples more at both ends, mirrored at the first and the last sample. */
function mirrored(g: GraphBuilder, samples: Value, edge: number): Value {
  return g.op('Pad', [samples, g.int64([0, 0, 0, edge, 0, 0, 0, edge])], { mode: 'reflect' })
}

/** Spectra `[1, 2 · bins, 1, F]` → `[bins, F]`. */
function power(g: GraphBuilder, spectra: Value): Value {
  const [real, imaginary] = g.ops(2, 'Split', [spectra], { axis: 1, num_outputs: 2 }) as [Value, Value]
  const sum = g.op('Add', [g.op('Mul', [real, real]), g.op('Mul', [imaginary, imaginary])])
  return g.op('Squeeze', [sum, g.int64([0, 2])])
}

function filtered(g: GraphBuilder, name: string, { mels, bins, weights }: FilterBank, spectra: Value): Value {
  return g.op('MatMul', [g.weight(name, sourceOf(weights, [mels, bins])), spectra])
}

/**
 * A row for frames whose mean was taken off and that then were pre-emphasised → the row for raw frames. Both steps are
 * linear, so their transposes are applied to the row, the last step first.
 */
function onRawSamples(row: Float64Array, preEmphasis: number): Float64Array {
  const emphasised = row.map((value, n) => value - preEmphasis * (row[n + 1] ?? 0))
  // The first sample's predecessor is itself.
  emphasised[0] = emphasised[0]! - preEmphasis * row[0]!
  const mean = emphasised.reduce((sum, value) => sum + value, 0) / row.length
  return emphasised.map((value) => value - mean)
}
