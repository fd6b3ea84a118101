/** Runs on all cores instead of a lane's own: the same bytes, chosen before each run, and none where bytes would differ. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { monotonicMs } from '../../src/core/monotonic.ts'
import { tryWideRuns, type WideTrial, wideRunsPay } from '../../src/engine/acoustic/wide-runs.ts'
import { finishWork } from '../../src/engine/flow/flow-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { Runtime, Session, SessionOptions } from '../../src/engine/runtime/runtime.ts'
import { TwoWidths } from '../../src/engine/runtime/two-widths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { goldenReply, goldenVoice, openTinyFlow } from '../helpers/tiny-flow.ts'

const THREADS = 3
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-widths-'))
})
after(() => rm(folder, { recursive: true, force: true }))

for (const threads of [2, 3, 5]) {
  it(`whole utterances of any length are the same bytes with ${threads} threads, however runs alternate`, async (t) => {
    const widths = new TwoWidths(await openRuntime(), threads)
    const flow = await openTinyFlow(widths.runtime, join(folder, `flow-${threads}`))
    t.after(() => flow.release())
    // Where kernels are others, the lane finds out in this way, and makes no wide runs.
    if (!tryWideRuns(flow, widths, monotonicMs).sameBytes) return t.diagnostic('this CPU gives other bytes')
    assert.equal(widths.wide, false)
    const random = new SeededRandom(17)
    let wideRuns = 0
    const make = (length: number, width: () => boolean) => {
      const work = flow.whole(goldenVoice, goldenReply.subarray(0, length))
      while (work.runsLeft > 0) {
        widths.wide = width()
        if (widths.wide) wideRuns++
        work.step()
      }
      return work.commit()[0]!
    }
    const lengths = [
      1,
      2,
      13,
      goldenReply.length,
      ...Array.from({ length: 5 }, () => 1 + random.below(goldenReply.length)),
    ]
    for (const length of lengths) {
      const alone = make(length, () => false)
      assert.deepEqual(
        make(length, () => true),
        alone,
        `${length} tokens, wide`,
      )
      assert.deepEqual(
        make(length, () => random.next() < 0.5),
        alone,
        `${length} tokens, now wide, now narrow`,
      )
    }
    assert(wideRuns > 0)
  })
}

it('the blocks of a stream are the same bytes in wide runs', async (t) => {
  const widths = new TwoWidths(await openRuntime(), THREADS)
  const flow = await openTinyFlow(widths.runtime, join(folder, 'flow'))
  t.after(() => flow.release())
  if (!tryWideRuns(flow, widths, monotonicMs).sameBytes) return t.diagnostic('this CPU gives other bytes')
  const random = new SeededRandom(18)
  const stream = (width: () => boolean) => {
    const state = flow.open(goldenVoice, 200)
    state.push(goldenReply)
    state.finish()
    const parts: Float32Array[] = []
    for (let work = flow.begin(state); work !== undefined; work = flow.begin(state)) {
      widths.wide = width()
      parts.push(finishWork(work))
    }
    state.release()
    return parts
  }
  assert.deepEqual(
    stream(() => random.next() < 0.5),
    stream(() => false),
  )
})

/** A runtime whose sessions of several threads add 1 to the first value of what they write. */
function otherBytes(runtime: Runtime): { runtime: Runtime; open: Set<Session> } {
  const open = new Set<Session>()
  const load = async (model: string | Uint8Array, options: SessionOptions): Promise<Session> => {
    const session = await runtime.load(model, options)
    const off = options.intraOpThreads > 1
    const made: Session = {
      name: session.name,
      inputs: session.inputs,
      outputs: session.outputs,
      captures: false,
      bind: (inputs, outputs) => {
        const binding = session.bind(inputs, outputs)
        const written = Object.values(outputs)[0] as unknown as { owner: Float32Array }
        return {
          set: (name, tensor) => binding.set(name, tensor),
          run: () => {
            binding.run()
            if (off && written.owner instanceof Float32Array) written.owner[0]! += 1
          },
          release: () => binding.release(),
        }
      },
      fetch: (inputs, outputs) => session.fetch(inputs, outputs),
      release: () => {
        open.delete(made)
        session.release()
      },
    }
    open.add(made)
    return made
  }
  return { runtime: { ...runtime, load }, open }
}

it('where wide runs would give other bytes they are found out, dropped, and never made', async (t) => {
  const { runtime, open } = otherBytes(await openRuntime())
  const widths = new TwoWidths(runtime, THREADS)
  const flow = await openTinyFlow(widths.runtime, join(folder, 'flow'))
  t.after(() => {
    flow.release()
    assert.equal(open.size, 0, 'sessions are left open')
  })
  const before = finishWork(flow.whole(goldenVoice, goldenReply))
  const trial = tryWideRuns(flow, widths, monotonicMs)
  assert.equal(trial.sameBytes, false)
  assert.equal(wideRunsPay(trial), false)
  const sessions = open.size
  widths.drop()
  assert.equal(widths.isOpen, false)
  assert.equal(open.size, sessions / 2, 'the wide ones are released')
  widths.wide = true
  assert.equal(widths.wide, false)
  assert.deepEqual(finishWork(flow.whole(goldenVoice, goldenReply)), before)
})

it('wrong names are refused when they are bound, not when they run', async () => {
  const widths = new TwoWidths(await openRuntime(), THREADS)
  const { SELF_CHECK_MODEL } = await import('../../src/engine/runtime/self-check-model.ts')
  const session = await widths.runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1 })
  assert.throws(() => session.bind({}, {}), /inputs not given/)
  session.release()
  assert.equal(widths.isOpen, false)
})

/** A flow whose steps take scripted times: the first narrow and the first wide step are slow, as with cold memory. */
function scripted(narrowMs: number, wideMs: number): { trial: WideTrial; widthAfter: boolean } {
  const widths = { wide: false }
  let clock = 0
  const whole = () => {
    let left = 6
    return {
      get runsLeft() {
        return left
      },
      step: () => {
        clock += (widths.wide ? wideMs : narrowMs) + (left === 6 ? 500 : left)
        left--
      },
      commit: () => [Float32Array.of(1, 2, 3)],
      abort: () => {},
    }
  }
  const flow = { dims: { vocab: 50, speaker: 4 }, whole } as unknown as Parameters<typeof tryWideRuns>[0]
  const trial = tryWideRuns(flow, widths, () => clock)
  return { trial, widthAfter: widths.wide }
}

it('wide runs that are no sooner than narrow ones are not kept: the cores belong to others then', () => {
  const same = scripted(100, 100)
  assert.equal(same.trial.sameBytes, true)
  assert.equal(wideRunsPay(same.trial), false)
  assert.equal(wideRunsPay(scripted(100, 80).trial), false)
  assert.equal(wideRunsPay(scripted(100, 300).trial), false)
  const sooner = scripted(100, 50)
  assert(
    Math.abs(sooner.trial.ofNarrow - 51 / 101) < 1e-9,
    `${sooner.trial.ofNarrow}: the shortest steps are compared`,
  )
  assert.equal(wideRunsPay(sooner.trial), true)
  assert.equal(sooner.widthAfter, false)
})
