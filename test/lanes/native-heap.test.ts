import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { linuxFunctions } from '../../src/core/native-calls.ts'
import { trimNativeHeapAside } from '../../src/lanes/native-heap.ts'

interface Blocks {
  malloc(bytes: number): bigint
  memset(block: bigint, value: number, bytes: number): bigint
  free(block: bigint): void
}

const blocks = linuxFunctions<Blocks>((library) => ({
  malloc: library.func('uintptr_t malloc(size_t bytes)'),
  memset: library.func('uintptr_t memset(uintptr_t block, int value, size_t bytes)'),
  free: library.func('void free(uintptr_t block)'),
}))

/** Below the size from which a block is mapped by itself. */
const BLOCK_BYTES = 100_000
const COUNT = 2000

it('freed pieces between blocks in use go back to the system', { skip: blocks() === null }, async () => {
  const { malloc, memset, free } = blocks()!
  const large: bigint[] = []
  const small: bigint[] = []
  for (let index = 0; index < COUNT; index++) {
    large.push(malloc(BLOCK_BYTES))
    memset(large.at(-1)!, 1, BLOCK_BYTES)
    small.push(malloc(64))
  }
  const used = process.memoryUsage.rss()
  for (const block of large) free(block)
  const freed = process.memoryUsage.rss()
  assert.ok(used - freed < 0.1 * COUNT * BLOCK_BYTES, `they lie between blocks in use: ${used} → ${freed}`)
  trimNativeHeapAside()
  for (let waited = 0; used - process.memoryUsage.rss() < 0.8 * COUNT * BLOCK_BYTES; waited += 20) {
    assert.ok(waited < 30_000, `given back: ${used} → ${process.memoryUsage.rss()}`)
    await sleep(20)
  }
  for (const block of small) free(block)
})
