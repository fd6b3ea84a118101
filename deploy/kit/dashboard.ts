/** The dashboard for Grafana: what listeners feel, what is refused, what is busy, what runs out. */
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import {
  FAILED,
  FIRST_AUDIO_SECONDS,
  GOODPUT,
  QUEUE_SECONDS,
  REFUSED,
  UNDERRUNS,
  USED_NODES,
} from './queries.ts'

interface Panel {
  readonly title: string
  readonly says: string
  /** Grafana's name of it. */
  readonly unit: string
  /** Query and what its lines are called. */
  readonly lines: readonly (readonly [string, string])[]
}

const ROWS: Readonly<Record<string, readonly Panel[]>> = {
  Listeners: [
    {
      title: 'First audio, p95',
      says: 'From the last byte of a request to its first audio.',
      unit: 's',
      lines: [
        [FIRST_AUDIO_SECONDS, 'first audio'],
        [QUEUE_SECONDS, 'of it in the queue'],
      ],
    },
    {
      title: 'Audio made',
      says: 'Seconds of audio that listeners get per second.',
      unit: 'none',
      lines: [
        [GOODPUT, 'sent'],
        ['sum(light_tts_capacity_audio_seconds_per_second)', 'could be made'],
      ],
    },
    {
      title: 'Gaps per speech',
      says: 'With a buffer of 100 ms.',
      unit: 'percentunit',
      lines: [[UNDERRUNS, 'gaps']],
    },
  ],
  Requests: [
    {
      title: 'Under way',
      says: 'Streams under way, those that wait, and sockets.',
      unit: 'none',
      lines: [
        ['sum(light_tts_requests_active)', 'under way'],
        ['sum(light_tts_requests_queued)', 'waiting'],
        ['sum(light_tts_websockets)', 'sockets'],
        ['sum(light_tts_capacity_listeners)', 'can be heard'],
      ],
    },
    {
      title: 'Refused and failed',
      says: 'As a share of all requests.',
      unit: 'percentunit',
      lines: [
        [REFUSED, 'refused'],
        [FAILED, 'failed'],
      ],
    },
    {
      title: 'By key',
      says: 'Seconds of audio per second, by name of the key.',
      unit: 'none',
      lines: [['sum by (key) (rate(light_tts_key_audio_seconds_total[5m]))', '{{key}}']],
    },
  ],
  Devices: [
    {
      title: 'Nodes used',
      says: 'What is under way in full nodes, and the nodes there are: what the scaler sees.',
      unit: 'none',
      lines: [
        [USED_NODES, 'used'],
        ['count(light_tts_capacity_listeners)', 'nodes'],
      ],
    },
    {
      title: 'Lanes busy',
      says: 'Share of the last second in model runs.',
      unit: 'percentunit',
      lines: [['light_tts_lane_busy_ratio', '{{instance}} {{device}} {{lane}}']],
    },
    {
      title: 'Devices that work',
      says: '0: being started again.',
      unit: 'none',
      lines: [['light_tts_device_healthy', '{{instance}} {{device}}']],
    },
  ],
  Machine: [
    {
      title: 'Resident memory',
      says: 'Of each node.',
      unit: 'bytes',
      lines: [['process_resident_memory_bytes{job="light-tts"}', '{{instance}}']],
    },
    {
      title: 'Event loop, p99 delay',
      says: 'Of the main thread.',
      unit: 's',
      lines: [['light_tts_event_loop_delay_p99_seconds', '{{instance}}']],
    },
    {
      title: 'What runs out',
      says: 'Heap, descriptors and disk in use.',
      unit: 'percentunit',
      lines: [
        ['nodejs_heap_used_bytes / nodejs_heap_limit_bytes', '{{instance}} heap'],
        ['process_open_fds{job="light-tts"} / process_max_fds{job="light-tts"}', '{{instance}} descriptors'],
        ['1 - light_tts_voices_disk_free_bytes / light_tts_voices_disk_bytes', '{{instance}} disk'],
      ],
    },
  ],
}

/** Every query of the dashboard. */
export const DASHBOARD_QUERIES: readonly string[] = Object.values(ROWS)
  .flat()
  .flatMap(({ lines }) => lines.map(([query]) => query))

export function dashboard(): Dashboard {
  const source = { type: 'prometheus', uid: '$source' }
  let builder = new DashboardBuilder('light-tts')
    .uid('light-tts')
    .tags(['light-tts'])
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'))
  for (const [row, panels] of Object.entries(ROWS)) {
    builder = builder.withRow(new RowBuilder(row))
    for (const { title, says, unit, lines } of panels) {
      let panel = new PanelBuilder()
        .title(title)
        .description(says)
        .unit(unit)
        .min(0)
        .span(8)
        .height(8)
        .datasource(source)
      for (const [query, name] of lines)
        panel = panel.withTarget(new DataqueryBuilder().expr(query).legendFormat(name))
      builder = builder.withPanel(panel)
    }
  }
  return builder.build()
}
