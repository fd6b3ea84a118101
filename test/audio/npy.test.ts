/** `.npy` files: there and back, the reference's own files, and files that lie. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { decodeNpy, encodeNpy, writeNpy } from '../../src/audio/npy.ts'
import { TtsError } from '../../src/core/errors.ts'
import { readNpy } from '../helpers/npy.ts'
import { goldenDir } from '../helpers/paths.ts'

const floats = Float32Array.of(1.5, -2, 3, 4, 5, 6)

it('arrays of each type and rank come back as they were', () => {
  for (const data of [
    floats,
    Int32Array.of(1, -2, 3, 4, 5, 6),
    BigInt64Array.of(1n, -(2n ** 62n), 3n, 4n, 5n, 6n),
  ]) {
    for (const shape of [[6], [2, 3], [1, 2, 3, 1]]) {
      assert.deepEqual(decodeNpy(encodeNpy(data, shape), 'a.npy'), { shape, data })
    }
  }
  assert.deepEqual(decodeNpy(encodeNpy(Float32Array.of(7), []), 'a.npy'), {
    shape: [],
    data: Float32Array.of(7),
  })
  assert.deepEqual(decodeNpy(encodeNpy(new Int32Array(0), [0, 80]), 'a.npy').shape, [0, 80])
})

it('writes what NumPy writes: version 1, aligned to 64, a tuple of one with its comma', () => {
  const file = Buffer.from(encodeNpy(floats))
  assert.equal(file.length, 128 + 24)
  assert.equal(file.toString('latin1', 0, 8), '\x93NUMPY\x01\0')
  assert.equal(file.readUInt16LE(8), 118)
  assert.equal(
    file.toString('latin1', 10, 127).trimEnd(),
    "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
  )
  assert.equal(file[127], 0x0a)
})

it('reads every reference array of the three types, and re-encodes NumPy’s own file byte for byte', async () => {
  const folder = join(goldenDir, 'expected')
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.npy'))
  let same = 0
  for (const name of names) {
    const file = await readFile(join(folder, name))
    if (!/'<(f4|i4|i8)'/.test(file.toString('latin1', 0, 128))) continue
    const { data, shape } = decodeNpy(file, name)
    assert.deepEqual(Buffer.from(encodeNpy(data, shape)), file, name)
    same++
  }
  assert(same > 50, `only ${same} files of ${names.length}`)
})

it('goes to disk and back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'npy-'))
  try {
    await writeNpy(join(folder, 'a.npy'), floats, [3, 2])
    assert.deepEqual(readNpy(join(folder, 'a.npy')), { shape: [3, 2], data: floats })
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('refuses what is not as it says, with expected and got', () => {
  const file = Buffer.from(encodeNpy(floats, [2, 3]))
  const edited = (from: string, to: string) =>
    Buffer.from(file.toString('latin1').replace(from, to), 'latin1')
  const version = (major: number) => {
    const copy = Buffer.from(file)
    copy[6] = major
    return copy
  }
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(0), /^expected a \.npy file, got 0 bytes/],
    [file.subarray(0, 11), /a \.npy file, got 11 bytes/],
    [edited('NUMPY', 'NUMPX'), /a \.npy file/],
    [version(0), /version 1–3, got 0/],
    [version(4), /version 1–3, got 4/],
    [version(2), /header of \d+ bytes, got a file of 152 bytes/],
    [file.subarray(0, 100), /header of 118 bytes, got a file of 100 bytes/],
    [file.subarray(0, 151), /24 bytes of data for shape \(2, 3\), got 23/],
    [Buffer.concat([file, Buffer.alloc(4)]), /24 bytes of data for shape \(2, 3\), got 28/],
    [edited('(2, 3)', '(9, 9)'), /324 bytes of data/],
    [edited('(2, 3)', '(2,-3'), /a NumPy header, got \{/],
    [edited('False, ', 'True,  '), /C order, got Fortran order/],
    [edited('<f4', '>f4'), /one of <f4, <i4, <i8, got >f4/],
    [edited('<f4', 'abc'), /got abc/],
    [edited("'<f4'", '[1]  '), /a NumPy header/],
  ]
  for (const [bytes, detail] of cases) {
    assert.throws(
      () => decodeNpy(bytes, 'x.npy'),
      (error) => {
        assert(error instanceof TtsError)
        assert.deepEqual([error.code, error.message], ['BAD_USAGE', 'array file x.npy'])
        assert.match(error.detail, detail)
        return true
      },
    )
  }
})

it('a shape that does not fit the data is our own fault', () => {
  assert.throws(() => encodeNpy(floats, [4, 2]), /expected 8 elements for shape \[4,2\], got 6/)
})
