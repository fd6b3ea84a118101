/**
 * Every metric of the process, in one registry.
 *
 * The four `lightllm_*` names are the API document's; all others follow Prometheus naming. Labels only take values from
 * fixed sets: transports, outcomes, stages, devices, route patterns, keys that the operator named. So no client can
 * make a series.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { descriptorLimit, openDescriptorCount } from './descriptors.ts'
import { productVersion } from './product-version.ts'

export type RequestTransport = 'http' | 'ws' | 'wyoming'
/** How a synthesis ended: `rejected` before it was accepted, `cancelled` by its client. */
export type RequestOutcome = 'ok' | 'cancelled' | 'failed' | 'rejected'

const LATENCY_S = [0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 25, 50, 100, 200]
const FIRST_AUDIO_S = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 4, 8, 16, 32]
const SHORT_S = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

export type Metrics = ReturnType<typeof createMetrics>

/** A fresh set; a process has one, a test as many as it wants. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers })
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name, help, labelNames, registers })
  const histogram = <L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) => new Histogram<L>({ name, help, buckets, labelNames, registers })

  const loopDelay = monitorEventLoopDelay({ resolution: 10 })
  loopDelay.enable()
  observeProcess(registry, loopDelay)
  gauge('light_tts_build_info', 'The version that serves; always 1.', ['version', 'node'] as const).set(
    { version: productVersion(), node: process.versions.node },
    1,
  )

  return {
    registry,
    // --- the API document's four ---
    requestCount: counter(
      'lightllm_request_count',
      'Synthesis requests received on every port, refused ones included.',
    ),
    requestSuccess: counter('lightllm_request_success', 'Synthesis requests whose audio was sent in full.'),
    requestFailure: counter(
      'lightllm_request_failure',
      'Synthesis requests that were refused, failed or given up by their client.',
    ),
    requestLatency: histogram(
      'lightllm_request_latency',
      'Seconds from a synthesis request to its last audio byte, successful ones only.',
      LATENCY_S,
    ),
    // --- requests ---
    requests: counter(
      'light_tts_requests_total',
      'Synthesis requests that ended, by transport and outcome.',
      ['transport', 'outcome'] as const,
    ),
    keyRequests: counter(
      'light_tts_key_requests_total',
      'Synthesis requests by name of the API key and outcome.',
      ['key', 'outcome'] as const,
    ),
    keyAudioSeconds: counter(
      'light_tts_key_audio_seconds_total',
      'Seconds of audio sent, by name of the API key.',
      ['key'] as const,
    ),
    jobs: counter('light_tts_jobs_total', 'Jobs that ended, by outcome.', ['outcome'] as const),
    jobsUnfinished: gauge('light_tts_jobs_unfinished', 'Jobs that wait or are being spoken.'),
    jobAudioSeconds: counter('light_tts_job_audio_seconds_total', 'Seconds of audio spoken for jobs.'),
    webhooks: counter('light_tts_webhooks_total', 'Calls of webhooks, by outcome.', ['outcome'] as const),
    requestsActive: gauge('light_tts_requests_active', 'Synthesis requests accepted and not ended.'),
    capacityRate: gauge(
      'light_tts_capacity_audio_seconds_per_second',
      'Seconds of audio that the devices make per second at full load, as measured now.',
    ),
    capacityListeners: gauge(
      'light_tts_capacity_listeners',
      'Streams at a time that can be heard without a gap, as measured now.',
    ),
    loadRatio: gauge('light_tts_load_ratio', 'Streams under way as a share of those that can be.'),
    requestsQueued: gauge('light_tts_requests_queued', 'Synthesis requests that wait for a slot.'),
    queueWait: histogram(
      'light_tts_queue_wait_seconds',
      'Time from acceptance of a synthesis to its first step in a lane.',
      SHORT_S,
    ),
    timeToFirstAudio: histogram(
      'light_tts_time_to_first_audio_seconds',
      'Time from the last byte of a synthesis request (WebSocket: its first text) to the first audio byte sent.',
      FIRST_AUDIO_S,
      ['transport'] as const,
    ),
    realTimeFactor: histogram(
      'light_tts_real_time_factor',
      'Seconds of work per second of audio, first text to last audio.',
      [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 5],
    ),
    audioSeconds: counter('light_tts_audio_seconds_total', 'Seconds of audio sent to clients.'),
    underruns: counter(
      'light_tts_underruns_total',
      'Times a streaming listener with a 100 ms buffer would have run dry.',
    ),
    rateLimited: counter('light_tts_rate_limited_total', 'Synthesis requests refused by the rate limit.'),
    httpResponses: counter(
      'light_tts_http_responses_total',
      'HTTP responses by route pattern and status class.',
      ['route', 'status'] as const,
    ),
    websockets: gauge('light_tts_websockets', 'WebSockets open.'),
    uploadBytes: gauge('light_tts_upload_bytes', 'Bytes of uploads being received or held.'),
    draining: gauge('light_tts_draining', '1 while the server refuses new work before it stops.'),
    logDropped: counter('light_tts_log_dropped_total', 'Log lines that could not be written.'),
    // --- voices ---
    voicesDisk: gauge('light_tts_voices_disk_bytes', 'Bytes of the disk on which stored voices are kept.'),
    voicesDiskFree: gauge(
      'light_tts_voices_disk_free_bytes',
      'Bytes of that disk that the server may still fill.',
    ),
    voicesQuarantined: counter(
      'light_tts_voices_quarantined_total',
      'Files of stored voices that were damaged or of another model, and were set aside.',
    ),
    voiceCache: counter('light_tts_voice_lookups_total', 'Prepared voices by whether the cache had them.', [
      'result',
    ] as const),
    // --- lanes ---
    laneRuns: counter('light_tts_lane_runs_total', 'Model runs: steps of the LLM, or of flow and vocoder.', [
      'lane',
      'device',
    ] as const),
    laneUnits: counter(
      'light_tts_lane_units_total',
      'Rows decoded by an LLM lane, mel frames voiced by an acoustic lane.',
      ['lane', 'device'] as const,
    ),
    laneBusy: counter('light_tts_lane_busy_seconds_total', 'Time that a lane spent in model runs.', [
      'lane',
      'device',
    ] as const),
    llmBatch: gauge('light_tts_llm_batch_rows', "Mean rows of the last second's LLM steps.", [
      'device',
    ] as const),
    acousticBatch: gauge(
      'light_tts_acoustic_batch_rows',
      "Mean utterances of the last second's flow and vocoder runs.",
      ['device'] as const,
    ),
    slotsUsed: gauge('light_tts_slots_used', 'Utterances that the device has admitted.', ['device'] as const),
    slots: gauge('light_tts_slots', 'Utterances that the device takes at once.', ['device'] as const),
    llmRowsUsed: gauge('light_tts_llm_rows_used', "Rows of the LLM's keys and values in use.", [
      'device',
    ] as const),
    llmRows: gauge('light_tts_llm_rows', "Rows of the LLM's keys and values there are.", ['device'] as const),
    flowStateUsedBytes: gauge(
      'light_tts_flow_state_used_bytes',
      'Flow state memory in use, or kept for later utterances.',
      ['device'] as const,
    ),
    flowStateBytes: gauge('light_tts_flow_state_bytes', 'Flow state memory there is.', ['device'] as const),
    laneBusyRatio: gauge(
      'light_tts_lane_busy_ratio',
      'Share of the last second a lane was running a model.',
      ['lane', 'device'] as const,
    ),
    deviceHealthy: gauge('light_tts_device_healthy', '1 while the device works.', ['device'] as const),
  }
}

/** Process facts, read when scraped. prom-client's own set has names that promtool refuses. */
function observeProcess(registry: Registry, loopDelay: ReturnType<typeof monitorEventLoopDelay>): void {
  const registers = [registry]
  const collected = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  collected('process_resident_memory_bytes', 'Resident memory size in bytes.', () =>
    process.memoryUsage.rss(),
  )
  collected('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () =>
    Math.round(performance.timeOrigin / 1000),
  )
  collected(
    'nodejs_heap_used_bytes',
    "Bytes in use on the main thread's JavaScript heap.",
    () => getHeapStatistics().used_heap_size,
  )
  collected(
    'nodejs_heap_limit_bytes',
    "Bytes that the main thread's JavaScript heap may take.",
    () => getHeapStatistics().heap_size_limit,
  )
  collected(
    'nodejs_external_memory_bytes',
    "Bytes outside the heap that the main thread's objects hold.",
    () => getHeapStatistics().external_memory,
  )
  for (const [name, help, read] of [
    ['process_open_fds', 'Number of open file descriptors.', openDescriptorCount],
    ['process_max_fds', 'Maximum number of open file descriptors.', descriptorLimit],
  ] as const)
    if (read() !== undefined) collected(name, help, () => read() ?? 0)
  let before = performance.eventLoopUtilization()
  collected(
    'light_tts_event_loop_utilization_ratio',
    'Share of the time since the last scrape that the main event loop was not idle.',
    () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return utilization
    },
  )
  collected(
    'light_tts_event_loop_delay_p99_seconds',
    'Delay of the main event loop since the last scrape, 99th percentile.',
    () => {
      const seconds = loopDelay.percentile(99) / 1e9
      loopDelay.reset()
      return seconds
    },
  )
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
}
