/** A server on the device, and more and more listeners. */
import { existsSync } from 'node:fs'
import { startServer } from '../load/child-server.ts'
import type { Figures } from '../load/figures.ts'
import { loadTest } from '../load/load-test.ts'
import { readOptions } from '../load/options.ts'
import { atMost, exactly, type Line, told } from './lines.ts'
import { type Proof, rootPath } from './proof.ts'

const ASKED = {
  real: { listeners: [1, 8, 32, 64, 128], seconds: 12, texts: 'long' },
  tiny: { listeners: [1, 2], seconds: 1, texts: 'en' },
} as const
/** ms of a player's buffer. */
const BUFFER = '200'
const MOST_GAPS = 0.01

export async function* listeners(proof: Proof): AsyncGenerator<Line> {
  const { isCpu, options } = proof
  const { device, size } = options
  const model = options.model ?? (await packedModel(proof))
  const { listeners: numbers, seconds, texts } = ASKED[size]
  const settings = ['limits.rate_limit=off', 'limits.max_concurrent_requests=512', 'log.format=json']
  const started = performance.now()
  const server = await startServer([
    ...['--devices', isCpu ? 'auto' : device],
    ...settings.flatMap((each) => ['--set', each]),
    ...(model === undefined ? [] : ['--model', model]),
  ])
  try {
    yield told(
      'seconds until the server is ready',
      (performance.now() - started) / 1000,
      model ?? 'embedded voice',
    )
    for (const count of numbers) {
      const args = [
        '--url',
        server.url,
        '--mode',
        'listeners',
        '--stream',
        '--honour-retry',
        '--buffer',
        BUFFER,
      ]
      const options = readOptions([
        ...[...args, '--texts', texts, '--duration', String(seconds)],
        ...['--concurrency', String(count), '--ramp', '1'],
      ])
      yield* linesOf(count, (await loadTest(options)).figures, isCpu)
    }
  } finally {
    await server.stop()
  }
}

/** A pack has no embedded voice: what is served then is the reference set's. */
async function packedModel(proof: Proof): Promise<string | undefined> {
  if (existsSync(rootPath('demo/voice/flow.pt'))) return undefined
  const { folder } = await proof.bundle('cosyvoice2', 'fp16')
  return `cosyvoice2=${folder}`
}

function* linesOf(count: number, figures: Figures, isCpu: boolean): Generator<Line> {
  const of = `${count} listeners`
  const gaps = 1 - figures.clean_of_accepted[BUFFER]!
  yield exactly(`${of}: answers that failed`, figures.errors - figures.refused, 0)
  yield atMost(`${of}: share of accepted answers with a gap`, gaps, isCpu ? undefined : MOST_GAPS)
  yield told(
    `${of}: clean audio seconds per second`,
    figures.clean_audio_s_per_s[BUFFER]!,
    `${figures.ok} heard`,
  )
  yield told(`${of}: refused`, figures.refused, 'told when to come back')
  yield told(
    `${of}: ms to first audio, 95th percentile`,
    figures.ttfa_ms.p95,
    `median ${figures.ttfa_ms.p50.toFixed(0)}`,
  )
}
