import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { OpenFiles } from '../../../src/convert/checkpoint/open-files.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import type { Runtime, Session } from '../../../src/engine/runtime/runtime.ts'
import { buildCausalF0 } from '../../../src/families/cosyvoice3/causal-f0.ts'
import { buildCausalGenerator } from '../../../src/families/cosyvoice3/causal-generator.ts'
import { readCosyVoice3 } from '../../../src/families/cosyvoice3/checkpoint.ts'
import { GraphTensors } from '../../helpers/graph-tensors.ts'
import { goldenFloats, maxDifference, transposedRows } from '../../helpers/npy.ts'
import { goldenDir3 } from '../../helpers/paths.ts'
import { openStrictRuntime } from '../../helpers/strict-runtime.ts'

const MELS = 80
const SAMPLES = 480
const LOOK_RIGHT = 4
const F0_LOOK_RIGHT = 3
/** Half a transform, its hop. */
const HALF = 8
const HOP = 4

const golden = (name: string) => goldenFloats(`hift/${name}`, goldenDir3).data
const mel = transposedRows(golden('mel120'), MELS)

let folder: string
let runtime: Runtime
let f0: Session
let generator: Session
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-causal-'))
  runtime = await openStrictRuntime()
  const files = new OpenFiles(goldenDir3)
  const { hift, parameters } = await readCosyVoice3(files)
  const weights = new WeightFile(join(folder, 'hift.data'))
  const graphs = ['f0', 'generator'].map((name) => new GraphBuilder(name, weights)) as [
    GraphBuilder,
    GraphBuilder,
  ]
  buildCausalF0(graphs[0], parameters.hift, hift, false)
  buildCausalGenerator(graphs[1], parameters.hift, hift, 'float32')
  assert.deepEqual(hift.unused(), [])
  for (const g of graphs) await g.save(join(folder, `${g.name}.onnx`))
  await weights.write()
  await files.close()
  f0 = await runtime.load(join(folder, 'f0.onnx'), { intraOpThreads: 1 })
  generator = await runtime.load(join(folder, 'generator.onnx'), { intraOpThreads: 1 })
})
after(async () => {
  f0?.release()
  generator?.release()
  await rm(folder, { recursive: true, force: true })
})

type State = Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>

/** What a session keeps from run to run (inputs with a twin among the outputs), all zeros. */
function emptyState({ inputs, outputs }: Session): State {
  const twins = new Set(outputs.map(({ name }) => name.replace('_next', '')))
  const kept = inputs.filter(({ name }) => twins.has(name))
  return Object.fromEntries(
    kept.map(({ name, dims }) => {
      const sizes = dims.map((dim) => (dim > 0 ? dim : 1))
      return [name, { data: new Float32Array(sizes.reduce((product, dim) => product * dim)), dims: sizes }]
    }),
  )
}

/** One run; the state after it and the output `wanted`. */
function step(
  session: Session,
  state: State,
  inputs: (tensors: GraphTensors) => Parameters<Session['fetch']>[0],
  wanted: string,
): { state: State; out: Float32Array } {
  const tensors = new GraphTensors(runtime)
  const kept = Object.keys(state)
  const next = (name: string) => name.replace(/^[a-z]+/u, '$&_next')
  const feeds = Object.fromEntries(
    kept.map((name) => [name, tensors.of(state[name]!.data, state[name]!.dims)]),
  )
  const result = session.fetch({ ...inputs(tensors), ...feeds }, [wanted, ...kept.map(next)])
  tensors.release()
  const floats = (name: string) => result[name]!.data as Float32Array
  return {
    out: floats(wanted),
    state: Object.fromEntries(
      kept.map((name) => [name, { data: floats(next(name)), dims: state[name]!.dims }]),
    ),
  }
}

/** Frames `from` to `to` of a mel, zeros behind its end. */
function frames(all: Float32Array, from: number, to: number): Float32Array {
  const out = new Float32Array((to - from) * MELS)
  out.set(all.subarray(from * MELS, to * MELS))
  return out
}

/** Samples `from` to `to`, reflected at both ends without the outermost. */
function reflected(all: Float32Array, from: number, to: number): Float32Array {
  return Float32Array.from({ length: to - from }, (_, i) => {
    const at = Math.abs(from + i)
    return all[at < all.length ? at : 2 * (all.length - 1) - at]!
  })
}

/** The waveform of `all` frames from `source`, in runs that end at `cuts`. */
function vocode(all: Float32Array, source: Float32Array, cuts: readonly number[]): Float32Array {
  const samples: number[] = []
  let state = emptyState(generator)
  let from = 0
  for (const to of cuts) {
    const made = step(
      generator,
      state,
      (tensors) => ({
        mel: tensors.of(frames(all, from, to + LOOK_RIGHT), [1, to - from + LOOK_RIGHT, MELS]),
        source: tensors.of(reflected(source, from * SAMPLES - HALF, to * SAMPLES + HALF), [
          1,
          (to - from) * SAMPLES + 2 * HALF,
        ]),
        first: tensors.of(Uint8Array.of(from === 0 ? 1 : 0), [1]),
      }),
      'samples',
    )
    state = made.state
    const end = to === cuts.at(-1) ? made.out.length : made.out.length - HOP
    samples.push(...made.out.subarray(from === 0 ? HOP : 0, end))
    from = to
  }
  return Float32Array.from(samples)
}

/** Signal to noise in dB. */
function snr(actual: Float32Array, expected: Float32Array): number {
  let signal = 0
  let noise = 0
  for (const [i, value] of expected.entries()) {
    signal += value ** 2
    noise += (actual[i]! - value) ** 2
  }
  return 10 * Math.log10(signal / noise)
}

describe('pitch', () => {
  it('is within 0.01 Hz of the reference, whole and in any pieces', () => {
    for (const cuts of [[120], [1, 2, 60, 120], [50, 100, 120]]) {
      const got: number[] = []
      let state = emptyState(f0)
      let from = 0
      for (const to of cuts) {
        const made = step(
          f0,
          state,
          (tensors) => ({
            mel: tensors.of(frames(mel, from, to + F0_LOOK_RIGHT), [1, to - from + F0_LOOK_RIGHT, MELS]),
          }),
          'f0',
        )
        state = made.state
        got.push(...made.out)
        from = to
      }
      assert.ok(maxDifference(got, golden('f0')) < 0.01, `cuts ${cuts}`)
    }
  })
})

describe('the generator', () => {
  it('makes the waveform of a given mel and source', () => {
    const part = mel.subarray(0, 60 * MELS)
    const got = vocode(part, golden('given_source'), [60])
    const worst = maxDifference(got, golden('decode_given_source'))
    assert.ok(worst < 1e-4, `${worst}`)
  })

  it('makes the whole from the reference source', () => {
    const got = vocode(mel, golden('source_zero'), [120])
    assert.equal(got.length, 120 * SAMPLES)
    assert.ok(snr(got, golden('wave_zero')) > 80)
  })

  it('gives the same samples however the frames are cut', () => {
    const source = golden('source_zero')
    const whole = vocode(mel, source, [120])
    for (const cuts of [
      [1, 2, 120],
      [25, 50, 75, 100, 120],
      [50, 119, 120],
      [7, 31, 90, 120],
    ]) {
      const worst = maxDifference(vocode(mel, source, cuts), whole)
      assert.ok(worst < 1e-5, `cuts ${cuts}: ${worst}`)
    }
  })
})
