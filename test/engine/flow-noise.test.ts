import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { flowNoise, NOISE_FRAMES } from '../../src/engine/flow/flow-noise.ts'
import { goldenFloats, transposedRows } from '../helpers/npy.ts'
import { goldenDir } from '../helpers/paths.ts'

it('the noise table is the one that PyTorch draws after seed 0, bit for bit', () => {
  const noise = flowNoise(80)
  assert.equal(noise.length, 80 * NOISE_FRAMES)
  const first = transposedRows(goldenFloats('flow/rand_noise_300').data, 80)
  assert.deepEqual(noise.subarray(0, first.length), first)
  const byChannel = transposedRows(noise, NOISE_FRAMES)
  const section = JSON.parse(readFileSync(join(goldenDir, 'expected/flow/_section.json'), 'utf8'))
  assert.equal(
    createHash('sha256').update(new Uint8Array(byChannel.buffer)).digest('hex'),
    section.notes.rand_noise.sha256_float32_le,
  )
})
