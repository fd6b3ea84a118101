/** HAProxy and nginx as real processes of a test, stopped when it ends. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { findProgram, type Tool } from './required-tools.ts'

const START_LIMIT_MS = 20_000
const END_LIMIT_MS = 2000

/** An empty folder that goes with the test. */
export function testFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-proxy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs the program in the foreground; resolves once its port accepts connections. */
export async function startProxy(
  t: TestContext,
  tool: Tool,
  args: readonly string[],
  port: number,
): Promise<ChildProcess> {
  const program = findProgram(tool)
  assert(program !== undefined, `${tool} is required and missing`)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
  const ended = once(child, 'exit')
  t.after(async () => {
    // HAProxy's master passes this on to its workers.
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS)
    await ended
    clearTimeout(late)
  })
  for (const limit = performance.now() + START_LIMIT_MS; performance.now() < limit; ) {
    assert(child.exitCode === null, `${tool} ended before it listened:\n${output}`)
    if (await accepts(port)) return child
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(`${tool} did not listen in time:\n${output}`)
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  socket.destroy()
  return isOpen
}
