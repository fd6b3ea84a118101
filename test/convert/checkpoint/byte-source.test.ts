import assert from 'node:assert/strict'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { FileBytes } from '../../../src/convert/checkpoint/byte-source.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-bytes-'))
  await writeFile(join(folder, 'ten'), Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
})
after(() => rm(folder, { recursive: true }))

test('a range is read exactly, in memory of its own', async () => {
  const bytes = await FileBytes.open(join(folder, 'ten'), 'ten')
  const read = await bytes.read(3, 4)
  await bytes.close()
  assert.equal(bytes.size, 10)
  assert.deepEqual([...read], [3, 4, 5, 6])
  assert.deepEqual([read.byteOffset, read.buffer.byteLength], [0, 4])
})

test('a range outside the file is refused before memory is taken', async () => {
  const bytes = await FileBytes.open(join(folder, 'ten'), 'ten')
  for (const [offset, length] of [
    [8, 3],
    [11, 0],
    [-1, 2],
    [0, -1],
    [0, 2 ** 50],
    [0.5, 1],
    [Number.NaN, 1],
  ] as const) {
    await assert.rejects(bytes.read(offset, length), { code: 'BAD_CHECKPOINT', detail: /a file of 10 bytes/ })
  }
  await bytes.close()
})

test('what is no file is refused by what it is', async () => {
  await assert.rejects(FileBytes.open(join(folder, 'none'), 'none'), {
    message: 'none',
    detail: /no such file/,
  })
  await assert.rejects(FileBytes.open(folder, 'folder'), {
    message: 'folder',
    detail: /a file, got a folder/,
  })
})

test('a file that shrinks while it is open is refused, not padded', async () => {
  const path = join(folder, 'shrinking')
  await writeFile(path, new Uint8Array(100))
  const bytes = await FileBytes.open(path, 'shrinking')
  await truncate(path, 40)
  await assert.rejects(bytes.read(0, 100), { detail: /100 bytes, got end of file after 40/ })
  await bytes.close()
})
