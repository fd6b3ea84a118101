/** WAV writing: read back, by this project's reader and by an independent one. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import oracle from '@audio/decode-wav'
import { toInt16 } from '../../src/audio/pcm.ts'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { encodeWav, wavHeader } from '../../src/audio/wav-writer.ts'

const samples = Float32Array.of(0, 0.5, -0.25, 1, -1, 0.1)

it('a 16-bit file is 44 bytes and two per sample, with both lengths true', () => {
  const file = Buffer.from(encodeWav(samples, 16000))
  assert.equal(file.length, 44 + 12)
  assert.equal(file.readUInt32LE(4), file.length - 8)
  assert.equal(file.readUInt32LE(40), 12)
  assert.equal(file.readUInt32LE(28), 32000)
  assert.deepEqual(
    [...decodeWav(file, { maxSeconds: 1 }).samples],
    [...toInt16(samples)].map((v) => v / 32768),
  )
  assert.equal(oracle(new Uint8Array(file)).sampleRate, 16000)
  assert.equal(oracle(new Uint8Array(file)).channelData[0]!.length, samples.length)
})

it('a float file keeps every bit, and says in a fact chunk how many samples it has', () => {
  const file = Buffer.from(encodeWav(samples, 24000, 'float32'))
  assert.equal(file.readUInt32LE(4), file.length - 8)
  assert.equal(file.subarray(38, 42).toString(), 'fact')
  assert.equal(file.readUInt32LE(46), samples.length)
  assert.deepEqual(decodeWav(file, { maxSeconds: 1 }), { sampleRate: 24000, samples })
  assert.deepEqual([...oracle(new Uint8Array(file)).channelData[0]!], [...samples])
})

it('a stream begins with a header of open length, and reads back to its end wherever that is', () => {
  for (const type of ['int16', 'float32'] as const) {
    const header = Buffer.from(wavHeader(8000, undefined, type))
    assert.equal(header.readUInt32LE(4), 0xffffffff)
    assert.equal(header.readUInt32LE(header.length - 4), 0xffffffff)
    const body = type === 'int16' ? toInt16(samples) : samples
    const file = Buffer.concat([header, Buffer.from(body.buffer)])
    assert.equal(decodeWav(file, { maxSeconds: 1 }).samples.length, samples.length)
    assert.equal(oracle(new Uint8Array(file)).channelData[0]!.length, samples.length)
  }
})

it('16-bit conversion rounds to nearest, clips, and maps NaN to zero', () => {
  const lsb = 1 / 32768
  const values = [0.4 * lsb, 0.6 * lsb, -0.4 * lsb, -0.6 * lsb, 0.99999, 1, 2, -1, -1.5, Number.NaN, Infinity]
  assert.deepEqual(
    [...toInt16(Float32Array.from(values))],
    [0, 1, 0, -1, 32767, 32767, 32767, -32768, -32768, 0, 32767],
  )
})
