/** A provider with the code of one kind of card: nothing but others' code changes, and a card is never given zeros. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { keepArchitecture } from '../../../bench/prove-gpu/one-architecture.ts'
import type { TtsError } from '../../../src/core/errors.ts'

interface Code {
  readonly architecture: number
  readonly bytes: number
}

const HEADER = 64
const FILL = 0x5a

function entry({ architecture, bytes }: Code): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeUInt16LE(2, 0)
  header.writeUInt32LE(HEADER, 4)
  header.writeBigUInt64LE(BigInt(bytes), 8)
  header.writeUInt32LE(architecture, 28)
  return Buffer.concat([header, Buffer.alloc(bytes, FILL)])
}

function container(codes: readonly Code[]): Buffer {
  const entries = Buffer.concat(codes.map(entry))
  const header = Buffer.alloc(16)
  header.writeUInt32LE(0xba55ed50, 0)
  header.writeUInt16LE(1, 4)
  header.writeUInt16LE(16, 6)
  header.writeBigUInt64LE(BigInt(entries.length), 8)
  return Buffer.concat([header, entries])
}

/** An ELF file of a section with `content` and one with names; `before` other bytes lie in front. */
function library(content: Buffer, name = '.nv_fatbin', before = 128): Buffer {
  const names = Buffer.from(`\0.text\0${name}\0`, 'latin1')
  const head = Buffer.alloc(64)
  const front = Buffer.alloc(before, FILL)
  const headers = 64 + before + content.length + names.length
  head.writeUInt32LE(0x464c457f, 0)
  head.writeBigUInt64LE(BigInt(headers), 40)
  head.writeUInt16LE(64, 58)
  head.writeUInt16LE(3, 60)
  head.writeUInt16LE(2, 62)
  const section = (at: number, start: number, bytes: number) => {
    const header = Buffer.alloc(64)
    header.writeUInt32LE(at, 0)
    header.writeBigUInt64LE(BigInt(start), 24)
    header.writeBigUInt64LE(BigInt(bytes), 32)
    return header
  }
  const fat = section(7, 64 + before, content.length)
  const own = section(0, 64 + before + content.length, names.length)
  return Buffer.concat([head, front, content, names, section(1, 64, before), fat, own])
}

/** The container as it should be for a card of 9.0. */
function withoutOthers(codes: readonly Code[]): Buffer {
  const whole = container(codes)
  let at = 16
  for (const { architecture, bytes } of codes) {
    if (architecture !== 90) whole.fill(0, at + HEADER, at + HEADER + bytes)
    at += HEADER + bytes
  }
  return whole
}

it("others' code becomes zeros, byte for byte; headers and all else stay", () => {
  const codes = [
    [
      { architecture: 75, bytes: 40 },
      { architecture: 90, bytes: 24 },
    ],
    [{ architecture: 120, bytes: 16 }],
    [{ architecture: 90, bytes: 8 }],
  ]
  // Between containers there may be zeros.
  const content = Buffer.concat(codes.flatMap((each) => [container(each), Buffer.alloc(8)]))
  const wanted = Buffer.concat(codes.flatMap((each) => [withoutOthers(each), Buffer.alloc(8)]))
  const changed = library(content)
  assert.deepEqual(keepArchitecture(changed, 90), { kept: 32, zeroed: 56 })
  assert.deepEqual(changed, library(wanted))
})

function refusal(file: Buffer, architecture: number): string {
  try {
    keepArchitecture(file, architecture)
  } catch (error) {
    return (error as TtsError).detail ?? ''
  }
  return 'taken'
}

it('what has no code for the card, or is no such library, is refused', () => {
  const content = container([{ architecture: 75, bytes: 16 }])
  assert.match(refusal(library(content), 90), /no code for compute capability 9/)
  assert.match(refusal(library(content, '.data'), 75), /no section \.nv_fatbin/)
  assert.match(refusal(Buffer.alloc(100), 75), /no ELF file/)
  const cut = container([{ architecture: 75, bytes: 16 }])
  cut.writeBigUInt64LE(1n << 20n, 8)
  assert.match(refusal(library(cut), 75), /a container at \d+ that ends/)
  const odd = container([{ architecture: 75, bytes: 16 }])
  odd.writeBigUInt64LE(1n << 20n, 16 + 8)
  assert.match(refusal(library(odd), 75), /an entry at \d+ that ends/)
})
