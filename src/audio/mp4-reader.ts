/**
 * Reads Opus packets out of MP4, in one piece or in fragments (as browsers record), as hostile input.
 *
 * Boxes are u32 size · type · body, big-endian; those that hold others are walked into. Samples are found through the tables of
 * the track and of each fragment; one that lies outside of the file ends the reading.
 */
import type { OpusTrack } from './contained-opus.ts'
import { TAKEN_FORMATS } from './formats.ts'
import { unsupportedAudio } from './recording.ts'

const WALKED_INTO: ReadonlySet<string> = new Set([
  'moov',
  'trak',
  'mdia',
  'minf',
  'stbl',
  'mvex',
  'moof',
  'traf',
])
/** A sample entry of sound before its own boxes: head, index, version, channels, bits, rate. */
const SOUND_ENTRY_BYTES = 36
const DOPS_BYTES = 11

interface Track {
  id: number
  codec: string
  channels: number
  preSkip: number
  outputGain: number
  /** Sizes of all samples, chunks' places, and `[first chunk, samples a chunk]` of each run of chunks. */
  sizes: number[]
  chunks: number[]
  runs: [number, number][]
}

interface Fragment {
  track: number
  base: number
  defaultSize: number
  /** Where the next run's samples begin that names no place. */
  at: number
}

class Mp4Reader {
  readonly tracks: Track[] = []
  readonly packets: Uint8Array[] = []
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #defaultSizes = new Map<number, number>()
  #moof = 0
  #fragment: Fragment = { track: 0, base: 0, defaultSize: 0, at: 0 }

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get opus(): Track | undefined {
    return this.tracks.find(({ codec }) => codec === 'Opus')
  }

