/**
 * The server put together: one function from its parts to a listening port.
 *
 * A stop has two steps. `drain` lets running syntheses end while the port stays open; `close` cuts what is left.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { machineCores } from '../config/machine-cores.ts'
import type { Config } from '../config/schema.ts'
import type { JobDesk } from '../core/job-port.ts'
import type { Metrics } from '../core/metrics.ts'
import { sharedCall } from '../core/shared-call.ts'
import type { Synthesizer } from '../core/speech-port.ts'
import { LazyJobs } from '../jobs/lazy-jobs.ts'
import { openTraces } from '../traces/open-traces.ts'
import { createApp } from './app.ts'
import { CallerRates } from './limits/caller-rates.ts'
import { openConnectionRoom } from './limits/connection-room.ts'
import { Ledger, type LedgerCounts } from './limits/ledger.ts'
import type { SharedCounts } from './limits/rate-limit.ts'
import { RecentSpeech } from './limits/recent-speech.ts'
import { paceOf, RefusalPace } from './limits/refusal-pace.ts'
import { type MetricsPort, openMetricsPort } from './metrics-port.ts'
import { clientAddress, matchSubnets } from './requests/client-address.ts'
import { KeyRing } from './requests/key-ring.ts'
import type { Route } from './requests/router.ts'
import type { ServerContext } from './requests/server-context.ts'
import { convertRoutes } from './routes/http-convert.ts'
import { docsRoutes } from './routes/http-docs.ts'
import { inferenceRoutes } from './routes/http-inference.ts'
import { jobRoutes } from './routes/http-jobs.ts'
import { mcpRoutes } from './routes/http-mcp.ts'
import { openAiRoutes } from './routes/http-openai.ts'
import { pageRoutes } from './routes/http-page.ts'
import { metricsNow, probeRoutes } from './routes/http-probes.ts'
import { statusRoutes } from './routes/http-status.ts'
import { textRoutes } from './routes/http-text.ts'
import { voiceRoutes } from './routes/http-voices.ts'
import { openTransport } from './transport/open-transport.ts'
import type { WsSession } from './ws/ws-session.ts'
import { createUpgrade, upgradeRoutes } from './ws/ws-upgrade.ts'
import type { WyomingPort } from './wyoming/wyoming-port.ts'

export interface ServerParts {
  readonly config: Config
  readonly synthesizer: Synthesizer
  readonly logger: Logger
  readonly metrics: Metrics
  /** Where the nodes of a cluster count rates together; alone where missing. */
  readonly counts?: SharedCounts | undefined
}

export interface RunningServer {
  readonly port: number
  readonly transport: 'uws' | 'node'
  /** What is held for clients now; all zero when none is there. */
  counts(): LedgerCounts
  /**
   * Answers readiness with 404 and, `server.drainNoticeMs` later, new work with 503; ends sockets that wait for their
   * client, and resolves when running syntheses have ended, or after `server.drainMs`. Keeps listening: `close` comes after.
   */
  drain(): Promise<void>
  /** Stops listening and cuts what is left. */
  close(): Promise<void>
}

/** ms for which scrapers are told the same: a reading takes a millisecond or two of this thread. */
const SCRAPE_KEPT_MS = 20

/** Bytes of a WebSocket message beyond the file limit that are still read, so that the refusal can be told. */
const WS_MESSAGE_SLACK_BYTES = 64 * 1024

