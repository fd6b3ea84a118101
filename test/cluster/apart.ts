/**
 * Networks of a test's own. The test runs in one without any other interface, and each process that it starts apart in
 * a further one. A cable joins them that can be pulled. All of it goes with the processes. Needs root, and Linux.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Home } from './cluster.ts'

/** Set in the process that has a network of its own. */
const MARK = 'LIGHT_TTS_TEST_APART'
const WAIT_MS = 5
const MOST_WAITS = 6000

/** Why tests that need it are left out, or false. */
export const skipWithoutNetworks: string | false =
  spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0
    ? false
    : 'no network namespaces here (needs root, and Linux with util-linux and iproute2)'

/** Whether this process is the one that was started again, alone in its network. */
export const isApart = process.env[MARK] === 'yes'

/**
 * Runs a test file again in a network of its own; returns its output where all of it passed. `resolver`: a file that
 * says there where names are looked up.
 */
export function runApart(file: string, resolver = '/etc/resolv.conf'): string {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const script = 'ip link set lo up && mount --bind "$2" /etc/resolv.conf && exec "$0" "$1"'
  const args = ['--net', '--mount', 'sh', '-c', script, process.execPath, fileURLToPath(file), resolver]
  const done = spawnSync('unshare', args, {
    env: { ...env, [MARK]: 'yes' },
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`${done.stdout}\n${done.stderr}`)
  return done.stdout
}

/** Until a process that was started by `unshare` has left this network: its cable would end here before. */
function awaitOwnNetwork(pid: number): void {
  const networkOf = (process: number | 'self') => readlinkSync(`/proc/${process}/ns/net`)
  for (let waits = 0; networkOf(pid) === networkOf('self'); waits++) {
    assert(waits < MOST_WAITS, `process ${pid} has no network of its own`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS)
  }
}

const ip = (...args: readonly string[]) => void execFileSync('ip', args)

/** Homes 10.77.1.2, 10.77.2.2, … in the order in which they are joined. */
export class Cables implements Home {
  readonly runner: readonly string[] = ['unshare', '--net']
  /** Address → process. */
  readonly #ends = new Map<string, number>()

  join(pid: number): string {
    const number = this.#ends.size + 1
    const address = `10.77.${number}.2`
    this.#ends.set(address, pid)
    awaitOwnNetwork(pid)
    ip('link', 'add', `cable${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid))
    ip('address', 'add', `10.77.${number}.1/24`, 'dev', `cable${number}`)
    ip('link', 'set', `cable${number}`, 'up')
    this.#inside(address, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    this.plug(address)
    return address
  }

  /** At its far end: nothing passes any more, in either direction, and neither side is told. */
  pull(address: string): void {
    this.#inside(address, 'link', 'set', 'eth0', 'down')
  }

  plug(address: string): void {
    this.#inside(address, 'link', 'set', 'eth0', 'up')
  }

  #inside(address: string, ...args: readonly string[]): void {
    const pid = String(this.#ends.get(address))
    execFileSync('nsenter', ['--target', pid, '--net', 'ip', ...args])
  }
}
