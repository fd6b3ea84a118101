/**
 * Milliseconds of the acoustic lane's work: an Euler step by frames attended, a block's encoder, the vocoder by frames.
 */
import type { Bundle } from '../../src/core/bundle.ts'
import { chosenSolver } from '../../src/core/flow-solver.ts'
import { readVoice } from '../../src/core/voice.ts'
import { openFlow, openVocoder } from '../../src/engine/bundle-models.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { seededNoise } from '../../src/engine/vocoder/harmonic-source.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { mean, type Point } from './fit.ts'

/** Blocks of a stream that are timed: 12 s of speech behind the prompt. */
const BLOCKS = 12
/** Frames of a hop: the shortest first one, one block, and hops of two and four. */
const HOPS = [10, 25, 50, 100, 200]

export interface FlowTimes {
  /** Mean ms of an Euler step by frames attended. */
  readonly steps: readonly Point[]
  /** Mean ms of a block's encoder run and of what surrounds its runs. */
  readonly blockMs: number
  readonly eulerSteps: number
  /** Mean ms of a new utterance's state. */
  readonly utteranceMs: number
  /** All times of the steps, by frames attended. */
  readonly groups: readonly (readonly number[])[]
}

export class AcousticUnderTest {
  readonly #flow: FlowRunner
  readonly #vocoder: VocoderRunner
  readonly #bundle: Bundle

  private constructor(flow: FlowRunner, vocoder: VocoderRunner, bundle: Bundle) {
    this.#flow = flow
    this.#vocoder = vocoder
    this.#bundle = bundle
  }

  static async open(bundle: Bundle, threads: number): Promise<AcousticUnderTest> {
    const runtime = await openRuntime()
    const session = { intraOpThreads: threads, spin: false }
    return new AcousticUnderTest(
      await openFlow(runtime, bundle, session, {
        solver: chosenSolver('auto', bundle.manifest.flowGraph, 'cpu'),
      }),
      await openVocoder(runtime, bundle, session),
      bundle,
    )
  }

  /** Streams of `BLOCKS` blocks behind a prompt; the first stream is not counted. */
  async flow(rounds: number): Promise<FlowTimes> {
    const voice = await readVoice(this.#bundle.path(this.#bundle.manifest.voices[0]!.file))
    const { dims } = this.#flow
    const prompt = this.#flow.solvePrompt(voice)
    const steps = new Map<number, number[]>()
    const around: number[] = []
    const forks: number[] = []
    let eulerSteps = 0
    for (let round = 0; round < rounds; round++) {
      const forked = performance.now()
      const state = this.#flow.fork(prompt, voice.speechTokens.length + BLOCKS * dims.blockTokens)
      if (round > 0) forks.push(performance.now() - forked)
      state.push(Int32Array.from({ length: BLOCKS * dims.blockTokens + dims.lookahead }, (_, i) => i % 500))
      for (;;) {
        const frames = (state.solvedTokens + dims.blockTokens) * dims.stride
        const started = performance.now()
        const work = this.#flow.begin(state)
        if (work === undefined) break
        work.step()
        const times: number[] = []
        while (work.runsLeft > 0) {
          const before = performance.now()
          work.step()
          times.push(performance.now() - before)
        }
        work.commit()
        const total = performance.now() - started
        eulerSteps = times.length
        if (round === 0) continue
        around.push(total - times.reduce((sum, ms) => sum + ms, 0))
        steps.set(frames, [...(steps.get(frames) ?? []), ...times])
      }
      state.release()
    }
    return {
      steps: [...steps].map(([x, times]) => ({ x, ms: mean(times) })),
      blockMs: mean(around),
      eulerSteps,
      utteranceMs: mean(forks),
      groups: [...steps.values()],
    }
  }

  /** Mean ms of a vocoder run by its new frames. */
  vocode(rounds: number): Point[] {
    const { mels } = this.#flow.dims
    const times = new Map<number, number[]>(HOPS.map((hop) => [hop, []]))
    for (let round = 0; round < rounds; round++) {
      const stream = this.#vocoder.open(seededNoise(7))
      const mel = (frames: number) => Float32Array.from({ length: frames * mels }, (_, i) => Math.sin(i) - 6)
      this.#vocoder.push(stream, mel(50))
      for (const hop of HOPS) {
        const frames = mel(hop)
        const started = performance.now()
        this.#vocoder.push(stream, frames)
        if (round >= 1) times.get(hop)!.push(performance.now() - started)
      }
      this.#vocoder.push(stream, mel(1), { ended: true })
    }
    return HOPS.map((x) => ({ x, ms: mean(times.get(x)!) }))
  }

  /** ms of sound that the vocoder holds back until it knows what follows. */
  heldBackMs(): number {
    const { mels } = this.#flow.dims
    const frames = 100
    const stream = this.#vocoder.open(seededNoise(7))
    const { length } = this.#vocoder.push(stream, new Float32Array(frames * mels).fill(-6))
    this.#vocoder.push(stream, new Float32Array(mels).fill(-6), { ended: true })
    return (1000 * (frames * this.#vocoder.frameSamples - length)) / this.#vocoder.sampleRate
  }

  release(): void {
    this.#flow.release()
    this.#vocoder.release()
  }
}
