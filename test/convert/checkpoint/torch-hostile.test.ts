/** Files made to harm: each is refused with a reason that names what it tried, before anything is allocated for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PickleWriter } from '../../../bench/real-dims/pickle-writer.ts'
import { readTorch, type TorchFile } from '../../../src/convert/checkpoint/torch.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { type ZipInput, zipOf } from '../../helpers/zip-writer.ts'

/** A dict of one key; `write` puts the value. */
function dictOf(write: (pickle: PickleWriter) => PickleWriter): Uint8Array {
  return write(new PickleWriter().raw(0x80, 2, '}').text('w'))
    .raw('s.')
    .bytes()
}

function openPickle(pickle: Uint8Array, records: readonly ZipInput[] = []): Promise<TorchFile> {
  return openZip([{ name: 'a/data.pkl', data: pickle }, ...records])
}

function openZip(records: readonly ZipInput[]): Promise<TorchFile> {
  return readTorch(new MemoryBytes(zipOf(records), 'x.pt'))
}

function refused(file: Promise<TorchFile>, detail: RegExp): Promise<void> {
  return assert.rejects(file, { code: 'BAD_CHECKPOINT', detail })
}

const eightFloats: ZipInput = { name: 'a/data/0', data: new Uint8Array(32) }
const good = dictOf((pickle) => pickle.tensor('FloatStorage', '0', 8, [2, 4], [4, 1]))

test('the honest file of these tests is read', async () => {
  const { tensors } = await openPickle(good, [eightFloats])
  assert.deepEqual(tensors.get('w')!.shape, [2, 4])
  assert.deepEqual(await tensors.get('w')!.read(), new Uint8Array(32))
})

for (const [module, name] of [
  ['builtins', 'eval'],
  ['os', 'system'],
  ['torch', 'load'],
  ['torch._utils', '_rebuild_sparse_tensor'],
  ['__builtin__', 'getattr'],
  ['numpy.core.multiarray', 'scalar'],
] as const) {
  test(`${module}.${name} is refused by name, called or not`, async () => {
    const reason = new RegExp(`got '${module}\\.${name}' \\(nothing was run\\)`)
    await refused(openPickle(dictOf((pickle) => pickle.global(module, name))), reason)
    await refused(openPickle(dictOf((p) => p.text(module).text(name).raw(0x93).raw(')R'))), reason)
  })
}

for (const [code, name] of [
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x81, 'NEWOBJ'],
  [0x92, 'NEWOBJ_EX'],
  [0x82, 'EXT1'],
  [0x49, 'INT'],
  [0xf0, 'unknown'],
] as const) {
  test(`opcode ${name} is refused`, async () => {
    await refused(openPickle(dictOf((pickle) => pickle.raw(code))), new RegExp(`got ${name} \\(0x`))
  })
}

test('a storage class is a name, not something to call', async () => {
  await refused(
    openPickle(dictOf((p) => p.global('torch', 'FloatStorage').raw(')R'))),
    /a call that makes a tensor/,
  )
})

for (const [what, shape, strides, offset] of [
  ['past the end', [3, 4], [4, 1], 0],
  ['past the end by its stride', [2, 4], [5, 1], 0],
  ['past the end by its offset', [2, 4], [4, 1], 1],
  ['with a negative stride', [2, 4], [-4, 1], 7],
  ['with a negative offset', [2, 4], [4, 1], -1],
  ['with a negative size', [-2, 4], [4, 1], 0],
  ['with fewer strides than sizes', [2, 4], [4], 0],
] as const) {
  test(`a view ${what} is refused`, async () => {
    const pickle = dictOf((p) => p.tensor('FloatStorage', '0', 8, shape, strides, offset))
    await refused(openPickle(pickle, [eightFloats]), /a view inside the storage/)
  })
}

test('a small storage expanded into gigabytes is refused at opening', async () => {
  const pickle = dictOf((p) => p.tensor('FloatStorage', '0', 8, [30_000, 30_000], [0, 0]))
  await refused(openPickle(pickle, [eightFloats]), /expanded from 8 elements/)
})

test('more dimensions than any tensor has are refused', async () => {
  const many = new Array<number>(17).fill(1)
  await refused(
    openPickle(
      dictOf((p) => p.tensor('FloatStorage', '0', 8, many, many)),
      [eightFloats],
    ),
    /17 dim/,
  )
})

