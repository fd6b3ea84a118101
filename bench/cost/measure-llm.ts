/** Milliseconds of the LLM lane's work: decoding by rows, prefill by positions, drawing a token included. */
import type { Bundle } from '../../src/core/bundle.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { sampleRas } from '../../src/engine/llm/sampler.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { mean, type Point } from './fit.ts'

/** Positions that a row has when decoding is timed: a prompt of 4 s and half a reply. */
const CONTEXT = 200
const CHUNKS = [16, 32, 64, 128, 256]

export class LlmUnderTest {
  readonly #runner: LlmRunner
  readonly #bundle: Bundle
  readonly #rows: number

  private constructor(runner: LlmRunner, bundle: Bundle, rows: number) {
    this.#runner = runner
    this.#bundle = bundle
    this.#rows = rows
  }

  static async open(bundle: Bundle, threads: number, rows: number): Promise<LlmUnderTest> {
    const kv = { rows, capacity: 1024 }
    const session = { intraOpThreads: threads, spin: false }
    return new LlmUnderTest(await openLlm(await openRuntime(), bundle, kv, session), bundle, rows)
  }

  /** Mean ms of a step by rows; batches are interleaved. */
  decode(rounds: number): Point[] {
    const rows = this.#fill()
    const batches = [1, 2, 4, 8, 16].filter((batch) => batch <= this.#rows)
    const times = new Map<number, number[]>(batches.map((batch) => [batch, []]))
    for (let round = 0; round < rounds; round++) {
      for (const batch of batches) {
        const ms = this.step(rows.slice(0, batch), round)
        if (round >= 2) times.get(batch)!.push(ms)
      }
    }
    this.#empty(rows)
    return batches.map((x) => ({ x, ms: mean(times.get(x)!) }))
  }

  /** Mean ms of a prefill run by its positions. */
  prefill(rounds: number): Point[] {
    const times = new Map<number, number[]>(CHUNKS.map((chunk) => [chunk, []]))
    for (let round = 0; round < rounds; round++) {
      for (const chunk of CHUNKS) {
        const row = this.#runner.pool.take()
        const started = performance.now()
        this.#runner.prefill(row, ids(chunk))
        if (round >= 1) times.get(chunk)!.push(performance.now() - started)
        this.#runner.pool.release(row)
      }
    }
    return CHUNKS.map((x) => ({ x, ms: mean(times.get(x)!) }))
  }

  /** Rows with `CONTEXT` positions each, ready to decode. */
  #fill(): number[] {
    const rows = Array.from({ length: this.#rows }, () => this.#runner.pool.take())
    for (const row of rows) this.#runner.prefill(row, ids(CONTEXT))
    return rows
  }

  #empty(rows: readonly number[]): void {
    for (const row of [...rows].reverse()) this.#runner.pool.release(row)
  }

  /** One step as the lane makes it: run, and a token drawn for each row. Returns its ms. */
  step(rows: readonly number[], draw: number): number {
    const { llm } = this.#bundle.manifest.parameters
    const started = performance.now()
    const { logitsOf } = this.#runner.decode(rows.map((row) => ({ row, id: 1 + ((draw + row) % 100) })))
    for (const i of rows.keys()) sampleRas(logitsOf(i).slice(), [], llm.sampling, 7, draw)
    return performance.now() - started
  }

  /** Decodes over and over, `rows` rows at a time, and gives each step's ms, until `isOver`. */
  keepDecoding(rows: number, isOver: () => boolean): number[] {
    const times: number[] = []
    while (!isOver()) {
      const all = this.#fill()
      for (let i = 0; i < 100 && !isOver(); i++) times.push(this.step(all.slice(0, rows), i))
      this.#empty(all)
    }
    return times
  }

  release(): void {
    this.#runner.release()
  }
}

function ids(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 1 + (i % 50))
}
