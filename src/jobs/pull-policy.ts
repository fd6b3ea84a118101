/** Whether a node takes a part of a job that others could take as well. Pure. */
import type { SynthesizerStatus } from '../core/speech-port.ts'

/** Of what its devices carry for listeners: a node that has more of them leaves parts to others. */
const MOST_LOAD = 0.5

/** `own`: parts of jobs that it has under way. What streams leave them, the gate of the scheduler decides. */
export function mayTakePart(
  { state, capacity, active, devices }: Pick<SynthesizerStatus, 'state' | 'capacity' | 'active' | 'devices'>,
  own: number,
): boolean {
  if (state !== 'ready') return false
  if (capacity?.load !== undefined) return capacity.load < MOST_LOAD
  const slots = devices.reduce((sum, device) => sum + device.slots.total, 0)
  return active - own < MOST_LOAD * slots
}
