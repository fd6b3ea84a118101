/** Real servers as processes behind a real HAProxy with the shipped configuration, on loopback. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from '../../bench/server/free-port.ts'
import { repoRoot } from '../helpers/paths.ts'
import { startProxy, testFolder } from '../helpers/proxy-process.ts'
import type { Script } from '../helpers/script.ts'
import { until } from '../helpers/until.ts'
import type { NodeOrder } from './scripted-node.ts'

const ENTRY = join(repoRoot, 'dist/test/cluster/scripted-node.js')
/** Speech at five times real time: a chunk of 0.1 s every 20 ms. */
const PACE: Partial<Script> = { chunkMs: 20 }

export interface ClusterNode {
  readonly port: number
  /** `host:port`. */
  readonly address: string
  readonly url: string
  process: ChildProcess
  /** Starts it again on its port. */
  restart(): Promise<void>
  /** A series of its own `/metrics`; 0 where absent. */
  metric(series: string): Promise<number>
}

export interface Cluster {
  readonly url: string
  readonly nodes: readonly ClusterNode[]
  /** Status and last check of every node, as HAProxy sees them, in order. */
  states(): Promise<string[]>
  untilStates(...expected: string[]): Promise<void>
  /** Process id of the balancer's worker. */
  worker(): Promise<number>
  /** Requests that wait in the balancer for a node. */
  queued(): Promise<number>
  /** Requests that the balancer counts as under way. */
  underWay(): Promise<number>
  /** Starts another worker with the same configuration; the old one ends with its streams. */
  reload(): Promise<void>
  /** Another balancer before the same nodes. */
  balancer(): Promise<Balancer>
}

export interface Balancer {
  readonly url: string
  readonly process: ChildProcess
  readonly admin: string
  /** Process id of its worker. */
  worker(): Promise<string>
}

export interface ClusterOptions {
  readonly nodes?: number
  readonly set?: readonly string[]
  /** For all nodes, or one for each. */
  readonly script?: Partial<Script> | readonly Partial<Script>[]
  /** Changes the shipped configuration's text. */
  readonly change?: (config: string) => string
  /** Puts each node into a network of its own; see `apart.ts`. */
  readonly home?: Home
}

/** Where a node's process lives. */
export interface Home {
  /** What runs a program there. */
  readonly runner: readonly string[]
  /** Joins a process that runs to this one's network; returns its address. */
  join(pid: number): string
}

export async function startCluster(t: TestContext, options: ClusterOptions = {}): Promise<Cluster> {
  const { nodes: count = 3, set = [], script = {}, change = (text) => text, home } = options
  const scripts = Array.isArray(script) ? script : Array.from({ length: count }, () => script)
  const nodes = await Promise.all(
    scripts.map((each) => startNode(t, ['limits.rate_limit=off', ...set], { ...PACE, ...each }, home)),
  )
  const balancer = () => startBalancer(t, nodes, change)
  const { url, admin, process: proxy } = await balancer()
  const states = () => nodeStates(admin)
  const cluster: Cluster = {
    url,
    nodes,
    balancer,
    states,
    untilStates: async (...expected) => {
      const seen = async () => (await states().catch(() => [])).join()
      await until(async () => (await seen()) === expected.join(), `nodes to be ${expected.join()}`)
    },
    worker: async () => Number(await workerId(admin)),
    queued: async () => Number((await syntheses(admin, 'BACKEND'))[0]?.('qcur')),
    underWay: async () => Number((await syntheses(admin, 'BACKEND'))[0]?.('scur')),
    reload: async () => {
      const before = await workerId(admin)
      proxy.kill('SIGUSR2')
      await until(
        async () => (await workerId(admin).catch(() => before)) !== before,
        'another worker of HAProxy',
      )
    },
  }
  await cluster.untilStates(...nodes.map(() => 'UP L7OK'))
  return cluster
}

