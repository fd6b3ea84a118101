/** Test servers that share a real Redis, and the jobs in it. */
import type { TestContext } from 'node:test'
import { type RedisProcess, startRedis } from '../helpers/redis-process.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../helpers/test-server.ts'
import { clientOf } from './job-server.ts'

export type ClusterServer = TestServer & ReturnType<typeof clientOf>

export async function startNodes(
  t: TestContext,
  options: readonly TestServerOptions[],
  redis?: RedisProcess,
): Promise<{ readonly redis: RedisProcess; readonly nodes: readonly ClusterServer[] }> {
  const shared = redis ?? (await startRedis(t))
  const nodes: ClusterServer[] = []
  for (const each of options) {
    const set = [`cluster.redis=${shared.url}`, ...(each.set ?? [])]
    const server = await startTestServer(t, { ...each, set })
    nodes.push({ ...server, ...clientOf(server) })
  }
  return { redis: shared, nodes }
}

/** Listeners take half of what a node can carry: it takes no parts of jobs. Returns what ends that. */
export function occupy({ synthesizer }: ClusterServer): () => void {
  const status = synthesizer.status.bind(synthesizer)
  synthesizer.status = () => ({
    ...status(),
    capacity: { audioSecondsPerSecond: 9, listeners: 8, load: 0.5 },
  })
  return () => {
    synthesizer.status = status
  }
}
