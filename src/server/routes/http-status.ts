/** `GET /v1/status`: the state of the synthesizer and its devices. */
import { productVersion } from '../../core/product-version.ts'
import type { StageStatus, SynthesizerStatus } from '../../core/speech-port.ts'
import type { RecentSpeech } from '../limits/recent-speech.ts'
import type { Route } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { sendJson } from '../transport/respond.ts'

export function statusRoutes(context: ServerContext): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/v1/status',
      policy: 'key',
      handle: ({ exchange }) =>
        sendJson(exchange, 200, {
          ...statusBody(context.synthesizer.status()),
          ...recentBody(context.recent),
        }),
    },
  ]
}

/** The status in the API's own spelling. */
function statusBody({ state, active, queued, capacity, devices }: SynthesizerStatus) {
  return {
    version: productVersion(),
    state,
    active,
    queued,
    capacity:
      capacity === undefined
        ? null
        : {
            audio_seconds_per_second: Number(capacity.audioSecondsPerSecond.toFixed(2)),
            listeners: capacity.listeners ?? null,
            load: capacity.load === undefined ? null : Number(capacity.load.toFixed(3)),
            warning: capacity.warning ?? null,
            stages: capacity.stages === undefined ? null : stagesBody(capacity.stages),
          },
    devices: devices.map((device) => ({
      name: device.name,
      healthy: device.healthy,
      slots: device.slots,
      llm_slots: device.llmSlots,
      flow_state_bytes: device.flowStateBytes,
      llm_batch: device.llmBatch,
      acoustic_batch: device.acousticBatch,
      llm_busy: device.llmBusy,
      acoustic_busy: device.acousticBusy,
    })),
  }
}

function recentBody(recent: RecentSpeech) {
  const { binSeconds, bins } = recent.bins()
  return {
    listener_leads: recent.leads().map((seconds) => Number(seconds.toFixed(2))),
    recent: {
      bin_seconds: binSeconds,
      bins: bins.map(({ speeches, firstAudioMs, slowestMs, underruns }) => ({
        speeches,
        first_audio_ms: firstAudioMs ?? null,
        slowest_ms: slowestMs ?? null,
        underruns,
      })),
    },
  }
}

function stagesBody({ prefillMs, decodeMs, flowMs, vocoderMs, stepMs, rows }: StageStatus) {
  const rounded = (value: number) => Number(value.toFixed(2))
  return {
    prefill_ms: rounded(prefillMs),
    decode_ms: rounded(decodeMs),
    flow_ms: rounded(flowMs),
    vocoder_ms: rounded(vocoderMs),
    step_ms: rounded(stepMs),
    step_rows: rounded(rows),
  }
}
