import assert from 'node:assert/strict'
import { it } from 'node:test'
import { StageMeter, type StageTotals } from '../../src/scheduler/stage-meter.ts'

const totals = (seconds: number, slower = 1): StageTotals => ({
  audioSeconds: seconds,
  prefillMs: 5 * seconds * slower,
  decodeMs: 20 * seconds * slower,
  decodeSteps: 10 * seconds,
  decodeRows: 25 * seconds,
  flowMs: 40 * seconds * slower,
  vocoderMs: 22 * seconds * slower,
})

it('costs are those of a second of audio, and of a step', () => {
  const meter = new StageMeter()
  assert.equal(meter.costs, undefined)
  meter.look(totals(0))
  assert.equal(meter.costs, undefined)
  for (let i = 1; i <= 10; i++) meter.look(totals(i))
  const { rows, ...ms } = meter.costs!
  assert.equal(rows.toFixed(6), '2.500000')
  assert.deepEqual(
    Object.fromEntries(Object.entries(ms).map(([key, value]) => [key, Math.round(value * 1e6) / 1e6])),
    { prefillMs: 5, decodeMs: 20, flowMs: 40, vocoderMs: 22, stepMs: 2 },
  )
})

it('what is slower now is known after some seconds of audio, and a lane that began anew does no harm', () => {
  const meter = new StageMeter()
  for (let i = 0; i <= 30; i++) meter.look(totals(i))
  const before = totals(30)
  for (let i = 1; i <= 40; i++) {
    const more = totals(i, 3)
    meter.look(
      Object.fromEntries(
        Object.entries(before).map(([key, value]) => [key, value + more[key as keyof StageTotals]]),
      ) as unknown as StageTotals,
    )
  }
  assert(Math.abs(meter.costs!.flowMs / 120 - 1) < 0.1, `${meter.costs!.flowMs}`)
  const costs = meter.costs!
  meter.look(totals(1))
  assert.deepEqual(meter.costs, costs)
})
