/** Alerts for Prometheus: each with the question, how long it must hold, and a pair of examples that a test plays. */
import {
  FAILED,
  FIRST_AUDIO_SECONDS,
  GOODPUT,
  QUEUE_SECONDS,
  REFUSED,
  UNDERRUNS,
  USED_NODES,
} from './queries.ts'

/** Series and their values, one a minute, in promtool's notation. */
export type Series = Readonly<Record<string, string>>

export interface Alert {
  readonly name: string
  readonly expr: string
  readonly for: string
  readonly severity: 'page' | 'ticket'
  readonly summary: string
  /** Fires at minute 30 over the first, and not over the second. */
  readonly fires: Series
  readonly silent: Series
}

const NODE = 'instance="a:9464", job="light-tts"'
const series = (name: string, labels = '') => `${name}{${labels}${labels === '' ? '' : ', '}${NODE}}`

/** A histogram in which every observation is of `seconds`. */
function observed(metric: string, bounds: readonly number[], seconds: number): Series {
  const bucket = (le: string, grows: boolean) => [
    series(`${metric}_bucket`, `le="${le}"`),
    grows ? '0+60x40' : '0x40',
  ]
  return Object.fromEntries([...bounds.map((le) => bucket(String(le), seconds <= le)), bucket('+Inf', true)])
}

const outcomes = (ok: string, other: string, outcome: string): Series => ({
  [series('light_tts_requests_total', 'outcome="ok", transport="http"')]: ok,
  [series('light_tts_requests_total', `outcome="${outcome}", transport="http"`)]: other,
})

