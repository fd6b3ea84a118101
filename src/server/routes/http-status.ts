/** `GET /v1/status`: the state of the synthesizer and its devices. */
import type { SynthesizerStatus } from '../../core/speech-port.ts'
import type { Route } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { sendJson } from '../transport/respond.ts'

export function statusRoutes(context: ServerContext): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/v1/status',
      policy: 'key',
      handle: ({ exchange }) => sendJson(exchange, 200, statusBody(context.synthesizer.status())),
    },
  ]
}

/** The status in the API's own spelling. */
function statusBody({ state, active, queued, devices }: SynthesizerStatus) {
  return {
    state,
    active,
    queued,
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
