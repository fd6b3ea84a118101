/** Thread entry of an acoustic lane: loads flow and vocoder, wires their turns to the rings of the device's slots. */
import { getPriority, setPriority } from 'node:os'
import { RingReader, RingWriter } from '../src/audio/ring.ts'
import { TempoStretch } from '../src/audio/speed.ts'
import { openFlow, openVocoder } from '../src/engine/bundle-models.ts'
import { stretchMel } from '../src/engine/mel-tempo.ts'
import { ZERO_NOISE } from '../src/engine/vocoder/harmonic-source.ts'
import type { VocoderRunner } from '../src/engine/vocoder/vocoder-runner.ts'
import { LaneControl } from '../src/lanes/lane-control.ts'
import type { ToAcousticLane } from '../src/lanes/messages.ts'
import { monotonicMs } from '../src/lanes/messages.ts'
import { AcousticLaneTurns } from './acoustic-lane-turns.ts'
import type { AudioSink, HopVocoder, TokenSource } from './acoustic-ports.ts'
import { serveLane, sessionOptions } from './lane-loop.ts'

/** Ring failure code: speech ended early. Main knows the words. */
const FAILED = 1

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
  const flow = await openFlow(runtime, bundle, session, {
    ...(start.flowSolver === undefined ? {} : { solver: start.flowSolver }),
    together: tuning.acousticBatch,
  })
  const vocoder = await openVocoder(runtime, bundle, session)
  const { mels } = flow.dims
  const llm = new LaneControl(start.llmControl)
  const turns = new AcousticLaneTurns({
    flow,
    vocoder: hopVocoder(vocoder),
    sampleRate: vocoder.sampleRate,
    limits: {
      maxHopBlocks: tuning.maxHopBlocks,
      hopGrowthMs: tuning.hopGrowthMs,
      batchBoundMs: tuning.batchBoundMs,
      acousticBatch: tuning.acousticBatch,
    },
    stateBytes: tuning.flowStateBytes,
    openTempo: (speed) => new TempoStretch(speed, vocoder.sampleRate),
    stretchMel: (mel, speed) => stretchMel(mel, mels, speed),
    tokensOf: (slot) => ringSource(start.tokenRings[slot]!, llm),
    audioOf: (slot) => ringSink(start.audioRings[slot]!),
    leave: (slot, epoch, failed) =>
      post({ type: 'left', slot, epoch, ...(failed === undefined ? {} : { failed }) }),
    announcePrompt: (key, prompt) =>
      post(prompt === undefined ? { type: 'promptGone', key } : { type: 'promptHeld', key, prompt }),
    inModel: (frames, run) => control.inModel(frames, run),
    nowMs: monotonicMs,
  })
  return {
    apply: (message) => turns.apply(message),
    turn: () => turns.turn(),
    expire: (silence) => turns.expire(silence, PROMPT_BYTES_IN_SILENCE / start.acousticControls.length),
    stats: () => ({
      used: turns.stateBytes,
      total: tuning.flowStateBytes,
      meanBatch: turns.takeMeanBatch(),
      waiting: turns.size,
    }),
  }
})

function hopVocoder(vocoder: VocoderRunner): HopVocoder {
  return {
    open: ({ seed, sourceNoise }) => vocoder.open(sourceNoise === 'zero' ? ZERO_NOISE : vocoder.noise(seed)),
    key: (stream, { mel, last }) => vocoder.key({ stream, mel, ended: last }),
    run: (hops) => vocoder.pushTogether(hops.map(({ stream, mel, last }) => ({ stream, mel, ended: last }))),
  }
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
      llm.ring()
      return taken
    },
  }
}

function ringSink(buffer: SharedArrayBuffer): AudioSink {
  const ring = new RingWriter(Float32Array, buffer)
  return {
    push: (samples) => ring.push(samples),
    end: (failed) => {
      if (failed) ring.fail(FAILED)
      else ring.end()
    },
  }
}