export const ALERTS: readonly Alert[] = [
  {
    name: 'LightTtsNodeDown',
    expr: 'up{job="light-tts"} == 0',
    for: '1m',
    severity: 'page',
    summary: 'a node does not answer its scraper',
    fires: { [`up{${NODE}}`]: '0x40' },
    silent: { [`up{${NODE}}`]: '1x40' },
  },
  {
    name: 'LightTtsDeviceDown',
    expr: 'light_tts_device_healthy == 0',
    for: '1m',
    severity: 'page',
    summary: 'a device does not work; its node goes on with the others or answers 503',
    fires: { [series('light_tts_device_healthy', 'device="cpu:0"')]: '0x40' },
    silent: { [series('light_tts_device_healthy', 'device="cpu:0"')]: '1x40' },
  },
  {
    name: 'LightTtsFirstAudioSlow',
    expr: `${FIRST_AUDIO_SECONDS} > 2`,
    for: '5m',
    severity: 'page',
    summary: 'one listener in twenty waits more than two seconds for first audio',
    fires: observed('light_tts_time_to_first_audio_seconds', [0.5, 2, 4, 8], 4),
    silent: observed('light_tts_time_to_first_audio_seconds', [0.5, 2, 4, 8], 0.5),
  },
  {
    name: 'LightTtsQueueLong',
    expr: `${QUEUE_SECONDS} > 1`,
    for: '5m',
    severity: 'ticket',
    summary: 'speeches wait more than a second for a slot: more nodes',
    fires: observed('light_tts_queue_wait_seconds', [0.1, 1, 5], 5),
    silent: observed('light_tts_queue_wait_seconds', [0.1, 1, 5], 0.1),
  },
  {
    name: 'LightTtsRefuses',
    expr: `${REFUSED} > 0.05`,
    for: '5m',
    severity: 'ticket',
    summary: 'more than one request in twenty is refused',
    fires: outcomes('0+60x40', '0+20x40', 'rejected'),
    silent: outcomes('0+60x40', '0+1x40', 'rejected'),
  },
  {
    name: 'LightTtsFails',
    expr: `${FAILED} > 0.01`,
    for: '5m',
    severity: 'page',
    summary: 'more than one request in a hundred fails',
    fires: outcomes('0+60x40', '0+6x40', 'failed'),
    silent: outcomes('0+60x40', '0x40', 'failed'),
  },
  {
    name: 'LightTtsUnderruns',
    expr: `${UNDERRUNS} > 0.02`,
    for: '5m',
    severity: 'page',
    summary: 'more than two gaps in a hundred speeches',
    fires: { ...outcomes('0+60x40', '0x40', 'failed'), [series('light_tts_underruns_total')]: '0+6x40' },
    silent: { ...outcomes('0+60x40', '0x40', 'failed'), [series('light_tts_underruns_total')]: '0x40' },
  },
  {
    name: 'LightTtsNodesFull',
    expr: `${USED_NODES} > 0.9 * count(light_tts_capacity_listeners)`,
    for: '10m',
    severity: 'ticket',
    summary: 'all nodes carry nine tenths of what they can: more nodes',
    fires: {
      [series('light_tts_requests_active')]: '10x40',
      [series('light_tts_capacity_listeners')]: '10x40',
    },
    silent: {
      [series('light_tts_requests_active')]: '2x40',
      [series('light_tts_capacity_listeners')]: '10x40',
    },
  },
  {
    name: 'LightTtsLaneBusy',
    expr: 'avg by (instance, lane, device) (avg_over_time(light_tts_lane_busy_ratio[10m])) > 0.95',
    for: '10m',
    severity: 'ticket',
    summary: 'a lane is the bottleneck of its node',
    fires: { [series('light_tts_lane_busy_ratio', 'lane="acoustic", device="cpu:0"')]: '0.99x40' },
    silent: { [series('light_tts_lane_busy_ratio', 'lane="acoustic", device="cpu:0"')]: '0.5x40' },
  },
  {
    name: 'LightTtsEventLoopLate',
    expr: 'light_tts_event_loop_delay_p99_seconds > 0.2',
    for: '5m',
    severity: 'ticket',
    summary: 'the main thread is short of CPU',
    fires: { [series('light_tts_event_loop_delay_p99_seconds')]: '0.5x40' },
    silent: { [series('light_tts_event_loop_delay_p99_seconds')]: '0.02x40' },
  },
  {
    name: 'LightTtsHeapFull',
    expr: 'nodejs_heap_used_bytes / nodejs_heap_limit_bytes > 0.85',
    for: '5m',
    severity: 'page',
    summary: "the main thread's heap is nearly full",
    fires: {
      [series('nodejs_heap_used_bytes')]: '900x40',
      [series('nodejs_heap_limit_bytes')]: '1000x40',
    },
    silent: {
      [series('nodejs_heap_used_bytes')]: '100x40',
      [series('nodejs_heap_limit_bytes')]: '1000x40',
    },
  },
  {
    name: 'LightTtsMemoryRises',
    expr: 'process_resident_memory_bytes > 2 * min_over_time(process_resident_memory_bytes[6h]) + 1e9',
    for: '15m',
    severity: 'ticket',
    summary: 'resident memory is far above what it was within six hours',
    fires: { [series('process_resident_memory_bytes')]: '5e8 5e8 9e9x40' },
    silent: { [series('process_resident_memory_bytes')]: '9e9x40' },
  },
  {
    name: 'LightTtsDiskFull',
    expr: 'light_tts_voices_disk_free_bytes / light_tts_voices_disk_bytes < 0.1',
    for: '5m',
    severity: 'ticket',
    summary: 'the disk of stored voices is nearly full: storing will be refused with 507',
    fires: {
      [series('light_tts_voices_disk_free_bytes')]: '5x40',
      [series('light_tts_voices_disk_bytes')]: '100x40',
    },
    silent: {
      [series('light_tts_voices_disk_free_bytes')]: '50x40',
      [series('light_tts_voices_disk_bytes')]: '100x40',
    },
  },
  {
    name: 'LightTtsDescriptorsShort',
    expr: 'process_open_fds{job="light-tts"} / process_max_fds{job="light-tts"} > 0.8',
    for: '5m',
    severity: 'ticket',
    summary: 'four fifths of the file descriptors are open',
    fires: { [series('process_open_fds')]: '900x40', [series('process_max_fds')]: '1000x40' },
    silent: { [series('process_open_fds')]: '100x40', [series('process_max_fds')]: '1000x40' },
  },
  {
    name: 'LightTtsVoiceQuarantined',
    expr: 'increase(light_tts_voices_quarantined_total[1h]) > 0',
    for: '0m',
    severity: 'ticket',
    summary: 'a stored voice was damaged and set aside; the log names it',
    fires: { [series('light_tts_voices_quarantined_total')]: '0x10 1x40' },
    silent: { [series('light_tts_voices_quarantined_total')]: '3x40' },
  },
  {
    name: 'LightTtsLogDropped',
    expr: 'increase(light_tts_log_dropped_total[10m]) > 0',
    for: '0m',
    severity: 'ticket',
    summary: 'log lines are lost: a full disk, or a reader that does not read',
    fires: { [series('light_tts_log_dropped_total')]: '0+5x40' },
    silent: { [series('light_tts_log_dropped_total')]: '0x40' },
  },
]

/** The file that Prometheus loads. */
export function ruleFile(): object {
  return {
    groups: [
      { name: 'light-tts', rules: [{ record: 'light_tts:audio_seconds:rate5m', expr: GOODPUT }] },
      {
        name: 'light-tts-alerts',
        rules: ALERTS.map(({ name, expr, for: held, severity, summary }) => ({
          alert: name,
          expr,
          for: held,
          labels: { severity },
          annotations: { summary },
        })),
      },
    ],
  }
}

/** What `promtool test rules` plays: each alert over what must fire and what must not, apart. */
export function ruleTests(rulesPath: string): object {
  const input = (values: Series) =>
    Object.entries(values).map(([name, numbers]) => ({ series: name, values: numbers }))
  return {
    rule_files: [rulesPath],
    evaluation_interval: '1m',
    tests: ALERTS.flatMap(({ name, fires, silent }) => [
      {
        interval: '1m',
        name: `${name} fires`,
        input_series: input(fires),
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${name}", alertstate="firing"})`,
            eval_time: '30m',
            exp_samples: [{ labels: '{}', value: 1 }],
          },
        ],
      },
      {
        interval: '1m',
        name: `${name} is silent`,
        input_series: input(silent),
        alert_rule_test: [{ alertname: name, eval_time: '30m', exp_alerts: [] }],
      },
    ]),
  }
}
