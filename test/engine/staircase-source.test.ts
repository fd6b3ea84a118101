/** The causal vocoder's excitation by the reference's definition (`SineGen` of its HiFT generator, causal form). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { StaircaseSource } from '../../src/engine/vocoder/staircase-source.ts'

const settings = {
  sampleRate: 24000,
  frameSamples: 4,
  amplitude: 0.3,
  voicedNoise: 0.003,
  voicedThreshold: 10,
  weights: Float32Array.of(0.5, -0.25),
  bias: 0.01,
}

/** One unit of noise in every harmonic, merged by the weights. */
const ones = (_first: number, merged: Float32Array, weights: Float32Array) => {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  for (let i = 0; i < merged.length; i++) merged[i]! += sum
}

it('a frame without pitch is a third of the amplitude of noise, one with pitch sines and little noise', () => {
  const [unvoiced, voiced, edge] = [0, 220, 10]
  const made = new StaircaseSource(settings, ones).extend(Float32Array.of(unvoiced, voiced, edge))
  const phase = (harmonic: number) => 2 * Math.PI * ((220 * harmonic * settings.frameSamples) / 24000)
  const sines = 0.3 * (0.5 * Math.sin(phase(1)) - 0.25 * Math.sin(phase(2)))
  const expected = [0.1 * 0.25 + 0.01, 0.003 * 0.25 + sines + 0.01, 0.1 * 0.25 + 0.01].map(Math.tanh)
  for (const [sample, value] of made.entries()) {
    const frame = Math.floor(sample / settings.frameSamples)
    assert.ok(Math.abs(value - expected[frame]!) < 1e-7, `sample ${sample}: ${value}, not ${expected[frame]}`)
  }
})
