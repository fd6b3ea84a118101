import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { createRing } from '../../src/audio/ring.ts'
import { LaneHandle, type ToLane } from '../../src/lanes/lane-handle.ts'
import { LaneSeat } from '../../src/lanes/lane-seat.ts'
import { convertTiny, TINY_TUNING, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

/** Deaths until everything is loaded that is loaded once, and deaths that are counted. */
const FIRST_DEATHS = 2
const DEATHS = 5
/** Bytes that a death may leave; sessions of the reference model's acoustic lane take 10 MB. */
const LEFT_PER_DEATH = 6e6

/** What a lane cannot take: its thread throws. */
const FATAL = null as unknown as ToLane

let bundle: TinyBundle
before(async () => {
  bundle = await convertTiny()
})
after(() => bundle.remove())

it('a lane that dies leaves no sessions: memory stays flat', async () => {
  const seat = new LaneSeat('acoustic', 0)
  for (let i = 0; i < FIRST_DEATHS; i++) await liveAndDie(seat)
  const before = process.memoryUsage.rss()
  for (let i = 0; i < DEATHS; i++) await liveAndDie(seat)
  const left = (process.memoryUsage.rss() - before) / DEATHS
  assert.ok(left < LEFT_PER_DEATH, `${(left / 1e6).toFixed(1)} MB stay with each death`)
})

/** A lane comes up in this seat, is told something that it cannot take, and dies of it. */
async function liveAndDie(seat: LaneSeat): Promise<void> {
  seat.control.reset()
  const start = {
    role: seat.role,
    bundleDir: bundle.dir,
    device: { kind: 'cpu', index: 0, llmThreads: 1, acousticThreads: 1, acousticLanes: 1 },
    tuning: TINY_TUNING,
    control: seat.control.buffer,
    llmControl: new LaneSeat('llm', 0).control.buffer,
    acousticControls: [new LaneSeat('acoustic', 0).control.buffer],
    sessions: seat.sessions,
    tokenRings: [createRing(Int32Array, 16)],
    audioRings: [createRing(Float32Array, 16)],
  } as const
  const entry = new URL(`../../workers/${seat.role}-lane.js`, import.meta.url)
  const reason = await new Promise<string>((resolve) => {
    const lane = new LaneHandle(entry, start, {
      onMessage: ({ type }) => {
        if (type === 'ready') lane.post(FATAL)
      },
      onDeath: resolve,
    })
  })
  assert.doesNotMatch(reason, /ended with code 0/)
}
