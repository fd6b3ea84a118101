/** The set of weights for CPUs, of both families: converts, speaks alone and in company, and its loss is bounded. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { convert } from '../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { TtsError } from '../../src/core/errors.ts'
import { concatFloats } from '../../src/core/float-arrays.ts'
import { readVoice, type Voice } from '../../src/core/voice.ts'
import { unfitPlace, WEIGHT_TYPES, weightSet } from '../../src/core/weight-set.ts'
import { openFlow } from '../../src/engine/bundle-models.ts'
import { type FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { goldenDir, goldenDir3, repoRoot } from '../helpers/paths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { ask, digest, listen, openTiny } from '../helpers/tiny-synthesizer.ts'

const SESSION = { intraOpThreads: 1 }

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-cpu-weights-'))
})
after(() => rm(folder, { recursive: true, force: true }))

for (const [family, checkpoint] of [
  ['cosyvoice2', goldenDir],
  ['cosyvoice3', goldenDir3],
] as const) {
  describe(family, () => {
    let dir: string
    let bundle: Bundle
    let voice: Voice
    let flow: FlowRunner
    before(async () => {
      dir = join(folder, family)
      const { unused } = await convert(checkpoint, dir, { dtype: 'cpu' })
      const exact = await convert(checkpoint, `${dir}-fp32`)
      assert.deepEqual(unused, exact.unused, 'as many weights are used as in fp32')
      bundle = await readBundle(dir, { check: 'hashes' })
      const stored = bundle.manifest.voices.find(({ kind }) => kind === 'zero-shot')!
      voice = await readVoice(bundle.path(stored.file))
      flow = await openFlow(await openRuntime(), bundle, SESSION, { solver: '2m-7' })
    })
    after(() => flow.release())

    it('the manifest says what the weights are, and with which solver they are meant to be run', () => {
      const { weights, flowGraph } = bundle.manifest
      assert.deepEqual(weights, { llm: 'int4', estimator: 'int8', rest: 'fp32' })
      assert.equal(flowGraph.solver, '2m-7')
    })

    it('a stream is bit for bit the same however its tokens come', () => {
      const random = new SeededRandom(11)
      const tokens = Int32Array.from({ length: 90 }, () =>
        Math.floor(random.next() * bundle.manifest.parameters.llm.speechTokenSize),
      )
      const streamed = (most: number) => {
        const state = flow.open(voice, voice.speechTokens.length + tokens.length)
        const frames: Float32Array[] = []
        for (let at = 0; !state.ended; ) {
          const count = Math.min(tokens.length - at, 1 + Math.floor(random.next() * most))
          if (count > 0) state.push(tokens.subarray(at, at + count))
          at += count
          if (at === tokens.length) state.finish()
          for (let work = flow.begin(state); work !== undefined; work = flow.begin(state))
            frames.push(finishWork(work))
        }
        state.release()
        return digest(concatFloats(frames))
      }
      const whole = streamed(1000)
      for (const most of [1, 7, 40]) assert.equal(streamed(most), whole)
    })

    it('in company a request is bit for bit what it is alone', async (t) => {
      const tiny = { dir, remove: async () => {} }
      const requests = [0, 1, 2, 3].map((i) => ({
        text: ['Good morning.', 'Seven trains leave before noon.'][i % 2]!,
        seed: 40 + i,
        voice: bundle.manifest.voices[0]!.id,
        priority: i === 3 ? ('batch' as const) : ('stream' as const),
      }))
      const one = await openTiny(tiny, { devices: 'cpu:1' }, t)
      const alone: string[] = []
      for (const request of requests) alone.push(digest(await listen(await ask(one, request))))
      const two = await openTiny(tiny, { devices: 'cpu:2', tuning: { hopGrowthMs: 100 } }, t)
      const together = await Promise.all(
        requests.map(async (request) => digest(await listen(await ask(two, request)))),
      )
      assert.deepEqual(together, alone)
    })

    it('verify tells the loss of each stage and allows it; changed weights it does not allow', async () => {
      const script = join(repoRoot, 'dist', 'src', 'commands', 'verify.js')
      const verify = (of: string, expected: string) => {
        const { stdout } = spawnSync(process.execPath, [script, of, expected], { encoding: 'utf8' })
        return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as {
          ok: boolean
          misses: { stage: string; what: string }[]
          stages: Record<string, { worst?: { what: string; figure: number } }>
        }
      }
      const { ok, misses, stages } = verify(dir, join(checkpoint, 'expected'))
      assert.deepEqual(misses, [])
      assert.equal(ok, true)
      for (const stage of ['estimator', 'incremental flow']) {
        assert.match(stages[stage]!.worst!.what, /dB rms/)
        assert(stages[stage]!.worst!.figure > 0.01, 'rounding shows')
      }
      assert.match(stages.bistream!.worst!.what, /log-probabilities/)

      const wrong = `${dir}-wrong`
      await cp(dir, wrong, { recursive: true })
      const data = await readFile(join(wrong, 'flow.data'))
      const view = new Int8Array(data.buffer, data.byteOffset, data.length)
      for (let i = Math.floor(view.length / 2); i < view.length; i += 3) view[i]! ^= 0x30
      await writeFile(join(wrong, 'flow.data'), data)
      const flowAlone = `${dir}-expected`
      await mkdir(flowAlone)
      await cp(join(checkpoint, 'expected', 'flow'), join(flowAlone, 'flow'), { recursive: true })
      assert(verify(wrong, flowAlone).misses.some(({ stage }) => stage === 'estimator'))
    })

    it('several utterances a run, and devices other than CPUs, are refused', async () => {
      const runtime = await openRuntime()
      const refusal = (pattern: RegExp) => (error: unknown) => {
        assert(error instanceof TtsError)
        assert.equal(error.code, 'BAD_CONFIG')
        assert.match(error.detail, pattern)
        return true
      }
      await assert.rejects(
        openFlow(runtime, bundle, SESSION, { together: 4 }),
        refusal(/estimator is int8.*one utterance a run.*expected acousticBatch 1, got 4/),
      )
      const cuda = { ...SESSION, provider: { kind: 'cuda', deviceId: 0 } } as const
      await assert.rejects(
        openFlow(runtime, bundle, cuda),
        refusal(/expected a device such as cpu:2, got cuda/),
      )
      const tiny = { dir, remove: async () => {} }
      await assert.rejects(
        openTiny(tiny, { tuning: { acousticBatch: 2 } }),
        refusal(/expected acousticBatch 1, got 2/),
      )
    })
  })
}

it('only the set for CPUs minds where it runs', () => {
  for (const type of WEIGHT_TYPES) {
    const weights = weightSet(type)
    assert.equal(unfitPlace(weights, { kind: 'cpu', together: 1 }), undefined)
    const elsewhere = [
      unfitPlace(weights, { kind: 'cuda', together: 1 }),
      unfitPlace(weights, { kind: 'cpu', together: 2 }),
    ]
    for (const reason of elsewhere) assert.equal(reason === undefined, type !== 'cpu')
  }
})
