/**
 * What the dry run asserts, in the process whose libraries are the stand-in's: placement, bytes that cross, launches.
 *
 * Kernels compute nothing, so no value is looked at.
 */
import { voiceOf } from '../../bench/prove-gpu/invented.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { describeError } from '../../src/core/errors.ts'
import { askDriver } from '../../src/cuda/driver.ts'
import { openFlow, openLlm, openVocoder } from '../../src/engine/bundle-models.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { Runtime, SessionOptions } from '../../src/engine/runtime/runtime.ts'
import { capturedSteps } from './captured.ts'
import { capturedFlow } from './captured-flow.ts'
import { capturedHops } from './captured-hops.ts'
import { type CountedCard, openCounters } from './counters.ts'
import { launches } from './launches.ts'
import { atMost, exactly, type Line, line } from './line.ts'
import { sharedRuns } from './shared-runs.ts'
import { vocoderLaunches } from './vocoder-launches.ts'

/** Parameters of kernels that go to the card with a run: addresses, sizes, positions. */
const MOST_PARAMETER_BYTES = 64 * 1024

const onCard = (deviceId: number): SessionOptions => ({
  intraOpThreads: 1,
  provider: { kind: 'cuda', deviceId, options: {} },
})

/** `bundles`: family → folders of its bundles in half and in single precision. */
export async function* checks(
  folder: string,
  bundles: Readonly<Record<string, { readonly half: string; readonly single: string }>>,
): AsyncGenerator<Line> {
  const { cards, cuda } = askDriver()
  yield exactly('cards that the driver names', cards.length, 2)
  yield exactly('CUDA of the driver', cuda ?? 'none', '13.0')
  const free = cards.map((card) => (card.bytes - (card.free ?? 0)) / 2 ** 30)
  yield exactly('GiB that other programs have of the cards', free.join(' '), '1 2')
  const runtime = await openRuntime({ kind: 'native', cuda: { own: folder }, releaseAtExit: true })
  const card = { runtime, session: onCard(0), count: openCounters(folder) }
  for (const [family, { half, single }] of Object.entries(bundles)) {
    const bundle = await readBundle(half)
    for (const card of [0, 1]) yield* placement(runtime, bundle, `${family}, card ${card}`, card)
    yield* refusals(runtime, await readBundle(single), family)
    yield* crossing(card, bundle, family)
    yield* sharedRuns(card, bundle, family)
    yield* capturedSteps(card, bundle, family)
    yield* capturedFlow(card, bundle, family)
    yield* capturedHops(card, bundle, family)
  }
  yield* launches(card)
  yield* vocoderLaunches(card)
}

const GRAPHS = ['llm', 'flow-encoder', 'flow-estimator', 'hift-f0', 'hift-generator']

async function* placement(
  runtime: Runtime,
  bundle: Bundle,
  name: string,
  card: number,
): AsyncGenerator<Line> {
  for (const graph of GRAPHS) {
    const found = await runtime.load(bundle.path(`${graph}.onnx`), onCard(card)).then(
      (session) => {
        session.release()
        return 'wholly on the card'
      },
      (error: unknown) => describeError(error),
    )
    yield exactly(`${name}: ${graph} in half precision`, found, 'wholly on the card')
  }
}

async function* refusals(runtime: Runtime, bundle: Bundle, family: string): AsyncGenerator<Line> {
  for (const [graph, culprit] of [
    ['llm', 'GroupQueryAttention'],
    ['hift-f0', 'Elu'],
  ] as const) {
    const found = await runtime.load(bundle.path(`${graph}.onnx`), onCard(0)).then(
      () => 'loaded',
      (error: unknown) => describeError(error),
    )
    yield line(
      `${family}: ${graph} in single precision`,
      found.slice(0, 60),
      `refused for ${culprit}`,
      new RegExp(`on the CPU: ${culprit} `).test(found),
    )
  }
}

/** State stays on the card: what crosses is ids and lengths in, logits, mel and samples out. */
async function* crossing(
  { runtime, session, count }: CountedCard,
  bundle: Bundle,
  family: string,
): AsyncGenerator<Line> {
  const llm = await openLlm(runtime, bundle, { rows: 2, capacity: 128 }, session)
  llm.warmUp()
  const rows = [llm.pool.take(), llm.pool.take()]
  for (const row of rows) llm.prefill(row, [1, 2, 3])
  const logits = 2 * 4 * bundle.manifest.parameters.llm.decoderRows
  const step = count(() => void llm.decode(rows.map((row) => ({ row, id: 5 }))))
  yield atMost(`${family}: bytes to the card per LLM step of two rows`, step.toDeviceBytes, 64)
  yield exactly(`${family}: bytes from the card per LLM step of two rows`, step.toHostBytes, logits)
  yield exactly(`${family}: bytes copied on the card per LLM step`, step.onDeviceBytes, 0)
  llm.release()

  const flow = await openFlow(runtime, bundle, session)
  const { mels, blockTokens, stride } = flow.dims
  const voice = voiceOf(flow, blockTokens)
  const state = flow.open(voice, 8 * blockTokens)
  state.push(new Int32Array(6 * blockTokens))
  state.finish()
  const perBlock: { in: number; out: number; committed: number }[] = []
  for (let work = flow.begin(state); work !== undefined; work = flow.begin(state)) {
    const current = work
    let [into, out] = [0, 0]
    while (current.runsLeft > 0) {
      const counts = count(() => current.step())
      into = Math.max(into, counts.toDeviceBytes)
      out += counts.toHostBytes
    }
    perBlock.push({ in: into, out, committed: count(() => void current.commit()).toHostBytes })
  }
  state.release()
  flow.release()
  const full = perBlock.slice(1, -1)
  yield atMost(
    `${family}: most bytes to the card in a run of the flow`,
    Math.max(...full.map((each) => each.in)),
    MOST_PARAMETER_BYTES,
  )
  yield exactly(
    `${family}: growth of that from block to block`,
    Math.max(...full.map((each) => each.in)) - Math.min(...full.map((each) => each.in)),
    0,
  )
  yield exactly(
    `${family}: bytes from the card in all runs of a block`,
    Math.max(...perBlock.map((each) => each.out)),
    0,
  )
  yield exactly(
    `${family}: bytes of a block's mel from the card`,
    full[0]!.committed,
    blockTokens * stride * mels * 4,
  )

  const vocoder = await openVocoder(runtime, bundle, session)
  const stream = vocoder.open(vocoder.noise(1))
  const frames = 50
  vocoder.push(stream, new Float32Array(frames * mels), { ended: false })
  let samples = 0
  const hop = count(() => {
    samples = vocoder.push(stream, new Float32Array(frames * mels), { ended: false }).length
  })
  yield atMost(
    `${family}: bytes from the card per hop beside its samples`,
    hop.toHostBytes - 4 * samples,
    8192,
  )
  vocoder.release()
}
