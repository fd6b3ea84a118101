/** Lanes of a card start one after the other, and only a first start is quiet. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { LaneSeat } from '../../src/lanes/lane-seat.ts'
import { LaneSupervisor } from '../../src/lanes/lane-supervisor.ts'
import type { LaneStart } from '../../src/lanes/messages.ts'
import { until } from '../helpers/until.ts'

/** Ready at once; dies of its first message. */
const LANE = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { workerData } from 'node:worker_threads'
    workerData.port.postMessage({ type: 'ready' })
    workerData.port.on('message', () => { throw new Error('told to die') })`)}`,
)

for (const inTurn of [true, false])
  it(inTurn ? 'one after the other' : 'all at once where none captures', async (t) => {
    const seats = [new LaneSeat('llm', 0), new LaneSeat('acoustic', 0)] as const
    const told: string[] = []
    const supervisor = new LaneSupervisor(
      seats,
      {
        deviceName: 'test',
        entries: { llm: LANE, acoustic: LANE },
        startOf: (seat, quiet) => {
          const others = seats.filter((other) => other !== seat && other.ready).length
          told.push(`${seat.role} ${quiet ? 'quiet' : 'loud'} beside ${others}`)
          return { role: seat.role, control: seat.control.buffer } as unknown as LaneStart
        },
        hungAfterMs: 60_000,
        endMs: 1000,
        inTurn,
      },
      { onMessage: () => {}, onDeath: () => {}, onChange: () => {}, onHung: () => {}, log: () => {} },
    )
    t.after(async () => {
      const lanes = seats.map(({ lane }) => lane)
      const ended = supervisor.stop(5000)
      for (const lane of lanes) lane?.terminate()
      await ended
    })
    await supervisor.start()
    const first = inTurn
      ? ['llm quiet beside 0', 'acoustic quiet beside 1']
      : ['llm loud beside 0', 'acoustic loud beside 0']
    assert.deepEqual(told, first)
    seats[0].lane!.post({ type: 'cancel', slot: 0, epoch: 0 })
    await until(() => told.length === 3, 'the lane is started again')
    assert.equal(told[2], 'llm loud beside 1')
  })
