/** Redis or Valkey as a real process of a test, empty, without a disk. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { freePort } from '../../bench/server/free-port.ts'
import { testFolder } from './proxy-process.ts'
import { findProgram, isRequired } from './required-tools.ts'
import { until } from './until.ts'

/** Why tests that need it are left out, or false. */
export const skipWithoutRedis: string | false =
  (findProgram('redis-server') ?? findProgram('valkey-server')) !== undefined || isRequired('redis-server')
    ? false
    : 'no redis-server or valkey-server here (Debian: apt-get install redis-server)'

export interface RedisProcess {
  readonly port: number
  readonly url: string
  process: ChildProcess
  /** Starts it again on its port, empty. */
  restart(): Promise<void>
  /** What its own client is told. */
  ask(...command: readonly string[]): Promise<unknown>
}

export async function startRedis(t: TestContext, args: readonly string[] = []): Promise<RedisProcess> {
  const program = findProgram('redis-server') ?? findProgram('valkey-server')
  assert(program !== undefined, 'redis-server is required and missing')
  const [port, folder] = [await freePort(), testFolder(t)]
  const password = args.includes('--requirepass') ? args[args.indexOf('--requirepass') + 1] : undefined
  const ask = async (...[name = '', ...rest]: readonly string[]) => {
    const client = new Redis({
      port,
      host: '127.0.0.1',
      retryStrategy: () => null,
      ...(password && { password }),
    })
    client.on('error', () => {})
    try {
      return await client.call(name, ...rest)
    } finally {
      client.disconnect()
    }
  }
  const run = async () => {
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
    const child = spawn(program, [...own, ...args], { stdio: 'ignore' })
    await until(async () => {
      assert.equal(child.exitCode, null, 'redis-server ended')
      return (await ask('PING').catch(() => '')) === 'PONG'
    }, 'redis-server to answer')
    return child
  }
  const started: RedisProcess = {
    port,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    process: await run(),
    restart: async () => {
      started.process = await run()
    },
    ask,
  }
  t.after(async () => {
    const { process: child } = started
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill('SIGKILL')
    await ended
  })
  return started
}