  walk(): void {
    const end = this.#bytes.length
    for (let at = 0; at + 8 <= end; ) {
      const size = this.#view.getUint32(at)
      const type = this.#text(at + 4)
      const headBytes = size === 1 ? 16 : 8
      if (at + headBytes > end) return
      const long = size === 1 ? Number(this.#view.getBigUint64(at + 8)) : size
      const next = long === 0 ? end : Math.min(end, at + long)
      if (next < at + headBytes) return
      if (type === 'moof') this.#moof = at
      if (type === 'trak') this.tracks.push(newTrack())
      if (WALKED_INTO.has(type)) at += headBytes
      else {
        this.#read(type, at + headBytes, next)
        at = next
      }
    }
  }

  /** The packets of a track whose tables list them all. */
  addListed({ sizes, chunks, runs }: Track): void {
    let sample = 0
    for (const [i, chunk] of chunks.entries()) {
      const run = runs.findLast(([first]) => first <= i + 1)
      let at = chunk
      for (let k = 0; k < (run?.[1] ?? 0) && sample < sizes.length; k++) {
        if (!this.#addPacket(at, sizes[sample]!)) return
        at += sizes[sample++]!
      }
    }
  }

  /** A box between two offsets; what is shorter than its fields is as if it were not there. */
  #read(type: string, at: number, end: number): void {
    const track = this.tracks.at(-1)
    const bytes = end - at
    if (type === 'trex' && bytes >= 24)
      this.#defaultSizes.set(this.#view.getUint32(at + 4), this.#view.getUint32(at + 16))
    else if (type === 'tfhd' && bytes >= 8) this.#openFragment(at, end)
    else if (type === 'trun' && bytes >= 8) this.#readRun(at, end)
    else if (track === undefined) return
    else if (type === 'tkhd' && bytes >= 24)
      track.id = this.#view.getUint32(at + (this.#bytes[at] === 1 ? 20 : 12))
    else if (type === 'stsd' && bytes >= 8 + SOUND_ENTRY_BYTES) this.#readEntry(track, at + 8, end)
    else if (type === 'stsz' && bytes >= 12) {
      const each = this.#view.getUint32(at + 4)
      const count = this.#view.getUint32(at + 8)
      track.sizes =
        each === 0
          ? this.#numbers(at + 12, end, count, 4)
          : Array<number>(Math.min(count, Math.floor(this.#bytes.length / each))).fill(each)
    } else if (type === 'stco' && bytes >= 8)
      track.chunks = this.#numbers(at + 8, end, this.#view.getUint32(at + 4), 4)
    else if (type === 'stsc' && bytes >= 8) {
      const starts = this.#numbers(at + 8, end, this.#view.getUint32(at + 4), 12)
      track.runs = starts.map((first, i) => [first, this.#view.getUint32(at + 12 + 12 * i)])
    }
  }

  #readEntry(track: Track, at: number, end: number): void {
    track.codec = this.#text(at + 4)
    track.channels = this.#view.getUint16(at + 24)
    for (let box = at + SOUND_ENTRY_BYTES; box + 8 + DOPS_BYTES <= end; ) {
      const size = this.#view.getUint32(box)
      if (this.#text(box + 4) === 'dOps') {
        track.channels = this.#bytes[box + 9]!
        track.preSkip = this.#view.getUint16(box + 10)
        track.outputGain = this.#view.getInt16(box + 16)
        // A mapping family other than 0 lists streams, which mono and stereo recordings do not have.
        if (this.#bytes[box + 18] !== 0)
          throw unsupportedAudio('expected Opus of one or two channels, got more')
        return
      }
      if (size < 8) return
      box += size
    }
  }

  /** tfhd: flags, track, then by flag: base u64, entry, duration, size, flags of a sample, u32 each. */
  #openFragment(at: number, end: number): void {
    const flags = this.#view.getUint32(at) & 0xffffff
    const track = this.#view.getUint32(at + 4)
    let field = at + 8
    const take = (bit: number, bytes: number): number | undefined => {
      if ((flags & bit) === 0 || field + bytes > end) return undefined
      field += bytes
      return field - bytes
    }
    const baseAt = take(0x1, 8)
    take(0x2, 4)
    take(0x8, 4)
    const sizeAt = take(0x10, 4)
    const base = baseAt === undefined ? this.#moof : Number(this.#view.getBigUint64(baseAt))
    const defaultSize =
      sizeAt === undefined ? (this.#defaultSizes.get(track) ?? 0) : this.#view.getUint32(sizeAt)
    this.#fragment = { track, base, defaultSize, at: base }
  }

  /** trun: flags, count, then by flag: place i32, first sample's flags; of each sample duration, size, flags, offset. */
  #readRun(at: number, end: number): void {
    const fragment = this.#fragment
    const flags = this.#view.getUint32(at) & 0xffffff
    const count = this.#view.getUint32(at + 4)
    let field = at + 8
    if ((flags & 0x1) !== 0 && field + 4 <= end) {
      fragment.at = fragment.base + this.#view.getInt32(field)
      field += 4
    }
    if ((flags & 0x4) !== 0) field += 4
    const sizeOffset = (flags & 0x100) !== 0 ? 4 : 0
    const sampleBytes = 4 * [0x100, 0x200, 0x400, 0x800].filter((bit) => (flags & bit) !== 0).length
    for (let i = 0; i < count; i++) {
      const has = (flags & 0x200) !== 0
      if (field + sampleBytes > end) return
      const size = has ? this.#view.getUint32(field + sizeOffset) : fragment.defaultSize
      field += sampleBytes
      const isOurs = fragment.track === this.opus?.id
      if (isOurs && !this.#addPacket(fragment.at, size)) return
      if (size === 0 && sampleBytes === 0) return
      fragment.at += size
      if (fragment.at > this.#bytes.length) return
    }
  }

  /** False where it does not lie in the file. */
  #addPacket(at: number, size: number): boolean {
    if (at < 0 || at + size > this.#bytes.length) return false
    if (size > 0) this.packets.push(this.#bytes.subarray(at, at + size))
    return true
  }

  /** The first u32 of each of `count` entries of `stride` bytes, as many as there are. */
  #numbers(at: number, end: number, count: number, stride: number): number[] {
    const there = Math.min(count, Math.floor((end - at) / stride))
    return Array.from({ length: there }, (_, i) => this.#view.getUint32(at + i * stride))
  }

  #text(at: number): string {
    return String.fromCharCode(...this.#bytes.subarray(at, at + 4))
  }
}

/** The first track with Opus. Throws UNSUPPORTED_AUDIO where there is none, with the codec of the first track. */
export function readMp4(bytes: Uint8Array): OpusTrack {
  const reader = new Mp4Reader(bytes)
  reader.walk()
  const { opus } = reader
  if (opus === undefined) {
    const codec = reader.tracks.find((track) => track.codec !== '')?.codec ?? ''
    const got = codec === 'mp4a' ? 'AAC' : /^[ -~]{4}$/.test(codec) ? `'${codec}'` : 'no sound'
    throw unsupportedAudio(`expected ${TAKEN_FORMATS}, got MP4 with ${got}`)
  }
  if (opus.sizes.length > 0) reader.addListed(opus)
  const { channels, preSkip, outputGain } = opus
  return { channels, preSkip, outputGain, packets: reader.packets }
}

function newTrack(): Track {
  return { id: 0, codec: '', channels: 1, preSkip: 0, outputGain: 0, sizes: [], chunks: [], runs: [] }
}