test('a storage whose record is missing or of another size is refused with both sizes', async () => {
  await refused(openPickle(good), /32 bytes, got no such record/)
  await refused(openPickle(good, [{ name: 'a/data/0', data: new Uint8Array(31) }]), /32 bytes, got 31 bytes/)
})

test('one storage under two types is refused', async () => {
  const pickle = new PickleWriter()
    .raw(0x80, 2, '}')
    .text('w')
    .tensor('FloatStorage', '0', 8, [8], [1])
    .raw('s')
  pickle.text('v').tensor('IntStorage', '0', 8, [8], [1]).raw('s.')
  await refused(openPickle(pickle.bytes(), [eightFloats]), /8 × float32 as before, got 8 × int32/)
})

test('a storage key that is a path is refused', async () => {
  await refused(
    openPickle(dictOf((p) => p.tensor('FloatStorage', '../0', 8, [8], [1]))),
    /a plain storage key/,
  )
})

test('a dict that contains itself is refused for its depth', async () => {
  const pickle = new PickleWriter().raw(0x80, 2, '}', 'q', 0).text('w').raw('h', 0, 's.')
  await refused(openPickle(pickle.bytes()), /less nesting/)
})

test('lists that double at each level are refused by their number of values', async () => {
  const pickle = new PickleWriter().raw(0x80, 2, '}').text('w').raw(']', 'q', 0)
  for (let level = 0; level < 12; level++) {
    pickle.raw('0]', 'q', level + 1, '(')
    for (let copy = 0; copy < 8; copy++) pickle.raw('h', level)
    pickle.raw('e')
  }
  await refused(openPickle(pickle.raw('s.').bytes()), /at most 200000 values/)
})

test('a pickle of endless small values is refused by its number of opcodes', async () => {
  const pickle = Buffer.alloc(5_000_000, ']')
  await refused(openPickle(new Uint8Array(pickle)), /at most 4000000 opcodes/)
})

test('a length beyond the pickle is refused before memory is taken', async () => {
  const pickle = dictOf((p) => p.raw('X', 0xff, 0xff, 0xff, 0x7f, 'abc'))
  await refused(openPickle(pickle), /2147483647 bytes, got 5 left/)
})

test('an integer of thousands of digits is refused', async () => {
  await refused(openPickle(dictOf((p) => p.raw(0x8b, 0, 0x10, 0, 0))), /an integer of at most 9 bytes/)
})

test('keys such as __proto__ stay keys', async () => {
  const pickle = new PickleWriter().raw(0x80, 2, '}').text('__proto__').int(1).raw('s.')
  const { scalars } = await openPickle(pickle.bytes())
  assert.equal(scalars.get('__proto__'), 1)
  assert.equal(Object.getOwnPropertyNames(Object.prototype).includes('w'), false)
})

test('zip records that are compressed, encrypted, doubled or mislabelled are refused', async () => {
  const record = { name: 'a/data.pkl', data: good }
  await refused(openZip([{ ...record, lie: { method: 8 } }]), /a stored record, got compression method 8/)
  await refused(openZip([{ ...record, lie: { flags: 1, size: good.length } }]), /encrypted|size mismatch/)
  await refused(openZip([record, record]), /each name once/)
  await refused(openZip([{ ...record, lie: { localName: 'b/data.pkl' } }]), /the same name in its header/)
  await refused(openZip([{ ...record, lie: { size: 1e6 } }]), /a file of/)
})

test('an archive without exactly one data.pkl one folder deep is refused', async () => {
  await refused(openZip([{ name: 'data.pkl', data: good }]), /got 0 of them/)
  await refused(openZip([{ name: 'a/b/data.pkl', data: good }]), /got 0 of them/)
  const two = [
    { name: 'a/data.pkl', data: good },
    { name: 'b/data.pkl', data: good },
  ]
  await refused(openZip(two), /got 2 of them/)
})

test('big-endian files and TorchScript programs are refused by what they are', async () => {
  await refused(
    openPickle(good, [eightFloats, { name: 'a/byteorder', data: Buffer.from('big') }]),
    /little, got big/,
  )
  await refused(
    openPickle(good, [eightFloats, { name: 'a/constants.pkl', data: good }]),
    /a TorchScript program/,
  )
})

test('a Git LFS pointer is called what it is', async () => {
  const pointer = Buffer.from('version https://git-lfs.github.com/spec/v1\n')
  await refused(readTorch(new MemoryBytes(pointer)), /a Git LFS pointer/)
})
