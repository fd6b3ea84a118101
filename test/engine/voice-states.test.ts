import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { SharedPrompt } from '../../src/core/shared-prompt.ts'
import { VoiceStates } from '../../src/engine/acoustic/voice-states.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, goldenVoice, openTinyFlow, solveAll } from '../helpers/tiny-flow.ts'

let folder: string
/** Two lanes of one device: the same model, loaded twice. */
let lanes: readonly [FlowRunner, FlowRunner]

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-voices-'))
  const runtime = await openStrictRuntime()
  lanes = [await openTinyFlow(runtime, join(folder, '0')), await openTinyFlow(runtime, join(folder, '1'))]
})
after(async () => {
  for (const lane of lanes) lane.release()
  await rm(folder, { recursive: true, force: true })
})

function open(flow: FlowRunner) {
  const told: (SharedPrompt | undefined)[] = []
  const voices = new VoiceStates(flow, (_key, prompt) => told.push(prompt))
  voices.add('anna', goldenVoice)
  return { voices, told, entry: voices.use('anna') }
}

it('a prompt that one lane solved is spoken with in another, bit for bit, without solving it again', async () => {
  const [first, second] = lanes.map(open) as [ReturnType<typeof open>, ReturnType<typeof open>]
  let runs = 1
  while (!first.voices.solve(first.entry)) runs++
  assert.equal(runs, 1 + lanes[0].dims.steps, 'one block: an encoder run and the Euler steps')
  // As a message carries it: what is shared stays shared.
  const carried = structuredClone(first.told[0]!)
  second.voices.adopt('anna', carried)
  assert.equal(second.voices.solve(second.entry), true, 'nothing left to solve')
  assert.equal(second.voices.bytes, first.voices.bytes)
  const frames = await Promise.all(
    [first, second].map(async ({ entry }, i) => {
      const state = lanes[i]!.fork(entry.prompt!, 200)
      state.push(goldenReply)
      state.finish()
      const mel = solveAll(lanes[i]!, state)
      state.release()
      return mel
    }),
  )
  const alone = lanes[0].open(goldenVoice, 200)
  alone.push(goldenReply)
  alone.finish()
  assert.deepEqual(frames[0], solveAll(lanes[0], alone))
  assert.deepEqual(frames[1], frames[0])
})

it('a prompt that comes while it is being solved here ends that, and its memory serves others', () => {
  const [first, second] = lanes.map(open) as [ReturnType<typeof open>, ReturnType<typeof open>]
  while (!first.voices.solve(first.entry));
  const kept = lanes[1].memory.bytes
  for (let run = 0; run < 4; run++) assert.equal(second.voices.solve(second.entry), false)
  const solving = second.voices.bytes
  assert.ok(solving > 0)
  second.voices.adopt('anna', first.told[0]!)
  assert.equal(second.voices.solve(second.entry), true)
  assert.ok(lanes[1].memory.bytes >= Math.max(kept, solving))
  assert.equal(second.told.length, 1)
  second.voices.adopt('anna', first.told[0]!)
  second.voices.adopt('nobody', first.told[0]!)
  assert.equal(second.told.length, 1, 'what is known or asked by nobody changes nothing')
})

it('prompts that nobody speaks with are let go, least recently used first, others never', () => {
  const { voices, told, entry } = open(lanes[0])
  voices.add('bert', goldenVoice)
  const bert = voices.use('bert')
  for (const each of [entry, bert]) while (!voices.solve(each));
  assert.equal(voices.idleBytes, 0)
  voices.free(Infinity)
  assert.equal(told.includes(undefined), false)
  voices.leave(entry)
  assert.equal(voices.idleBytes, voices.bytes / 2)
  voices.leave(bert)
  voices.free(1)
  assert.equal(entry.prompt, undefined)
  assert.notEqual(bert.prompt, undefined)
  voices.drop('bert')
  voices.drop('anna')
  assert.equal(voices.bytes, 0)
  assert.equal(told.filter((prompt) => prompt === undefined).length, 2)
})

it('a prompt whose solving fails leaves nothing behind, and is solved anew', () => {
  const { voices, entry } = open(lanes[0])
  const kept = lanes[0].memory.bytes
  const begin = lanes[0].begin.bind(lanes[0])
  for (const failAt of [0, 1]) {
    let begun = 0
    lanes[0].begin = (state) => {
      if (begun++ === failAt) throw new Error('no memory today')
      return begin(state)
    }
    assert.throws(() => {
      while (!voices.solve(entry));
    }, /no memory today/)
    lanes[0].begin = begin
    assert.equal(voices.bytes, 0)
    assert.ok(lanes[0].memory.bytes >= kept)
  }
  while (!voices.solve(entry));
  assert.equal(entry.prompt!.solvedTokens, 25)
})

it('a voice that main let go while somebody spoke with it, and gives again, brings its prompt back', () => {
  const { voices, told, entry } = open(lanes[0])
  while (!voices.solve(entry));
  voices.drop('anna')
  assert.equal(told.length, 1)
  voices.add('anna', goldenVoice)
  assert.equal(told.length, 2)
  assert.equal(told[1]!.memory.capacity, told[0]!.memory.capacity)
})

it('in silence prompts leave until few bytes are held, the last one that was spoken with stays', () => {
  const { voices, told, entry } = open(lanes[0])
  for (const key of ['bert', 'carl']) voices.add(key, goldenVoice)
  const others = ['bert', 'carl'].map((key) => voices.use(key))
  for (const each of [entry, ...others]) while (!voices.solve(each));
  assert.equal(voices.expire(0), 0, 'all are spoken with')
  for (const each of [entry, ...others]) voices.leave(each)
  const one = voices.bytes / 3
  assert.equal(voices.expire(2 * one), one)
  assert.equal(entry.prompt, undefined)
  assert.equal(voices.expire(0), one)
  assert.deepEqual(
    others.map(({ prompt }) => prompt !== undefined),
    [false, true],
  )
  assert.equal(told.filter((prompt) => prompt === undefined).length, 2)
})
