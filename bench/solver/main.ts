/**
 * How near each solver of the flow comes to the flow's true solution, with the embedded voice; the last line is JSON.
 *
 *   node dist/bench/solver/main.js [--utterances 60] [--model demo/voice] [--truth euler100] [--solvers euler10,2m-10,2m-7,2m-6]
 *     [--wavs FOLDER] [--ear 'python3 ear.py']
 *
 * Speech tokens and noise are the same for all, solved in blocks as a stream is. `--wavs` keeps what is heard of the
 * compared solvers and `pairs.tsv` (file, text, solver). `--ear` runs a command that hears it, with `--list pairs.tsv
 * --json FILE`. It writes an array with each file's `group` and `wer: [errors, words]`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { buildFlow } from '../../src/convert/models/flow.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { concatFloats } from '../../src/core/float-arrays.ts'
import { DistanceSum } from '../../src/core/mel-distance.ts'
import { openVocoder } from '../../src/engine/bundle-models.ts'
import { FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import { OfflineSpeaker } from '../../src/engine/offline-speaker.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { seededNoise } from '../../src/engine/vocoder/harmonic-source.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing, listOf, positive } from '../command-line/values.ts'
import { report } from '../report/record.ts'
import { hear, type ToHear } from './ear.ts'
import { solverName } from './solver-name.ts'
import { englishUtterances } from './utterances.ts'

const options = benchCommand(
  'how near each solver of the flow comes to the flow’s true solution, with the embedded voice',
)
  .option('--utterances <n>', 'texts that are spoken', positive, 60)
  .option('--model <dir>', 'checkpoint', existing, EMBEDDED_VOICE)
  .option('--truth <solver>', 'the solver whose solution counts as true', solverName, 'euler100')
  .option('--solvers <list>', 'solvers to compare', listOf(solverName), [
    'euler10',
    '2m-10',
    '2m-8',
    '2m-7',
    '2m-6',
  ])
  .option('--wavs <folder>', 'keep there what is heard of them, and pairs.tsv')
  .option('--ear <command>', 'hears it: is given --list pairs.tsv --json FILE')
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    utterances: number
    model: string
    truth: string
    solvers: string[]
    wavs?: string
    ear?: string
  }>()
const { solvers, truth, wavs } = options
const all = [...solvers, truth]
let vocoder: Awaited<ReturnType<typeof openVocoder>> | undefined
const session = { intraOpThreads: 1, spin: false }
const runtime = await openRuntime()
const bundleDir = await bundleOf(options.model, {
  cacheDir: join(tmpdir(), 'light-tts-bench-bundles'),
  dtype: 'fp32',
})
const bundle = await readBundle(bundleDir)
const folder = mkdtempSync(join(tmpdir(), 'light-tts-solver-'))
try {
  const flows = await openFlows()
  const utterances = await speakAll(options.utterances)
  const sums = new Map(all.map((name) => [name, new DistanceSum()]))
  const toEuler = new Map(all.map((name) => [name, new DistanceSum()]))
  const ms = new Map(all.map((name) => [name, 0]))
  const heard: ToHear[] = []
  for (const [i, { voice, tokens, text }] of utterances.entries()) {
    const mels = new Map<string, Float32Array>()
    for (const [name, flow] of flows) {
      const before = performance.now()
      const state = flow.open(voice, voice.speechTokens.length + tokens.length)
      const blocks: Float32Array[] = []
      state.push(tokens)
      state.finish()
      while (!state.ended) blocks.push(finishWork(flow.begin(state)!))
      state.release()
      ms.set(name, ms.get(name)! + performance.now() - before)
      mels.set(name, concatFloats(blocks))
    }
    for (const name of all) {
      sums.get(name)!.add(mels.get(name)!, mels.get(truth)!)
      toEuler.get(name)!.add(mels.get(name)!, mels.get(solvers[0]!)!)
    }
    if (wavs !== undefined)
      for (const solver of solvers)
        heard.push({ file: await voiced(mels.get(solver)!, solver, i), text, group: solver })
  }
  const rows = all.map((solver) => ({
    solver,
    mean_db: sums.get(solver)!.distance.mean,
    rms_db: sums.get(solver)!.distance.rms,
    rms_db_to_first: toEuler.get(solver)!.distance.rms,
    ms_of_first: ms.get(solver)! / ms.get(solvers[0]!)!,
  }))
  console.log(`${utterances.length} utterances against ${truth}:`)
  console.table(rows)
  const ear = wavs === undefined ? undefined : hear(heard, wavs, options.ear)
  report('solver', { truth, utterances: utterances.length, rows, ear })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** One runner for each solver, over one graph that has them all. */
async function openFlows(): Promise<Map<string, FlowRunner>> {
  const checkpoint = await openCosyVoice2(options.model)
  const hyper = checkpoint.parameters.flow
  const { graphs, weights } = buildFlow(hyper, checkpoint.flow, folder, { solvers: all })
  for (const { path, graph } of graphs) await graph.save(path)
  await weights.write()
  await checkpoint.close()
  const path = (name: string) => join(folder, `flow-${name}.onnx`)
  const paths = { encoder: path('encoder'), estimator: path('estimator'), distances: path('distances') }
  const flows = new Map<string, FlowRunner>()
  for (const solver of all)
    flows.set(solver, await FlowRunner.load(runtime, paths, hyper, session, { solvers: all, solver }))
  return flows
}

/** Speech tokens of every utterance. */
async function speakAll(count: number) {
  const utterances = await englishUtterances(bundle, count)
  const speaker = await OfflineSpeaker.open(runtime, bundle, { intraOpThreads: 1 })
  const said = utterances.map(({ text, asked }) => ({
    voice: asked.voice,
    tokens: speaker.speak(asked).tokens,
    text,
  }))
  speaker.release()
  return said
}

async function voiced(mel: Float32Array, solver: string, i: number): Promise<string> {
  vocoder ??= await openVocoder(runtime, bundle, session)
  mkdirSync(wavs!, { recursive: true })
  const file = join(wavs!, `${solver}-${i}.wav`)
  const wave = vocoder.push(vocoder.open(seededNoise(i + 1)), mel, { ended: true })
  writeFileSync(file, encodeWav(wave, vocoder.sampleRate))
  return file
}
