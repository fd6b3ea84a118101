/**
 * What one node shares with others through Redis or Valkey: counts of rates, files, and how many nodes there are.
 *
 * A node without it is whole, and one whose store is away goes on alone.
 */
import { randomUUID } from 'node:crypto'
import type { SharedFiles } from '../core/shared-files.ts'
import { RedisFiles } from './redis-files.ts'
import { RedisLink } from './redis-link.ts'

/** Each request waits for a count; the store's beats teach how long answers take here now. */
const COUNT_PATIENCE = { minMs: 20, maxMs: 250 }
const COUNT_SILENCE_MS = 1000
/** A stored voice is a megabyte at most. */
const FILE_LIMIT_MS = 2000
/** How often a node asks for news; half a second is the most that a deleted voice speaks on elsewhere. */
const BEAT_MS = 300
/** s after which a node that is silent counts no more. */
const GONE_AFTER_S = 10
/** ms that a start waits for the store. */
const START_LIMIT_MS = 2000

/** KEYS: nodes. ARGV: this node, s until a silent one is gone. Returns how many there are. */
const BEAT = `
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return redis.call('ZCARD', KEYS[1])`

export interface ClusterOptions {
  readonly url: string
  /** Prefix of all keys. */
  readonly prefix: string
  readonly log: (level: 'info' | 'warn', line: string) => void
}

export interface Cluster {
  /** For the rate limiter: an ioredis client as far as it needs one, and how many nodes were last seen. */
  readonly counts: { readonly client: unknown; readonly prefix: string; nodes(): number }
  /** Files of one kind, of which all nodes have copies. */
  files(kind: string): SharedFiles
  close(): void
}

/** Resolves once the store answers, or has not answered for two seconds. */
export async function openCluster({ url, prefix, log }: ClusterOptions): Promise<Cluster> {
  const id = randomUUID()
  const followed: SharedFiles[] = []
  let nodes = 1
  let isBeating = false
  const beat = async () => {
    if (isBeating || !files.isReady) return
    isBeating = true
    const run = files.run((client) => client.eval(BEAT, 1, `${prefix}:nodes`, id, GONE_AFTER_S))
    nodes = await run.then(Number, () => nodes)
    await Promise.all(followed.map((each) => each.pull()))
    isBeating = false
  }
  const files = new RedisLink({
    url,
    patience: { minMs: FILE_LIMIT_MS, maxMs: FILE_LIMIT_MS },
    silenceMs: FILE_LIMIT_MS,
    onState: (isReady, why) => {
      if (isReady) log('info', 'the store that nodes share is there')
      else
        log(
          'warn',
          `the store that nodes share is away (${why}): limits are this node's part, voices what it has`,
        )
      if (isReady) void beat()
    },
  })
  const counts = new RedisLink({ url, patience: COUNT_PATIENCE, silenceMs: COUNT_SILENCE_MS })
  // Also finds a store that hangs before a request does.
  const look = () => void counts.run((client) => client.ping()).catch(() => {})
  const timer = setInterval(() => {
    void beat()
    look()
  }, BEAT_MS)
  timer.unref()
  await Promise.race([
    Promise.all([files, counts].map((link) => link.untilReady(START_LIMIT_MS))).then(beat),
    new Promise((resolve) => setTimeout(resolve, START_LIMIT_MS).unref()),
  ])
  return {
    counts: { client: boundedCounts(counts), prefix, nodes: () => nodes },
    files: (kind) => {
      const shared = new RedisFiles({
        link: files,
        prefix: `${prefix}:${kind}`,
        log: (line) => log('warn', line),
      })
      followed.push(shared)
      return shared
    },
    close: () => {
      clearInterval(timer)
      files.close()
      counts.close()
    },
  }
}

/** What rate-limiter-flexible asks of a client, each call bounded. */
function boundedCounts(link: RedisLink): object {
  return {
    get status() {
      return link.isReady ? 'ready' : 'reconnecting'
    },
    get isLate() {
      return link.isLate
    },
    defineCommand: link.client.defineCommand.bind(link.client),
    rlflxIncr: (args: readonly string[]) =>
      link.run((client) =>
        (client as unknown as { rlflxIncr(args: readonly string[]): Promise<unknown> }).rlflxIncr(args),
      ),
  }
}
