import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CapacityMeter } from '../../src/scheduler/capacity-meter.ts'

/** Lets a meter see `seconds` in which every second had these. */
function work(
  meter: CapacityMeter,
  seconds: number,
  audio: number,
  busy: number,
  cpu: number,
  all = Math.max(busy, cpu),
): void {
  for (let i = 0; i < seconds * 4; i++) {
    totals.elapsedSeconds += 1 / 4
    totals.busySeconds += all / 4
    totals.audioSeconds += audio / 4
    totals.acousticBusySeconds += busy / 4
    totals.cpuSeconds += cpu / 4
    meter.look({ ...totals })
  }
}
const ZERO = { audioSeconds: 0, acousticBusySeconds: 0, busySeconds: 0, cpuSeconds: 0, elapsedSeconds: 0 }
let totals = { ...ZERO }
function start(meter: CapacityMeter): void {
  totals = { ...ZERO }
  meter.look({ ...totals })
}
const near = (got: number, expected: number, share = 0.2) =>
  assert.ok(Math.abs(got / expected - 1) < share, `${got}, expected ${expected}`)

it('before anything is seen the rate is what was believed', () => {
  near(new CapacityMeter(2, 2, 7).rate, 7, 0.001)
})

it('a device that is loaded in full makes what it is seen to make', () => {
  const meter = new CapacityMeter(2, 2, 3)
  start(meter)
  work(meter, 8, 10, 2, 2)
  near(meter.rate, 10, 0.05)
})

it('at a light load the CPU time that the LLM takes counts, not the pace of idle lanes', () => {
  const meter = new CapacityMeter(2, 2, 10)
  start(meter)
  // One second of audio in .1 s of a lane, .2 s of CPU in all.
  work(meter, 80, 1, 0.1, 0.2)
  near(meter.rate, 10, 0.05)
})

it('a light load proves nothing beyond what a full one has shown', () => {
  const meter = new CapacityMeter(2, 2, 10)
  start(meter)
  work(meter, 8, 8, 2, 2, 3)
  work(meter, 80, 1, 0.1, 0.1)
  near(meter.rate, 8.8, 0.05)
  work(meter, 6, 14, 2, 2, 3)
  near(meter.rate, 14, 0.1)
})

it('lanes beyond the cores slow each other, which is no loss', () => {
  const meter = new CapacityMeter(2, 2, 3)
  start(meter)
  work(meter, 8, 10, 2, 2, 3)
  near(meter.rate, 10, 0.05)
})

it('at a light load, too, cores that others take are not counted on', () => {
  const meter = new CapacityMeter(2, 2, 10)
  start(meter)
  // .2 s of CPU for a second of audio, for which the lanes were busy twice as long.
  work(meter, 80, 1, 0.2, 0.2, 0.4)
  near(meter.rate, 5, 0.05)
})

it('a core that others take is seen within two seconds of load, and its return too', () => {
  const meter = new CapacityMeter(2, 2, 10)
  start(meter)
  work(meter, 8, 10, 2, 2)
  work(meter, 2, 5, 2, 1)
  assert.ok(meter.rate < 7.5, `${meter.rate}`)
  work(meter, 4, 10, 2, 2)
  assert.ok(meter.rate > 8.5, `${meter.rate}`)
})

it('a lane that was started again, and one that computes elsewhere, do no harm', () => {
  const meter = new CapacityMeter(1, Infinity, 10)
  start(meter)
  work(meter, 8, 20, 1, 5)
  near(meter.rate, 20, 0.1)
  meter.look({ ...ZERO, cpuSeconds: 60, elapsedSeconds: totals.elapsedSeconds })
  near(meter.rate, 20, 0.1)
})

it('a measurement counts by itself: what was believed before it is forgotten, however slow the machine is', () => {
  const meter = new CapacityMeter(2, 2, 10)
  start(meter)
  work(meter, 1, 0, 2, 2)
  meter.forget()
  near(meter.rate, 10, 0.001)
  // A block now and then: less than half of real time.
  work(meter, 4, 0.4, 2, 2)
  near(meter.rate, 0.4, 0.05)
})
