/**
 * The same runs with state on the device and on the host, bit for bit. A session is the same in both; ONNX Runtime
 * carries what lies on the host over before each run and back after it.
 */
import type { Bundle } from '../../src/core/bundle.ts'
import { concatFloats } from '../../src/core/float-arrays.ts'
import { openFlow, openLlm, openVocoder } from '../../src/engine/bundle-models.ts'
import { finishWork } from '../../src/engine/flow/flow-runner.ts'
import type { Runtime, SessionOptions } from '../../src/engine/runtime/runtime.ts'
import { compare, ids, SAME, voiceOf } from './invented.ts'
import { exactly, type Line } from './lines.ts'
import type { Proof } from './proof.ts'

const ROWS = 3
const STEPS = 8
const PROMPT_TOKENS = 30
const REPLY_TOKENS = 80
const HOP_FRAMES = 50
const HOPS = 3

export async function* residence(proof: Proof): AsyncGenerator<Line> {
  const { runtime, session } = await proof.open()
  const onHost: Runtime = { ...runtime, memory: () => runtime.memory() }
  for (const family of proof.families) {
    const bundle = await proof.bundle(family, 'fp16')
    for (const [stage, make] of Object.entries(STAGES)) {
      const here = await make(runtime, bundle, session)
      const there = await make(onHost, bundle, session)
      yield exactly(`${family}: ${stage}, state on the device against the host`, compare(here, there), SAME)
    }
  }
}

type Make = (runtime: Runtime, bundle: Bundle, session: SessionOptions) => Promise<Float32Array>

const STAGES: Readonly<Record<string, Make>> = {
  'logits of the LLM': async (runtime, bundle, session) => {
    const llm = await openLlm(runtime, bundle, { rows: ROWS, capacity: 256 }, session)
    const parts: Float32Array[] = []
    for (let row = 0; row < ROWS; row++) parts.push(llm.prefill(llm.pool.take(), ids(10 + row)).slice())
    for (let step = 0; step < STEPS; step++) {
      const { logitsOf } = llm.decode(Array.from({ length: ROWS }, (_, row) => ({ row, id: 1 + step + row })))
      for (let row = 0; row < ROWS; row++) parts.push(logitsOf(row).slice())
    }
    llm.release()
    return concatFloats(parts)
  },
  'mel of the flow': async (runtime, bundle, session) => {
    const flow = await openFlow(runtime, bundle, session)
    const state = flow.open(voiceOf(flow, PROMPT_TOKENS), PROMPT_TOKENS + REPLY_TOKENS)
    state.push(voiceOf(flow, REPLY_TOKENS).speechTokens)
    state.finish()
    const parts: Float32Array[] = []
    for (let work = flow.begin(state); work !== undefined; work = flow.begin(state))
      parts.push(finishWork(work).slice())
    state.release()
    flow.release()
    return concatFloats(parts)
  },
  'samples of the vocoder': async (runtime, bundle, session) => {
    const vocoder = await openVocoder(runtime, bundle, session)
    const { mel: mels } = bundle.manifest.parameters.hift
    const stream = vocoder.open(vocoder.noise(7))
    const frames = Float32Array.from({ length: HOP_FRAMES * mels }, (_, i) => Math.sin(i * 0.37) * 3 - 5)
    const parts = Array.from({ length: HOPS }, (_, hop) =>
      vocoder.push(stream, frames, { ended: hop === HOPS - 1 }).slice(),
    )
    vocoder.release()
    return concatFloats(parts)
  },
}