async function startBalancer(
  t: TestContext,
  nodes: readonly ClusterNode[],
  change: (config: string) => string,
): Promise<Balancer> {
  const [port, folder] = [await freePort(), testFolder(t)]
  const [config, admin] = [join(folder, 'haproxy.cfg'), join(folder, 'admin')]
  const addresses = nodes.map(({ address }) => address)
  writeFileSync(config, change(configFor(port, addresses, admin)))
  const started = await startProxy(t, 'haproxy', ['-W', '-db', '-f', config], port)
  return { url: `http://127.0.0.1:${port}`, process: started, admin, worker: () => workerId(admin) }
}

/** The configuration as shipped, but for addresses, number of nodes, and a socket to ask it by. */
export function configFor(listen: number, nodes: readonly string[], admin: string): string {
  const shipped = readFileSync(join(repoRoot, 'deploy', 'haproxy.cfg'), 'utf8')
  const text = shipped
    .replace('\nglobal\n', `\nglobal\n  stats socket ${admin}\n`)
    .replace('bind :80', `bind 127.0.0.1:${listen}`)
    .split('\n')
    .flatMap((line) => {
      const number = Number(/^ {2}server node(\d)/.exec(line)?.[1] ?? 0)
      if (number === 0) return [line]
      return number > nodes.length ? [] : [line.replace(`10.0.0.1${number}:8080`, nodes[number - 1]!)]
    })
    .join('\n')
  assert(text.includes(admin) && !text.includes('10.0.0.'), 'the shipped configuration has changed its shape')
  return text
}

/**
 * The shipped configuration with more patience. On a starved machine a healthy node answers later than it allows; how fast
 * dead ones are found is tried in `faults.test.ts`.
 */
export function patient(config: string): string {
  const changed = config.replace(/^ {2}timeout (check|connect|queue) \S+$/gm, '  timeout $1 10s')
  assert.equal(changed.match(/ 10s$/gm)?.length, 4, 'with the limit of heads, which is as long')
  return changed
}

async function startNode(
  t: TestContext,
  set: readonly string[],
  script: Partial<Script>,
  home: Home | undefined,
): Promise<ClusterNode> {
  const port = await freePort()
  const open = home === undefined ? [] : ['server.host=0.0.0.0']
  const order: NodeOrder = { port, set: [...set, ...open], script }
  const run = async () => {
    const [program, ...args] = [...(home?.runner ?? []), process.execPath, ENTRY, JSON.stringify(order)]
    const child = spawn(program!, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [message] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => [`ended with ${code}`]),
    ])
    assert.equal(message, 'ready')
    return child
  }
  const first = await run()
  const address = `${home?.join(first.pid!) ?? '127.0.0.1'}:${port}`
  const node: ClusterNode = {
    port,
    address,
    url: `http://${address}`,
    process: first,
    restart: async () => {
      node.process = await run()
    },
    metric: async (series) => {
      const text = await (await fetch(`${node.url}/metrics`)).text()
      const line = text.split('\n').find((one) => one.startsWith(`${series} `))
      return line === undefined ? 0 : Number(line.slice(series.length + 1))
    },
  }
  t.after(() => node.process.kill('SIGKILL'))
  return node
}

/** What HAProxy's own socket answers. */
async function ask(admin: string, command: string): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    let all = ''
    const socket = connect(admin, () => socket.write(`${command}\n`))
    socket.on('data', (chunk) => (all += chunk))
    socket.on('end', () => resolve(all))
    socket.on('error', reject)
  })
}

/** Rows of the backend for syntheses whose name begins so, each answering for its columns. */
async function syntheses(admin: string, name: string): Promise<((column: string) => string | undefined)[]> {
  const [head = '', ...lines] = (await ask(admin, 'show stat')).trim().split('\n')
  const names = head.replace('# ', '').split(',')
  return lines
    .map((line) => line.split(','))
    .filter((row) => row[0] === 'syntheses' && row[1]?.startsWith(name))
    .map((row) => (column) => row[names.indexOf(column)])
}

export async function nodeStates(admin: string): Promise<string[]> {
  // A check under way is marked with a star.
  return (await syntheses(admin, 'node')).map((of) =>
    `${of('status')} ${of('check_status')}`.replace('* ', ''),
  )
}

async function workerId(admin: string): Promise<string> {
  return /^Pid: (\d+)/m.exec(await ask(admin, 'show info'))?.[1] ?? ''
}
