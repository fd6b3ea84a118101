/** What the lanes of a device have done since they were started, in one sum for each role. */
import type { LaneWork } from '../core/speech-port.ts'
import type { Device } from '../lanes/device.ts'
import type { LanePulse } from '../lanes/lane-control.ts'
import type { LaneRole } from '../lanes/messages.ts'

export function workOf(device: Device, role: LaneRole): LaneWork {
  const pulses = device.pulses(role)
  const sum = (pick: (pulse: LanePulse) => number) => pulses.reduce((all, pulse) => all + pick(pulse), 0)
  return {
    runs: sum(({ runs }) => runs),
    units: sum(({ units }) => units),
    busySeconds: sum(({ busyMs }) => busyMs) / 1000,
  }
}
