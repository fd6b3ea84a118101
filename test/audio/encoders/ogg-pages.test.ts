/** Pages and headers of Ogg Opus, by the RFCs. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeAll, encodeParts, INPUT_RATE, voice } from './encode-all.ts'
import { parsePages } from './ogg-page.ts'

describe('Ogg pages', () => {
  it('have right checksums, sequence and flags, and granules that only grow', async () => {
    const parts = await encodeParts({ format: 'opus', inputRate: INPUT_RATE, sampleRate: 16000 }, [
      voice,
      new Float32Array(24_000 * 8),
      voice,
    ])
    const pages = parsePages(Buffer.concat(parts))
    assert.deepEqual(
      pages.map(({ sequence }) => sequence),
      pages.map((_, i) => i),
    )
    assert.deepEqual(
      pages.map(({ flags }) => flags),
      pages.map((_, i) => (i === 0 ? 2 : i === pages.length - 1 ? 4 : 0)),
    )
    const granules = pages.map(({ granule }) => granule)
    assert.deepEqual(granules.slice(0, 2), [0, 0])
    assert.deepEqual(
      granules.slice(2),
      [...new Set(granules.slice(2))].sort((a, b) => a - b),
    )
    const samples = 2 * voice.length + 24_000 * 8
    assert.equal(granules.at(-1), 312 + 3 * Math.ceil((samples * 2) / 3))
    for (const { stored, computed } of pages) assert.equal(stored, computed)
  })

  it('headers say what RFC 7845 asks', async () => {
    const [head, tags] = parsePages(await encodeAll({ format: 'opus', sampleRate: 22050 })).map(
      ({ packets }) => packets,
    )
    const [packet] = head!
    assert.equal(packet!.toString('latin1', 0, 8), 'OpusHead')
    const fields = [packet![8], packet![9], packet!.readUInt16LE(10), packet!.readUInt32LE(12), packet![18]]
    assert.deepEqual(fields, [1, 1, 312, 22050, 0])
    assert.equal(tags![0]!.toString('latin1', 0, 8), 'OpusTags')
    assert.equal(tags![0]!.toString('latin1', 12, 21), 'light-tts')
  })
})
