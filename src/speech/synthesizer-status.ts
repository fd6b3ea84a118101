/** What `/v1/status` and the metrics read of the synthesizer: its devices and what they carry, as of now. */

import type { SynthesizerStatus } from '../core/speech-port.ts'
import type { Device } from '../lanes/device.ts'
import type { StageCosts } from '../scheduler/stage-meter.ts'
import type { Admission } from './admission.ts'
import { workOf } from './lane-work.ts'

export interface StatusParts {
  readonly devices: readonly Device[]
  readonly admission?: Admission | undefined
  /** Seconds of audio that the devices make per second. */
  readonly rate: () => number
  readonly costs: () => StageCosts | undefined
}

export function statusOf(
  { devices, admission, rate, costs }: StatusParts,
  { state, active, queued }: Pick<SynthesizerStatus, 'state' | 'active' | 'queued'>,
): SynthesizerStatus {
  return {
    state,
    active,
    queued,
    capacity: {
      audioSecondsPerSecond: rate(),
      listeners: admission?.listeners,
      load: admission?.load,
      stages: costs(),
      warning: admission?.warning,
    },
    devices: devices.map((device) => {
      const llm = device.stats('llm')
      const acoustic = device.stats('acoustic')
      return {
        name: device.name,
        healthy: device.healthy,
        slots: { used: device.usedSlots - device.parkedSlots, total: device.totalSlots },
        llmSlots: { used: llm?.used ?? 0, total: llm?.total ?? 0 },
        flowStateBytes: { used: acoustic?.used ?? 0, total: acoustic?.total ?? 0 },
        work: { llm: workOf(device, 'llm'), acoustic: workOf(device, 'acoustic') },
        llmBatch: llm?.meanBatch ?? 0,
        acousticBatch: acoustic?.meanBatch ?? 0,
        llmBusy: llm?.busy ?? 0,
        acousticBusy: acoustic?.busy ?? 0,
      }
    }),
  }
}
