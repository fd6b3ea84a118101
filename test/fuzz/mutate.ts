/** Changes that files and messages suffer, or that attackers make: of bits, bytes, lengths, words, and between two inputs. */
import type { SeededRandom } from '../helpers/seeded-random.ts'

/** Bytes of a mutant at most; longer ones find little that short ones do not, and cost more. */
const MAX_BYTES = 64 * 1024
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]
const NUMBERS = ['0', '-1', '1e308', '-1e308', '0.1', '9007199254740993', '4294967296', '00', '1e', '𝟗']

type Change = (bytes: Buffer, random: SeededRandom, other: Buffer, words: readonly string[]) => Buffer

const CHANGES: readonly Change[] = [
  (bytes, random) =>
    edited(bytes, random, (copy, at) => copy.writeUInt8(copy[at]! ^ (1 << random.below(8)), at)),
  (bytes, random) => edited(bytes, random, (copy, at) => copy.writeUInt8(random.below(256), at)),
  (bytes, random) =>
    edited(bytes, random, (copy, at) => {
      const [width, value] = [random.pick([1, 2, 4]), random.pick(EXTREMES)]
      if (at + width > copy.length) return
      const fitting = value % 2 ** (8 * width)
      if (random.below(2) === 0) copy.writeUIntLE(fitting, at, width)
      else copy.writeUIntBE(fitting, at, width)
    }),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random)
    const times = random.pick([1, 1, 2, 50])
    const again = Array.from({ length: times }, () => bytes.subarray(from, to))
    return Buffer.concat([bytes.subarray(0, to), ...again, bytes.subarray(to)])
  },
  (bytes, random, other) => {
    const [from, to] = range(other, random)
    return inserted(bytes, random, other.subarray(from, to))
  },
  (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]),
  (bytes, random, _, words) => inserted(bytes, random, Buffer.from(random.pick(words))),
  (bytes, random) => {
    // Latin-1, so that every byte survives the way through text.
    const text = bytes.toString('latin1')
    const found = [...text.matchAll(/-?\d+(\.\d+)?/g)]
    if (found.length === 0) return bytes
    const { index, 0: number } = random.pick(found)
    const changed = text.slice(0, index) + random.pick(NUMBERS) + text.slice(index + number.length)
    return Buffer.from(changed, 'latin1')
  },
]

/** One to four changes of one of `pool`. */
export function mutate(pool: readonly Buffer[], random: SeededRandom, words: readonly string[]): Buffer {
  let bytes: Buffer = random.pick(pool)
  for (let left = 1 + random.below(4); left > 0; left--)
    bytes = random.pick(CHANGES)(bytes, random, random.pick(pool), words).subarray(0, MAX_BYTES)
  return bytes
}

function edited(bytes: Buffer, random: SeededRandom, edit: (copy: Buffer, at: number) => unknown): Buffer {
  if (bytes.length === 0) return bytes
  const copy = Buffer.from(bytes)
  edit(copy, random.below(copy.length))
  return copy
}

function range(bytes: Buffer, random: SeededRandom): readonly [number, number] {
  const from = random.below(bytes.length + 1)
  return [from, Math.min(bytes.length, from + 1 + random.below(random.pick([4, 64, 4096])))]
}

function inserted(bytes: Buffer, random: SeededRandom, piece: Buffer): Buffer {
  const at = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}
