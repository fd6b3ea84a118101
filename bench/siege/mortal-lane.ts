/** A lane that comes up in its seat and dies there: what is left of it is the process's loss. */
import { createRing } from '../../src/audio/ring.ts'
import { LaneHandle, type ToLane } from '../../src/lanes/lane-handle.ts'
import { LaneSeat } from '../../src/lanes/lane-seat.ts'
import type { LaneTuning } from '../../src/lanes/messages.ts'

/** What a lane cannot take: its thread throws. */
const FATAL = null as unknown as ToLane

/** Resolves with the reason once the lane was ready, was told something that it cannot take, and died of it. */
export function liveAndDie(seat: LaneSeat, bundleDir: string, tuning: LaneTuning): Promise<string> {
  seat.control.reset()
  const start = {
    role: seat.role,
    bundleDir,
    device: { kind: 'cpu', index: 0, llmThreads: 1, acousticThreads: 1, acousticLanes: 1 },
    tuning,
    control: seat.control.buffer,
    llmControl: new LaneSeat('llm', 0).control.buffer,
    acousticControls: [new LaneSeat('acoustic', 0).control.buffer],
    otherControls: [],
    quiet: false,
    sessions: seat.sessions,
    blocks: seat.blocks,
    tokenRings: [createRing(Int32Array, 16)],
    audioRings: [createRing(Float32Array, 16)],
    placeRings: [createRing(Int32Array, 16)],
    workMarks: new SharedArrayBuffer(4),
  } as const
  const entry = new URL(`../../workers/${seat.role}-lane.js`, import.meta.url)
  return new Promise((resolve) => {
    const lane = new LaneHandle(entry, start, {
      onMessage: ({ type }) => {
        if (type === 'ready') lane.post(FATAL)
      },
      onDeath: ({ reason }) => resolve(reason),
    })
  })
}
