import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barLine, ProgressLine } from '../../src/commands/progress-line.ts'

function sink(isTTY: boolean, columns?: number) {
  const written: string[] = []
  return {
    isTTY,
    ...(columns === undefined ? {} : { columns }),
    write: (text: string) => written.push(text),
    written,
  }
}

const at = (step: string, doneBytes: number) => ({ step, doneBytes, totalBytes: 100 })

test('the bar is as full as the work is done', () => {
  assert.equal(barLine(at('flow', 0), 0), `${'░'.repeat(24)}   0 %  0 s  flow`)
  assert.equal(barLine(at('flow', 50), 12.4), `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  12 s  flow`)
  assert.equal(barLine(at('flow', 100), 61), `${'█'.repeat(24)} 100 %  61 s  flow`)
})

test('a terminal gets one line that is redrawn at most every 80 ms and wiped at the end', () => {
  const out = sink(true, 40)
  let now = 0
  const line = new ProgressLine(out, () => now)
  for (; now < 800; now += 10) line.show(at('flow', now / 8))
  line.end()
  assert.equal(out.written.length, 11)
  for (const text of out.written) assert.ok(text.startsWith('\r\u001b[K') && text.length <= 4 + 39, text)
  assert.equal(out.written.at(-1), '\r\u001b[K')
})

test('elsewhere each step is one plain line, and hashing none', () => {
  const out = sink(false)
  const line = new ProgressLine(out)
  for (const step of ['flow', 'flow', 'hift', 'hashing flow.weights']) line.show(at(step, 1))
  line.end()
  assert.deepEqual(out.written, ['converting flow\n', 'converting hift\n'])
})
