/** G.711 tables: spot values of the standard, and encoding as the inverse of expansion. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ALAW_TO_LINEAR, linearToMulaw, MULAW_TO_LINEAR } from '../../src/audio/g711.ts'

it('expands the codes that the standard lists', () => {
  assert.deepEqual(
    [0x00, 0x7f, 0x80, 0xff, 0x0f, 0x8f].map((code) => MULAW_TO_LINEAR[code]),
    [-32124, 0, 32124, 0, -16764, 16764],
  )
  assert.deepEqual(
    [0x55, 0xd5, 0x2a, 0xaa, 0x80].map((code) => ALAW_TO_LINEAR[code]),
    [-8, 8, -32256, 32256, 5504],
  )
})

it('every µ-law code but minus zero encodes back to itself', () => {
  for (let code = 0; code < 256; code++) {
    const expected = code === 0x7f ? 0xff : code
    assert.equal(linearToMulaw(MULAW_TO_LINEAR[code]!), expected)
  }
})

it('encoding is monotonic, symmetric, within half a step, and clips', () => {
  let last = -40000
  for (let value = -32768; value <= 32767; value++) {
    const heard = MULAW_TO_LINEAR[linearToMulaw(value)]!
    assert(heard >= last, `value ${value}`)
    last = heard
    // A step is 8 at the smallest magnitudes and doubles with each segment, 1024 at the largest.
    const step = 8 * 2 ** Math.max(0, Math.floor(Math.log2((Math.abs(value) + 132) / 256)) + 1)
    const clipped = Math.max(-32635, Math.min(32635, value))
    assert(Math.abs(heard - clipped) <= step / 2 + 4, `value ${value} heard as ${heard}`)
  }
  assert.equal(linearToMulaw(-32768), 0x00)
  assert.equal(linearToMulaw(32767), 0x80)
})
