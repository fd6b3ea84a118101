/**
 * Health, readiness, liveness and metrics, from the lanes' real state. None takes a synthesis slot.
 *
 * A draining server is healthy but not ready, with 404. Load balancers then let its streams finish; a 503 could make
 * them cut the streams.
 */
import { statfs } from 'node:fs/promises'
import type { Metrics } from '../../core/metrics.ts'
import type { SynthesizerStatus } from '../../core/speech-port.ts'
import type { Call, Route } from '../requests/router.ts'
import type { Scrape, ServerContext } from '../requests/server-context.ts'
import { respond, sendJson } from '../transport/respond.ts'

const OK = { message: 'Ok' }
const ERROR = { message: 'Error' }

export function probeRoutes(context: ServerContext): Route[] {
  const health = ({ exchange }: Call) => {
    const isHealthy = canSpeak(context.synthesizer.status())
    sendJson(exchange, isHealthy ? 200 : 503, isHealthy ? OK : ERROR)
  }
  return [
    { method: 'GET', pattern: '/health', policy: 'public', handle: health },
    { method: 'GET', pattern: '/healthz', policy: 'public', handle: health },
    {
      method: 'GET',
      pattern: '/liveness',
      policy: 'public',
      handle: ({ exchange }) => sendJson(exchange, 200, OK),
    },
    {
      method: 'GET',
      pattern: '/readiness',
      policy: 'public',
      handle: ({ exchange }) => {
        const status = readinessStatus(context)
        sendJson(exchange, status, status === 200 ? OK : ERROR)
      },
    },
    {
      method: 'GET',
      pattern: '/metrics',
      policy: 'admin',
      handle: async ({ exchange }) => {
        const { contentType, text } = await context.scrape()
        respond(exchange, 200, [['Content-Type', contentType]], text)
      },
    },
  ]
}

/** What a scraper is told. */
export async function metricsNow({
  metrics,
  synthesizer,
  isLeaving,
  config,
}: Pick<ServerContext, 'metrics' | 'synthesizer' | 'isLeaving' | 'config'>): Promise<Scrape> {
  observeStatus(metrics, synthesizer.status())
  metrics.draining.set(isLeaving ? 1 : 0)
  await observeDisk(metrics, config.voicesDir)
  const { registry } = metrics
  return { contentType: registry.contentType, text: await registry.metrics() }
}

/** 200 take work; 404 draining; 503 loading or failed. */
export function readinessStatus(context: Pick<ServerContext, 'isLeaving' | 'synthesizer'>): number {
  const status = context.synthesizer.status()
  if (context.isLeaving || status.state === 'draining') return 404
  return canSpeak(status) ? 200 : 503
}

function canSpeak(status: SynthesizerStatus): boolean {
  const isUp = status.state === 'ready' || status.state === 'draining'
  return isUp && status.devices.some(({ healthy }) => healthy)
}

/** Nothing where the folder is not there yet. */
async function observeDisk(metrics: Metrics, folder: string): Promise<void> {
  const disk = await statfs(folder).catch(() => undefined)
  if (disk === undefined) return
  metrics.voicesDisk.set(disk.blocks * disk.bsize)
  metrics.voicesDiskFree.set(disk.bavail * disk.bsize)
}

/** What the lanes tell is read when scraped. */
function observeStatus(metrics: Metrics, status: SynthesizerStatus): void {
  metrics.requestsQueued.set(status.queued)
  metrics.capacityRate.set(status.capacity?.audioSecondsPerSecond ?? 0)
  metrics.capacityListeners.set(status.capacity?.listeners ?? 0)
  metrics.loadRatio.set(status.capacity?.load ?? 0)
  for (const counter of [metrics.laneRuns, metrics.laneUnits, metrics.laneBusy]) counter.reset()
  for (const { name: device, healthy, slots, llmSlots, flowStateBytes, work, ...load } of status.devices) {
    metrics.deviceHealthy.set({ device }, healthy ? 1 : 0)
    metrics.slotsUsed.set({ device }, slots.used)
    metrics.slots.set({ device }, slots.total)
    metrics.llmRowsUsed.set({ device }, llmSlots.used)
    metrics.llmRows.set({ device }, llmSlots.total)
    metrics.flowStateUsedBytes.set({ device }, flowStateBytes.used)
    metrics.flowStateBytes.set({ device }, flowStateBytes.total)
    metrics.llmBatch.set({ device }, load.llmBatch)
    metrics.acousticBatch.set({ device }, load.acousticBatch)
    metrics.laneBusyRatio.set({ lane: 'llm', device }, load.llmBusy)
    metrics.laneBusyRatio.set({ lane: 'acoustic', device }, load.acousticBusy)
    for (const lane of ['llm', 'acoustic'] as const) {
      // Lanes count by themselves; devices of the same name are told as one.
      metrics.laneRuns.inc({ lane, device }, work[lane].runs)
      metrics.laneUnits.inc({ lane, device }, work[lane].units)
      metrics.laneBusy.inc({ lane, device }, work[lane].busySeconds)
    }
  }
}
