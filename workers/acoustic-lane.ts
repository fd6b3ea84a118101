/** Thread entry of an acoustic lane: loads flow and vocoder, wires their turns to the rings of the device's slots. */
import { getPriority, setPriority } from 'node:os'
import { RingReader, RingWriter } from '../src/audio/ring.ts'
import { monotonicMs } from '../src/core/monotonic.ts'
import type { TokenSource } from '../src/engine/acoustic/acoustic-model.ts'
import { FlowVocoderModel } from '../src/engine/acoustic/flow-vocoder-model.ts'
import { tryWideRuns, wideRunsPay } from '../src/engine/acoustic/wide-runs.ts'
import { openFlow, openVocoder } from '../src/engine/bundle-models.ts'
import { TwoWidths } from '../src/engine/runtime/two-widths.ts'
import { LaneControl } from '../src/lanes/lane-control.ts'
import type { ToAcousticLane } from '../src/lanes/messages.ts'
import { WorkMarks } from '../src/lanes/work-marks.ts'
import { AcousticLaneTurns, type AudioSink } from './acoustic-lane-turns.ts'
import { howLeft } from './how-left.ts'
import { serveLane, sessionOptions } from './lane-loop.ts'
import { loneRuns } from './lone-runs.ts'
import { record } from './recorded.ts'

/** Bytes of prompts that the lanes of a device keep through a silence. */
const PROMPT_BYTES_IN_SILENCE = 64e6

/** How far an acoustic lane steps back for others where cores are short. */
const NICENESS = 5

await serveLane<ToAcousticLane>(async ({ start, control, runtime, bundle, post }) => {
  const { tuning, device } = start
  // The LLM lane and the main thread go first: their turns are short, and every listener waits for them. Only Linux has
  // a priority for each thread. Before the sessions, whose own threads inherit it.
  if (process.platform === 'linux') setPriority(0, Math.min(19, getPriority() + NICENESS))
  const session = sessionOptions(device, device.acousticThreads)
  const lone = loneRuns(bundle.manifest, device, tuning.flowStateBytes)
  const widths = lone && new TwoWidths(runtime, lone.threads)
  const flow = await openFlow(widths?.runtime ?? runtime, bundle, session, {
    ...(start.flowSolver === undefined ? {} : { solver: start.flowSolver }),
    together: tuning.acousticBatch,
  })
  const vocoder = await openVocoder(runtime, bundle, session)
  if (widths !== undefined && !wideRunsPay(tryWideRuns(flow, widths, monotonicMs))) widths.drop()
  if (start.quiet) {
    record('evaluations of the flow', () => flow.capture(tuning.flowStateBytes, start.tokenRings.length))
    record('hops of the vocoder', () =>
      vocoder.capture(
        hopLengths(flow.dims.blockTokens * flow.dims.stride, tuning.maxHopBlocks),
        tuning.acousticBatch,
      ),
    )
  }
  const stateBytes = tuning.flowStateBytes - (widths?.isOpen === true ? lone!.bytes : 0)
  const others = start.otherControls.map((buffer) => new LaneControl(buffer))
  const model = new FlowVocoderModel({
    flow,
    vocoder,
    maxHopBlocks: tuning.maxHopBlocks,
    announcePrompt: (key, prompt) =>
      post(prompt === undefined ? { type: 'promptGone', key } : { type: 'promptHeld', key, prompt }),
    inModel: (frames, run) => control.inModel(frames, run),
  })
  const llm = new LaneControl(start.llmControl)
  const marks = new WorkMarks(start.workMarks)
  const turns = new AcousticLaneTurns({
    model,
    limits: {
      maxHopBlocks: tuning.maxHopBlocks,
      hopGrowthMs: tuning.hopGrowthMs,
      batchBoundMs: tuning.batchBoundMs,
      acousticBatch: tuning.acousticBatch,
    },
    stateBytes,
    tokensOf: (slot) => ringSource(start.tokenRings[slot]!, llm),
    audioOf: (slot) => ringSink(start.audioRings[slot]!),
    leave: (slot, epoch, failed, stages) => post({ type: 'left', slot, epoch, ...howLeft(failed, stages) }),
    nowMs: monotonicMs,
    onWork: (slot) => marks.mark(slot),
    onRun: (alone) => {
      if (widths !== undefined) widths.wide = alone && !others.some(({ working }) => working)
    },
  })
  return {
    apply: (message) => turns.apply(message),
    turn: () => turns.turn(),
    expire: (silence) => {
      if (silence) vocoder.forgetMemory()
      return model.expire(silence, PROMPT_BYTES_IN_SILENCE / start.acousticControls.length)
    },
    stats: () => ({
      used: model.bytes,
      total: stateBytes,
      meanBatch: model.takeMeanBatch(),
      waiting: turns.size,
    }),
  }
})

/** Frames of a hop of one block, of two and so on. */
function hopLengths(blockFrames: number, maxHopBlocks: number): number[] {
  return Array.from({ length: maxHopBlocks }, (_, i) => (i + 1) * blockFrames)
}

/** Tokens out of a slot's ring; the LLM lane is woken after each take, since the stream may want more from then on. */
function ringSource(buffer: SharedArrayBuffer, llm: LaneControl): TokenSource {
  const ring = new RingReader(Int32Array, buffer)
  return {
    // The state before the count: the other order could miss the last tokens (see ring.ts).
    get ended() {
      return ring.state !== 'open'
    },
    get failed() {
      return ring.state === 'failed'
    },
    get available() {
      return ring.available
    },
    take: (count) => {
      const taken = ring.take(count)
      llm.signal()
      return taken
    },
  }
}

function ringSink(buffer: SharedArrayBuffer): AudioSink {
  const ring = new RingWriter(Float32Array, buffer)
  return {
    push: (samples) => ring.push(samples),
    end: (failed) => {
      if (failed) ring.fail()
      else ring.end()
    },
  }
}
