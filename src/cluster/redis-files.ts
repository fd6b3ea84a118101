/**
 * Files of several nodes in Redis: one hash with the bytes, and a log that says which name changed at which version.
 *
 * A node asks for what changed since the version it has seen, so news costs what changed. A removed file stays in the log,
 * so that a node which was away removes its copy too. A store that lost everything, or its last moments, is filled
 * again from the nodes' copies.
 */
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { describeError } from '../core/errors.ts'
import type { LocalFiles, SharedFiles } from '../core/shared-files.ts'
import type { RedisLink } from './redis-link.ts'
import { storeFailed } from './store-away.ts'

/** KEYS: log, files, version. ARGV: name, whether only where the name is new, bytes (absent: removed). */
const WRITE = `
if ARGV[2] == 'new' and redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local version = redis.call('INCR', KEYS[3])
redis.call('ZADD', KEYS[1], version, ARGV[1])
if ARGV[3] then redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) else redis.call('HDEL', KEYS[2], ARGV[1]) end
return version`

/** KEYS: log, version, epoch. ARGV: version seen, a new epoch. Returns epoch, version, and names with versions since. */
const NEWS = `
redis.call('SET', KEYS[3], ARGV[2], 'NX')
return {
  redis.call('GET', KEYS[3]),
  redis.call('GET', KEYS[2]) or '0',
  redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES')
}`

export interface RedisFilesOptions {
  readonly link: RedisLink
  /** Prefix of its keys. */
  readonly prefix: string
  readonly log: (line: string) => void
}

export class RedisFiles implements SharedFiles {
  readonly #options: RedisFilesOptions
  #local: LocalFiles | undefined
  #epoch: string | undefined
  #seen = 0
  /** The look that is under way, and the one that waits for its end. */
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #isBroken = false

  constructor(options: RedisFilesOptions) {
    this.#options = options
  }

  async follow(local: LocalFiles): Promise<void> {
    this.#local = local
    await this.pull()
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#write([name, 'any', Buffer.from(bytes)])
  }

  async remove(name: string): Promise<void> {
    await this.#write([name, 'any'])
  }

  pull(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#look().finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    // A look that has begun may have missed what was done since: calls that come meanwhile share the next.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.pull()
    })
    return this.#next
  }

  async #look(): Promise<void> {
    const local = this.#local
    if (local === undefined || !this.#options.link.isReady) return
    try {
      const known = await this.#news(this.#seen)
      const isOther = known.epoch !== this.#epoch || known.version < this.#seen
      const { epoch, version, names } = isOther ? await this.#news(0) : known
      for (const [name] of names) await this.#fetch(local, name)
      if (isOther) await this.#fill(local, new Set(names.map(([name]) => name)))
      this.#epoch = epoch
      this.#seen = version
      this.#isBroken = false
    } catch (error) {
      if (!this.#isBroken) this.#options.log(`files of other nodes cannot be read: ${describeError(error)}`)
      this.#isBroken = true
    }
  }

  async #news(seen: number): Promise<{
    readonly epoch: string
    readonly version: number
    readonly names: readonly (readonly [string, number])[]
  }> {
    const keys = [this.#key('log'), this.#key('version'), this.#key('epoch')]
    const answer = await this.#run((client) => client.eval(NEWS, 3, ...keys, seen, randomUUID()))
    const [epoch, version, flat] = answer as [string, string, string[]]
    const names = flat.flatMap((name, i) => (i % 2 === 0 ? [[name, Number(flat[i + 1])] as const] : []))
    return { epoch, version: Number(version), names }
  }

  /** What one file has become; a file that this node cannot keep is left out, and told. */
  async #fetch(local: LocalFiles, name: string): Promise<void> {
    const bytes = await this.#run((client) => client.hgetBuffer(this.#key('files'), name))
    try {
      if (bytes === null) await local.drop(name)
      else await local.take(name, bytes)
    } catch (error) {
      this.#options.log(`${name} of another node is not kept here: ${describeError(error)}`)
    }
  }

  /** Files that the store has never heard of. */
  async #fill(local: LocalFiles, known: ReadonlySet<string>): Promise<void> {
    for (const name of local.names()) {
      if (!known.has(name)) await this.#write([name, 'new', Buffer.from(await local.read(name))])
    }
  }

  async #write(args: readonly (string | Buffer)[]): Promise<void> {
    const keys = [this.#key('log'), this.#key('files'), this.#key('version')]
    try {
      await this.#run((client) => client.eval(WRITE, 3, ...keys, ...args))
    } catch (cause) {
      throw storeFailed('nothing was changed', cause)
    }
  }

  #run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    return this.#options.link.run(command)
  }

  #key(name: string): string {
    return `${this.#options.prefix}:${name}`
  }
}
