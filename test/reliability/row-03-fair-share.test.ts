/** Row 3: a crowd of one address waits behind an address that has nothing, in the queue and at the gate. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { TtsError } from '../../src/core/errors.ts'
import type { Lent } from '../../src/lanes/utterance.ts'
import type { StreamLoad } from '../../src/scheduler/admission.ts'
import { fairRank, isCrowded } from '../../src/scheduler/fair-share.ts'
import { Scheduler, type Waiting } from '../../src/scheduler/scheduler.ts'
import { Admission } from '../../src/speech/admission.ts'
import { SpeechChain } from '../../src/speech/speech-chain.ts'
import { lentOf, pushSeconds } from './faults/lent-by-hand.ts'
import { until } from './faults/unlucky-device.ts'

function openQueue(maxQueued: number) {
  const device = { id: 0, free: 0, healthy: true }
  let now = 0
  const view = () => ({
    id: 0,
    healthy: true,
    freeSlots: device.free,
    backlogSeconds: 0,
    audioSecondsPerSecond: 1000,
    hasVoice: true,
  })
  const clock = { nowMs: () => now, after: () => () => {} }
  const scheduler = new Scheduler([{ id: 0, view }], { maxQueued, batchBoundMs: 1000 }, clock)
  const log: string[] = []
  const speeches = new Map<string, number>()
  const submit = (name: string, client: string, overrides: Partial<Waiting> = {}) => {
    speeches.set(client, (speeches.get(client) ?? 0) + 1)
    scheduler.submit({
      priority: 'stream',
      arrivedMs: now,
      askedMs: now,
      continues: false,
      timeoutMs: 60_000,
      voiceKey: 'v',
      voiceSeconds: 1,
      expectedSeconds: 1,
      client,
      others: () => speeches.get(client)! - 1,
      start: () => {
        device.free--
        log.push(name)
      },
      refuse: (error: TtsError) => log.push(`${name} ${error.code}`),
      ...overrides,
    })
  }
  const free = (slots: number) => {
    device.free = slots
    scheduler.turn()
  }
  const wait = (ms: number) => {
    now += ms
  }
  return { submit, free, wait, log, scheduler }
}

it('a newcomer goes before a crowd that came first, also before what continues the crowd’s speeches', () => {
  const { submit, free, wait, log } = openQueue(100)
  for (let i = 0; i < 25; i++) submit(`crowd ${i}`, 'crowd', { continues: i % 2 === 0 })
  wait(500)
  submit('newcomer', 'other')
  free(3)
  assert.deepEqual(log, ['newcomer', 'crowd 0', 'crowd 1'])
})

it('one after the other nobody is kept out for ever: the crowd’s turn comes', () => {
  const { submit, free, wait, log } = openQueue(100)
  for (let i = 0; i < 3; i++) submit(`crowd ${i}`, 'crowd')
  for (let i = 0; i < 10 && !log.includes('crowd 0'); i++) {
    wait(300)
    submit(`other ${i}`, `other ${i}`)
    free(1)
  }
  assert(log.includes('crowd 0'), log.join())
})

it('a queue that a crowd has filled takes a newcomer for the last of the crowd', () => {
  const { submit, log, scheduler } = openQueue(4)
  for (let i = 0; i < 4; i++) submit(`crowd ${i}`, 'crowd')
  submit('newcomer', 'other')
  assert.deepEqual(log, ['crowd 3 OVERLOADED'])
  assert.equal(scheduler.queued, 4)
  assert.throws(() => submit('crowd 4', 'crowd'), /unavailable/)
})

it('half of the streams or more make a crowd, one stream does not', () => {
  const of = (...counts: [string, number][]) => new Map(counts)
  assert.equal(isCrowded(of(['a', 3], ['b', 1]), 'c'), true)
  assert.equal(isCrowded(of(['a', 3], ['b', 3]), 'c'), false)
  assert.equal(isCrowded(of(['a', 1]), 'c'), false)
  assert.equal(isCrowded(of(['a', 5]), 'a'), false)
  assert(fairRank(1000, 3) > fairRank(3900, 0))
})

it('what the gate holds back is for an address with nothing, beside a crowd of one', () => {
  const gate = new Admission({ rate: () => 5, listeners: undefined, maxWaitMs: 1000 })
  const load = (): StreamLoad => ({ heard: true, leadSeconds: 2, leftSeconds: 60 })
  const request = (client: string) => ({ admission: 'stream', expectedSeconds: 4, client }) as const
  while (gate.admits(request('crowd'))) gate.add({ priority: 'stream', client: 'crowd', load })
  assert.equal(gate.admits(request('crowd')), false)
  assert.equal(gate.admits(request('newcomer')), true)
  assert.equal(gate.secondsUntil(request('newcomer'), []), 0)
})

it('a listener that does not read is no load; once it reads it is one again', async () => {
  const lent = lentOf()
  const chain = new SpeechChain<{ complete: true }>(
    'id',
    { sampleRate: 1000, ahead: 1, timeoutMs: 60_000 },
    (_part, _index, started) => {
      started(lent as Lent)
      return { withdraw: () => {} }
    },
    () => {},
    undefined,
    { secondsOf: () => 30 },
  )
  chain.add([{ complete: true }])
  chain.complete()
  pushSeconds(lent, 10)
  const reading = () => chain.next()
  assert.equal((await reading())!.length > 0, true)
  assert((chain.load()?.leftSeconds ?? 0) > 0)
  await until('it counts as not reading', () => chain.load() === undefined)
  await reading()
  assert((chain.load()?.leftSeconds ?? 0) > 0)
  chain.cancel()
})
