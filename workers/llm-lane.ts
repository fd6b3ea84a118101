/** Thread entry of an LLM lane: loads the LLM, wires its turns to the rings of the device's slots. */

import { RingWriter } from '../src/audio/ring.ts'
import { alignmentOf, openLlm, sequenceRules } from '../src/engine/bundle-models.ts'
import type { Company } from '../src/engine/llm/batch-company.ts'
import { LaneControl } from '../src/lanes/lane-control.ts'
import type { LaneTuning, ToLlmLane } from '../src/lanes/messages.ts'
import { WorkMarks } from '../src/lanes/work-marks.ts'
import { llmLimitsOf } from '../src/scheduler/llm-policy.ts'
import { howLeft } from './how-left.ts'
import { serveLane, sessionOptions } from './lane-loop.ts'
import { LlmLaneTurns } from './llm-lane-turns.ts'
import type { TokenSink } from './llm-utterance.ts'
import { record } from './recorded.ts'

await serveLane<ToLlmLane>(async ({ start, control, runtime, bundle, post }) => {
  const { tuning, device, tokenRings, placeRings } = start
  const runner = await openLlm(
    runtime,
    bundle,
    { rows: tuning.llmSlots, capacity: tuning.kvCapacity },
    sessionOptions(device, device.llmThreads),
  )
  runner.warmUp()
  if (start.quiet) record('decoding steps', () => runner.capture())
  const stepMs = runner.stepMs()
  const acoustic = start.acousticControls.map((buffer) => new LaneControl(buffer))
  const { llm, flow } = bundle.manifest.parameters
  const marks = new WorkMarks(start.workMarks)
  const turns = new LlmLaneTurns({
    runner,
    alignment: alignmentOf(bundle),
    rules: sequenceRules(bundle, runner.pool.maxLength, start.compat),
    sampling: llm.sampling,
    limits: llmLimitsOf(chunksFor(runner.company, tuning), {
      blockTokens: flow.chunkTokens,
      lookahead: flow.preLookahead,
    }),
    sinkOf: (slot, acousticLane) => ringSink(tokenRings[slot]!, placeRings[slot]!, acoustic[acousticLane]!),
    leave: (slot, epoch, failed, stages) => post({ type: 'left', slot, epoch, ...howLeft(failed, stages) }),
    inModel: (rows, run) => control.inModel(rows, run),
    onWork: (slot) => marks.mark(slot),
  })
  return {
    stepMs,
    apply: (message) => turns.apply(message),
    turn: () => turns.turn(),
    expire: (silence) => (silence ? runner.pool.forgetUnused() : 0),
    stats: () => ({ total: tuning.llmSlots, ...turns.takeStats() }),
  }
})

/** Where rows of a run are not all alike, any company cuts a prompt at the same even places. */
function chunksFor(company: Company, tuning: LaneTuning): LaneTuning {
  if (company === 'alike') return tuning
  const prefillChunk = Math.max(2, tuning.prefillChunk - (tuning.prefillChunk % 2))
  return { ...tuning, prefillChunk, prefillChunkIdle: prefillChunk }
}

/** Tokens into a slot's ring; the acoustic lane is woken after each, since any may complete a block. */
function ringSink(tokens: SharedArrayBuffer, placed: SharedArrayBuffer, acoustic: LaneControl): TokenSink {
  const ring = new RingWriter(Int32Array, tokens)
  const places = new RingWriter(Int32Array, placed)
  const one = new Int32Array(1)
  return {
    push: (token, place) => {
      // The place first: with a token's audio comes what it says.
      if (place !== undefined) {
        one[0] = place
        places.push(one)
      }
      one[0] = token
      // The ring holds more than a sequence can have; a slot that was cancelled takes nothing, which is as well.
      ring.push(one)
      acoustic.signal()
    },
    end: (failed) => {
      places.end()
      if (failed) ring.fail()
      else ring.end()
      acoustic.signal()
    },
    get unread() {
      return ring.capacity - ring.freeSpace
    },
  }
}
