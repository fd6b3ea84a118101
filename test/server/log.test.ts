import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import test from 'node:test'
import { createMetrics } from '../../src/core/metrics.ts'
import { createLogger } from '../../src/server/log.ts'

const MODULES = JSON.stringify({
  log: new URL('../../src/server/log.js', import.meta.url).href,
  metrics: new URL('../../src/core/metrics.js', import.meta.url).href,
})

/** Logs 20,000 lines, then tells on fd 3 that it lives and how many lines were dropped. */
const CHATTER = `
  const modules = ${MODULES}
  const { createLogger, surviveOutputErrors } = await import(modules.log)
  const { createMetrics } = await import(modules.metrics)
  const { writeSync } = await import('node:fs')
  surviveOutputErrors()
  const metrics = createMetrics()
  const log = createLogger('info', metrics)
  console.log('a line past the logger')
  for (let i = 0; i < 200; i++) {
    for (let k = 0; k < 100; k++) log.info({ i, filler: 'x'.repeat(250) }, 'line')
    await new Promise((resolve) => setImmediate(resolve))
  }
  const lost = async () => (await metrics.logDropped.get()).values[0].value
  for (let turn = 0; turn < 500 && (await lost()) === 0; turn++) await new Promise((resolve) => setTimeout(resolve, 20))
  const dropped = await lost()
  writeSync(3, JSON.stringify({ alive: true, dropped }))
  // An ordinary exit would wait for the write that no reader takes.
  process.kill(process.pid, 'SIGKILL')
`

async function chatter(stdout: number | 'pipe', onStart: (child: ReturnType<typeof spawn>) => void) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHATTER], {
    stdio: ['ignore', stdout, 'pipe', 'pipe'],
  })
  onStart(child)
  const parts: Buffer[] = []
  child.stdio[3]!.on('data', (chunk: Buffer) => parts.push(chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
  await once(child.stdio[3]!, 'end')
  clearTimeout(timer)
  return JSON.parse(Buffer.concat(parts).toString()) as { alive: boolean; dropped: number }
}

test('a disk that is full does not end the process, and lost lines are counted', async (t) => {
  if (!existsSync('/dev/full')) {
    t.skip('this system has no /dev/full')
    return
  }
  const { alive, dropped } = await chatter(openSync('/dev/full', 'w'), () => {})
  assert.ok(alive)
  assert.ok(dropped > 0)
})

test('a reader that went away does not end the process', async () => {
  const { alive, dropped } = await chatter('pipe', (child) => child.stdout!.destroy())
  assert.ok(alive)
  assert.ok(dropped > 0)
})

test('a reader that does not read does not block or end the process', async () => {
  const { alive, dropped } = await chatter('pipe', (child) => child.stdout!.pause())
  assert.ok(alive)
  assert.ok(dropped > 0, 'more was logged than may wait')
})

test('lines are written together, and the last ones are there when the process has ended', async () => {
  const code = `
    const modules = ${MODULES}
    const { createLogger } = await import(modules.log)
    const { createMetrics } = await import(modules.metrics)
    const log = createLogger('info', createMetrics())
    for (let i = 0; i < 50; i++) {
      log.info({ i }, 'line')
      await new Promise((resolve) => setImmediate(resolve))
    }
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: string[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  await once(child, 'close')
  const numbers = chunks
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).i)
  assert.deepEqual(numbers, [...Array(50).keys()])
  assert.ok(chunks.length < 25, `${chunks.length} pieces: each line wakes a thread`)
})

test('a line is one line of JSON whatever a client put into it, and long texts are cut', () => {
  const lines: string[] = []
  const log = createLogger('info', createMetrics(), { write: (line) => void lines.push(line) })
  log.info({ name: 'a\r\n{"level":"fatal","msg":"forged"}\u001b[2J', long: 'x'.repeat(1_000_000) }, 'request')
  assert.equal(lines.length, 1)
  const [line] = lines
  assert.equal(line?.split('\n').length, 2, 'one line break, at the end')
  assert.ok(!line?.includes('\u001b'))
  const parsed = JSON.parse(line ?? '')
  assert.equal(parsed.level, 'info')
  assert.equal(parsed.long.length, 257)
})

test('for people a line is short, in words, and holds no control character of a client', () => {
  const lines: string[] = []
  const to = { write: (line: string) => void lines.push(line) }
  const log = createLogger('info', createMetrics(), to, 'text')
  log.info({ route: '/v1/models', status: 200, name: 'a\u001b[2J\u009b31m' }, 'request')
  assert.match(lines.join(''), /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO.*: request .*"status":200/)
  assert(![...lines.join('')].some((sign) => sign === '\u001b' || sign === '\u009b'))
  const json: string[] = []
  createLogger('info', createMetrics(), { write: (line) => void json.push(line) }, 'auto').info('hello')
  assert.equal(JSON.parse(json.join('')).msg, 'hello', 'no terminal: JSON')
})
