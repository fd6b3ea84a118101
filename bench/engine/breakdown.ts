/**
 * Where the CPU time of a second of speech goes: each stage by itself, with the embedded voice, as CPU milliseconds.
 *
 *   node dist/bench/engine/breakdown.js [--rounds 4] [--rows 3] [--seconds 9] [--old-rows 2] [--out FILE]
 *
 * `before` is the work that 68c9748 does: ten Euler steps, and `--old-rows` rows a decoding step. `now`: this build's solver
 * and `--rows` (both are `llm_batch` of bench/engine/against). `bound`: sixteen rows, and hops of four blocks. All
 * stages take turns in every round, on one thread, and the least of the rounds counts. Sockets, encoders and what threads
 * take from each other are not in it. The last line is JSON.
 */
import { loadConfig } from '../../src/config/load-config.ts'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { chosenSolver } from '../../src/core/flow-solver.ts'
import { readVoice, type Voice } from '../../src/core/voice.ts'
import { openFlow, openLlm, openVocoder } from '../../src/engine/bundle-models.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { sampleRas } from '../../src/engine/llm/sampler.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { boundNativeHeap } from '../../src/lanes/native-heap.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive, positiveNumber } from '../command-line/values.ts'
import { cpuMs } from '../report/cpu-time.ts'
import { report } from '../report/record.ts'

const TOKENS_PER_SECOND = 25
const FRAMES_PER_SECOND = 50
/** Positions of a row: a prompt with its transcript, and half a reply. */
const CONTEXT = 200
const MOST_ROWS = 16
const STEPS = 20
const HOP_BLOCKS = [1, 4] as const

const options = benchCommand(
  'where the CPU time of a second of speech goes: each stage by itself, with the embedded voice',
)
  .option('--rounds <n>', 'times that each stage is measured', positive, 4)
  .option('--rows <n>', 'rows of a decoding step now', positive, 3)
  .option('--old-rows <n>', 'rows of a decoding step before', positive, 2)
  .option('--seconds <n>', 'length of a reply', positiveNumber, 9)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ rounds: number; rows: number; oldRows: number; seconds: number }>()

/** Least CPU ms by name of the work. */
const least = new Map<string, number>()
const note = (name: string, ms: number) => least.set(name, Math.min(ms, least.get(name) ?? Infinity))
const timed = (name: string, per: number, work: () => void) => note(name, cpuMs(work) / per)

// As the server has it: where memory comes from is part of the cost.
boundNativeHeap()
const bundle = await readBundle(
  await bundleOf(EMBEDDED_VOICE, { cacheDir: loadConfig({}).cacheDir, dtype: 'fp32' }),
)
const runtime = await openRuntime()
const session = { intraOpThreads: 1, spin: false }
const voice = await readVoice(bundle.path(bundle.manifest.voices[0]!.file))
const [reference] = bundle.manifest.flowGraph.solvers
const flows = {
  before: await openFlow(runtime, bundle, session, { solver: reference! }),
  now: await openFlow(runtime, bundle, session, {
    solver: chosenSolver('auto', bundle.manifest.flowGraph, 'cpu'),
  }),
}
const vocoder = await openVocoder(runtime, bundle, session)
const llm = await openLlm(runtime, bundle, { rows: MOST_ROWS, capacity: 1024 }, session)

for (let round = 0; round <= options.rounds; round++) {
  // The first warms up.
  if (round === 1) least.clear()
  for (const [when, flow] of Object.entries(flows)) measureFlow(flow, when, voice)
  for (const blocks of HOP_BLOCKS) measureVocoder(vocoder, blocks)
  measureLlm(llm, bundle)
}
for (const each of [flows.before, flows.now, vocoder, llm]) each.release()

