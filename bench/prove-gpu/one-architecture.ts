/**
 * A CUDA library with the code of one kind of card: that of others becomes zeros, which a packer makes next to nothing of.
 *
 * Section `.nv_fatbin` of the ELF file is a row of containers, each with entries behind its header:
 *
 *   container   u32 magic | u16 version | u16 bytes of header | u64 bytes behind it
 *   entry       u16 kind | u16 version | u32 bytes of header | u64 bytes of code | … | at 28: u32 compute capability, as 90
 *
 * The driver picks an entry by its header, and headers stay. So no card is given zeros to run.
 */
import { TtsError } from '../../src/core/errors.ts'

const SECTION = '.nv_fatbin'
const MAGIC = 0xba55ed50
const ALIGN = 8
/** Of ELF for 64 bits: where section headers are named, and their fields. */
const ELF = { magic: 0x464c457f, headers: 40, size: 58, count: 60, names: 62 } as const

/** Zeroes code of other cards in place. Bytes of code kept, by compute capability. Throws BAD_USAGE. */
export function keepArchitecture(library: Buffer, architecture: number): { kept: number; zeroed: number } {
  const { start, end } = fatSection(library)
  let [kept, zeroed] = [0, 0]
  for (let at = start; at + 16 <= end; ) {
    if (library.readUInt32LE(at) !== MAGIC) {
      at += ALIGN
      continue
    }
    const first = at + library.readUInt16LE(at + 6)
    const behind = first + Number(library.readBigUInt64LE(at + 8))
    if (behind > end) throw damaged(`a container at ${at} that ends at ${behind} of ${end}`)
    for (let entry = first; entry < behind; ) {
      const code = entry + library.readUInt32LE(entry + 4)
      const next = code + Number(library.readBigUInt64LE(entry + 8))
      if (next > behind || next <= entry) throw damaged(`an entry at ${entry} that ends at ${next}`)
      if (library.readUInt32LE(entry + 28) === architecture) kept += next - code
      else {
        library.fill(0, code, next)
        zeroed += next - code
      }
      entry = next
    }
    at = Math.ceil(behind / ALIGN) * ALIGN
  }
  if (kept === 0) throw damaged(`no code for compute capability ${architecture / 10}`)
  return { kept, zeroed }
}

function fatSection(library: Buffer): { start: number; end: number } {
  if (library.length < 64 || library.readUInt32LE(0) !== ELF.magic) throw damaged('no ELF file')
  const headers = Number(library.readBigUInt64LE(ELF.headers))
  const size = library.readUInt16LE(ELF.size)
  const header = (i: number) => {
    const at = headers + i * size
    return {
      name: library.readUInt32LE(at),
      start: Number(library.readBigUInt64LE(at + 24)),
      bytes: Number(library.readBigUInt64LE(at + 32)),
    }
  }
  const names = header(library.readUInt16LE(ELF.names)).start
  for (let i = 0; i < library.readUInt16LE(ELF.count); i++) {
    const { name, start, bytes } = header(i)
    const from = names + name
    const text = library.toString('latin1', from, library.indexOf(0, from))
    if (text === SECTION) return { start, end: start + bytes }
  }
  throw damaged(`no section ${SECTION}`)
}

const damaged = (got: string) =>
  new TtsError('BAD_USAGE', '--architecture', `expected a library with code for cards, got ${got}`)
