/** Events of the Wyoming protocol as bytes: read in any cut, in time that grows with their bytes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { WyomingReader, wyomingBytes } from '../../src/server/wyoming/wyoming-events.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { workOf } from '../helpers/work.ts'

const say = (type: string, data: object = {}) => wyomingBytes(type, data)

test('events are read in any cut, and payloads are passed over', () => {
  const random = new SeededRandom(23)
  const bytes = Buffer.concat([
    say('describe'),
    Buffer.from('\n{"type":"ping","data":{"text":"in line"}}\r\n'),
    wyomingBytes('audio-chunk', { rate: 16_000 }, Buffer.alloc(5000, 0x0a)),
    say('synthesize', { text: '今天天气真不错。🙂' }),
  ])
  for (let turn = 0; turn < 200; turn++) {
    const reader = new WyomingReader()
    const events = []
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random.below(turn < 5 ? 1 : 700)
      events.push(...reader.push(bytes.subarray(at, at + size)))
      at += size
    }
    assert.deepEqual(
      events.map(({ type, data }) => [type, data]),
      [
        ['describe', {}],
        ['ping', { text: 'in line' }],
        ['audio-chunk', { rate: 16_000 }],
        ['synthesize', { text: '今天天气真不错。🙂' }],
      ],
    )
  }
})

test('a line in crumbs costs by its bytes', () => {
  const crumb = Buffer.from(' ')
  const fed = (bytes: number) => () => {
    const reader = new WyomingReader()
    for (let i = 0; i < bytes; i++) reader.push(crumb)
  }
  fed(50_000)()
  // The least of three: what the collector takes falls to any of them.
  const least = (bytes: number) => Math.min(...[1, 2, 3].map(() => workOf(fed(bytes))))
  const short = least(100_000)
  const long = least(800_000)
  assert.ok(long < 32 * short, `8 times the bytes take ${(long / short).toFixed(1)} times the work`)
})