const of = (name: string) => least.get(name)!
const once = 1 / options.seconds
const column = (when: 'before' | 'now', rows: number, blocks: (typeof HOP_BLOCKS)[number]) => {
  const stages = {
    'LLM, prefill': of('prefill') * once,
    'LLM, decoding': of(`decode ${rows}`) * TOKENS_PER_SECOND,
    sampling: of('sample') * TOKENS_PER_SECOND,
    'flow, prompt copied': of(`fork ${when}`) * once,
    'flow, encoder': of(`encoder ${when}`),
    'flow, estimator': of(`estimator ${when}`),
    vocoder: of(`vocoder ${blocks}`),
  }
  return { ...stages, sum: Object.values(stages).reduce((sum, ms) => sum + ms, 0) }
}
const before = column('before', options.oldRows, 1)
const now = column('now', options.rows, 1)
const bound = column('now', MOST_ROWS, 4)
const rows = Object.keys(before).map((stage) => {
  const [was, is, least] = [before, now, bound].map((all) => all[stage as keyof typeof all])
  return { stage, before: was!, now: is!, bound: least! }
})
console.table(rows)
report('breakdown', {
  unit: 'CPU ms of a second of speech',
  rows_before: options.oldRows,
  rows_now: options.rows,
  rows,
  now_over_before: now.sum / before.sum,
  bound_over_before: bound.sum / before.sum,
})

function measureFlow(flow: FlowRunner, when: string, { speechTokens }: Voice): void {
  const { blockTokens, lookahead } = flow.dims
  const reply = options.seconds * TOKENS_PER_SECOND
  const prompt = flow.solvePrompt(voice)
  let state = flow.fork(prompt, speechTokens.length + reply)
  state.release()
  timed(`fork ${when}`, 1, () => {
    state = flow.fork(prompt, speechTokens.length + reply)
  })
  state.push(Int32Array.from({ length: reply + lookahead }, (_, i) => (i * 37) % 500))
  const seconds = () => state.solvedTokens / TOKENS_PER_SECOND
  const from = seconds()
  let encoder = 0
  let estimator = 0
  for (let work = flow.begin(state); work !== undefined; work = flow.begin(state)) {
    const running = work
    encoder += cpuMs(() => running.step())
    estimator += cpuMs(() => {
      while (running.runsLeft > 0) running.step()
    })
    running.commit()
  }
  const made = seconds() - from
  if (made < blockTokens / TOKENS_PER_SECOND) throw new Error('a reply shorter than a block was asked for')
  note(`encoder ${when}`, encoder / made)
  note(`estimator ${when}`, estimator / made)
  state.release()
}

function measureVocoder(runner: VocoderRunner, blocks: number): void {
  const { mels, blockTokens, stride } = flows.now.dims
  const frames = blocks * blockTokens * stride
  const mel = Float32Array.from({ length: frames * mels }, (_, i) => Math.sin(i) - 6)
  const stream = runner.open(runner.noise(7))
  runner.push(stream, mel)
  const hops = 8 / blocks
  timed(`vocoder ${blocks}`, (hops * frames) / FRAMES_PER_SECOND, () => {
    for (let i = 0; i < hops; i++) runner.push(stream, mel)
  })
  runner.push(stream, mel, { ended: true })
}

function measureLlm(runner: LlmRunner, { manifest }: Bundle): void {
  const { sampling } = manifest.parameters.llm
  const prompt = Array.from({ length: CONTEXT }, (_, i) => 1 + (i % 50))
  const held = Array.from({ length: MOST_ROWS }, () => runner.pool.take())
  for (const row of held) timed('prefill', 1, () => runner.prefill(row, prompt))
  for (const batch of new Set([options.oldRows, options.rows, MOST_ROWS])) {
    timed(`decode ${batch}`, STEPS * batch, () => {
      for (let i = 0; i < STEPS; i++) runner.decode(held.slice(0, batch).map((row) => ({ row, id: 1 + i })))
    })
  }
  const logits = runner
    .decode([{ row: held[0]!, id: 1 }])
    .logitsOf(0)
    .slice()
  timed('sample', STEPS, () => {
    for (let i = 0; i < STEPS; i++) sampleRas(logits.slice(), [], sampling, 7, i)
  })
  for (const row of held.reverse()) runner.pool.release(row)
}
