/**
 * Thread entry: an LLM that decodes without pause beside the flow, so that what they take from each other is measured.
 *
 * The shared integer tells it to pause, to run, to end.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { readBundle } from '../../src/core/bundle.ts'
import { LlmUnderTest } from './measure-llm.ts'

export interface CompanionStart {
  readonly bundleDir: string
  readonly threads: number
  readonly rows: number
  /** One integer, one of the three below; set by the other side. */
  readonly flag: SharedArrayBuffer
}

export const PAUSE = 0
export const RUN = 1
export const END = 2

if (!isMainThread) {
  const { bundleDir, threads, rows, flag } = workerData as CompanionStart
  const state = new Int32Array(flag)
  const llm = await LlmUnderTest.open(await readBundle(bundleDir), threads, rows)
  const times: number[] = []
  parentPort!.postMessage('ready')
  while (Atomics.load(state, 0) !== END) {
    Atomics.wait(state, 0, PAUSE)
    times.push(...llm.keepDecoding(rows, () => Atomics.load(state, 0) !== RUN))
  }
  llm.release()
  parentPort!.postMessage(times)
}
