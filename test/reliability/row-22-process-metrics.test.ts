import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { it } from 'node:test'
import { startTestServer } from '../helpers/test-server.ts'

const DESCRIPTORS = 40

it('heap, external memory, descriptors and the event loop are told as they are', async (t) => {
  const { metric } = await startTestServer(t)
  const heap = await metric('nodejs_heap_used_bytes')
  assert.ok(heap > 1e6 && heap < (await metric('nodejs_heap_limit_bytes')))
  const held = Buffer.alloc(64e6)
  const external = await metric('nodejs_external_memory_bytes')
  assert.ok(external >= held.length, `${external} bytes`)
  const utilization = await metric('light_tts_event_loop_utilization_ratio')
  assert.ok(utilization > 0 && utilization <= 1)
  assert.ok((await metric('light_tts_event_loop_delay_p99_seconds')) > 0)
})

it('descriptors are counted', { skip: process.platform === 'linux' ? false : 'Linux only' }, async (t) => {
  const { metric } = await startTestServer(t)
  const before = await metric('process_open_fds')
  const open = Array.from({ length: DESCRIPTORS }, () => openSync('/dev/null', 'r'))
  try {
    const more = (await metric('process_open_fds')) - before
    // Connections come and go beside.
    assert.ok(Math.abs(more - DESCRIPTORS) < 8, `${more} more`)
    assert.ok((await metric('process_max_fds')) > before + DESCRIPTORS)
  } finally {
    for (const descriptor of open) closeSync(descriptor)
  }
})