/** Starts serving. Rejects with BAD_CONFIG where the address cannot be bound. */
export async function createServer({
  config,
  synthesizer,
  logger,
  metrics,
  counts,
}: ServerParts): Promise<RunningServer> {
  const { traces: traced } = config
  const traces =
    traced.endpoint === '' ? undefined : await openTraces({ ...traced, log: (line) => logger.warn(line) })
  const isTrusted = matchSubnets(config.server.trustedProxies)
  const context: ServerContext = {
    config,
    synthesizer,
    metrics,
    ledger: new Ledger(config.limits, metrics),
    recent: new RecentSpeech(),
    refusals: new RefusalPace(paceOf(machineCores(), config.admission.maxWaitMs)),
    rates: new CallerRates(config.limits.rate_limit, counts),
    keys: new KeyRing(config.server.apiKeys, config.server.keysFile, (level, line) => logger[level](line)),
    jobs: await openJobs(config, synthesizer, metrics, logger),
    log: logger,
    scrape: sharedCall(() => metricsNow(context), SCRAPE_KEPT_MS),
    addressOf: (head) => clientAddress(head, isTrusted),
    traces,
    isLeaving: false,
    isDraining: false,
  }
  const letGo = async () => {
    context.keys.close()
    await context.jobs?.close()
    await traces?.close()
  }
  const sessions = new Set<WsSession>()
  const room = openConnectionRoom()
  const transport = await openTransport(
    config.server.transport,
    {
      host: config.server.host,
      port: config.server.port,
      maxWsMessageBytes: config.limits.max_file_size + WS_MESSAGE_SLACK_BYTES,
      room,
    },
    {
      request: createApp(context, listRoutes(context)),
      upgrade: createUpgrade(context, sessions),
      // The client's fault whatever the status: a 501 or 505 must not raise an alarm about the server.
      refused: () => metrics.httpResponses.inc({ route: 'malformed', status: 'refused' }),
    },
    (line) => logger.warn(line),
  ).catch(async (error: unknown) => {
    await letGo()
    throw error
  })
  const ports = await openFurtherPorts(context).catch(async (error: unknown) => {
    await letGo()
    await transport.close()
    throw error
  })
  // Whatever held the address before has let go of its jobs.
  context.jobs?.resume()
  if (context.keys.isOpen && !isLoopback(config.server.host)) {
    logger.warn(
      { host: config.server.host },
      'anyone who reaches this address may use the server: no API key is set',
    )
  }
  return {
    port: transport.port,
    transport: transport.name,
    counts: () => context.ledger.counts(),
    drain: async () => {
      context.isLeaving = true
      if (config.server.drainNoticeMs > 0) await pause(config.server.drainNoticeMs)
      context.isDraining = true
      for (const session of [...sessions]) session.drain()
      ports.wyoming?.drain()
      await Promise.all([settled(context.ledger.whenIdle(), config.server.drainMs), context.jobs?.stop()])
    },
    close: async () => {
      await ports.scraped?.close()
      await ports.wyoming?.close()
      await transport.close()
      await letGo()
    },
  }
}

/** This node's own, or those of its cluster; what only a cluster needs is loaded for it. */
async function openJobs(
  { jobs, cluster }: Config,
  synthesizer: Synthesizer,
  metrics: Metrics,
  logger: Logger,
): Promise<JobDesk | undefined> {
  if (!jobs.enabled) return undefined
  const options = {
    ...{ synthesizer, metrics, concurrency: jobs.concurrency },
    ...{ maxPerCaller: jobs.maxPerCaller, webhookHosts: jobs.webhookHosts },
    keepMs: jobs.keepHours * 3_600_000,
    log: (level: 'info' | 'error', facts: object, line: string) => logger[level](facts, line),
  }
  if (cluster.redis === '') return new LazyJobs({ ...options, dir: jobs.dir, maxBytes: jobs.maxBytes })
  const { ClusterJobs } = await import('../jobs/cluster-jobs.ts')
  const { redis: url, prefix, maxJobBytes: maxBytes } = cluster
  return await ClusterJobs.open({ ...options, url, prefix, maxBytes })
}

interface FurtherPorts {
  readonly scraped: MetricsPort | undefined
  readonly wyoming: WyomingPort | undefined
}

/** Those that the settings ask for; what only they need is loaded for them. */
async function openFurtherPorts(context: ServerContext): Promise<FurtherPorts> {
  const { metricsHost, metricsPort } = context.config.server
  const { host, port } = context.config.wyoming
  const scraped =
    metricsPort === 0 ? undefined : await openMetricsPort(metricsHost, metricsPort, context.scrape)
  if (port === 0) return { scraped, wyoming: undefined }
  try {
    const { openWyomingPort } = await import('./wyoming/wyoming-port.ts')
    const wyoming = await openWyomingPort(context, host, port)
    context.log.info({ host, port: wyoming.port }, 'the Wyoming protocol is spoken')
    return { scraped, wyoming }
  } catch (error) {
    await scraped?.close()
    throw error
  }
}

/** Every route of the server; what is not here does not exist. */
export function listRoutes(context: ServerContext): Route[] {
  const openAi = openAiRoutes(context)
  return [
    ...inferenceRoutes(context),
    ...upgradeRoutes(),
    ...openAi,
    ...mcpRoutes(context, openAi),
    ...jobRoutes(context),
    ...convertRoutes(context),
    ...voiceRoutes(context),
    ...textRoutes(context),
    ...probeRoutes(context),
    ...docsRoutes(context),
    ...pageRoutes(context),
    ...statusRoutes(context),
  ]
}

async function settled(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([work, limit])
  clearTimeout(timer)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
