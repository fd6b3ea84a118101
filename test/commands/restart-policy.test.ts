import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Ending, type Life, nextMove } from '../../src/commands/restart-policy.ts'

const CRASH: Ending = { code: null, signal: 'SIGSEGV' }
const served: Life = { wasReady: true, livedMs: 5000 }
const stillborn: Life = { wasReady: false, livedMs: 100 }
const long: Life = { wasReady: true, livedMs: 3_600_000 }

it('a stop that was asked for, an orderly end and a bad start are ends', () => {
  assert.deepEqual(nextMove({ code: 0, signal: null }, [served], false), {
    do: 'end',
    code: 0,
    why: undefined,
  })
  assert.deepEqual(nextMove({ code: 2, signal: null }, [stillborn], false), {
    do: 'end',
    code: 2,
    why: undefined,
  })
  assert.deepEqual(nextMove(CRASH, [served], true), { do: 'end', code: 0, why: undefined })
  assert.deepEqual(nextMove({ code: 70, signal: null }, [served], true), {
    do: 'end',
    code: 70,
    why: undefined,
  })
})

it('a crash and a hung device are started again, later each time, and a long life forgives', () => {
  const delays = [1, 2, 3, 4, 20].map((lives) => {
    const move = nextMove({ code: 75, signal: null }, Array(lives).fill(served), false)
    return move.do === 'start' ? move.afterMs : Number.NaN
  })
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 30_000])
  assert.deepEqual(nextMove(CRASH, [served, served, long], false), {
    do: 'start',
    afterMs: 500,
    why: 'the server was ended by SIGSEGV',
  })
})

it('a server that never gets ready is given up', () => {
  assert.equal(nextMove(CRASH, Array(4).fill(stillborn), false).do, 'start')
  const move = nextMove(CRASH, Array(5).fill(stillborn), false)
  assert(move.do === 'end' && move.code === 1 && /never got ready in 5 starts/.test(move.why!))
})
