/** Steps on the graphs of bundles: made, wholly on the card, each stage against the reference. */
import { spawn } from 'node:child_process'
import { describeError } from '../../src/core/errors.ts'
import { exactly, type Line, told } from './lines.ts'
import { type Proof, type ProofType, REFERENCES, rootPath } from './proof.ts'

const GRAPHS = ['llm', 'flow-encoder', 'flow-estimator', 'hift-f0', 'hift-generator']
/** What a card has no kernel for in single precision is refused, and is no fault of the numbers. */
const REFUSED = /cannot be served by a CUDA card/

export async function* bundles(proof: Proof): AsyncGenerator<Line> {
  for (const family of proof.families)
    for (const dtype of ['fp16', 'fp32'] as const) {
      const started = performance.now()
      await proof.bundle(family, dtype)
      yield told(`${family}: seconds to convert to ${dtype}`, seconds(started), 'or found')
    }
}

export async function* placement(proof: Proof): AsyncGenerator<Line> {
  const { runtime, session } = await proof.open()
  const place = proof.isCpu ? 'loads' : 'wholly on the card'
  for (const family of proof.families) {
    const bundle = await proof.bundle(family, 'fp16')
    for (const graph of GRAPHS) {
      const found = await runtime.load(bundle.path(`${graph}.onnx`), session).then(
        (loaded) => {
          loaded.release()
          return place
        },
        (error: unknown) => describeError(error),
      )
      yield exactly(`${family}: ${graph} in half precision`, found, place)
    }
  }
}

interface Verified {
  readonly stages: Readonly<
    Record<
      string,
      { outcome: string; compared: number; worst?: { figure?: number; limit?: number; rule?: string } }
    >
  >
  readonly misses: readonly { stage: string; detail?: string }[]
}

/** Every stage against the reference's arrays, by `verify` as a process of its own. */
export const verified = (dtype: ProofType) =>
  async function* (proof: Proof): AsyncGenerator<Line> {
    for (const family of proof.families) {
      const bundle = await proof.bundle(family, dtype)
      const expected = rootPath(`${REFERENCES[family]}/expected`)
      const { stages, misses } = await verify([bundle.folder, expected, '--device', proof.options.device])
      for (const [stage, { outcome, compared, worst }] of Object.entries(stages)) {
        const name = `${family} ${dtype}: ${stage}, ${compared} compared`
        const own = misses.filter((miss) => miss.stage === stage)
        const isRefused = own.length > 0 && own.every(({ detail }) => REFUSED.test(detail ?? ''))
        const sign = worst?.rule === 'at least' ? '≥' : '≤'
        const bar = worst?.limit === undefined ? 'equal' : `${sign} ${worst.limit}`
        if (isRefused) yield told(name, 'refused', 'a card has no kernel for it in this precision')
        else if (outcome === 'skipped') yield told(name, 'skipped', 'nothing is stored for it')
        else
          yield {
            name,
            outcome: outcome === 'ok' ? 'ok' : 'miss',
            figure: worst?.figure ?? outcome,
            bar: own[0]?.detail?.slice(0, 200) ?? bar,
          }
      }
    }
  }

async function verify(args: readonly string[]): Promise<Verified> {
  const child = spawn(process.execPath, [rootPath('dist/src/commands/verify.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    complaint += part
  })
  const how = await new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(String(signal ?? code)))
  })
  const last = said.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(last) as Verified
  } catch {
    throw new Error(`verify ended with ${how}: ${complaint.trim().slice(-300)}`)
  }
}

const seconds = (from: number) => (performance.now() - from) / 1000
