/**
 * What the estimator's products in int8 save, and how far they move the mel; the last line is JSON.
 *
 *   node dist/bench/flow/products.js [tiny|real] [--kind unet|dit] [--blocks 6] [--out FILE]
 *
 * Two streams of the same tokens, in float and in int8, solved in turn block by block on one core. An evaluation's CPU
 * time is the least of its block's, and the ratio is that of their sums: what else runs disturbs both alike.
 */
import { DistanceSum } from '../../src/core/mel-distance.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { type AcousticKind, kindOption, type ModelSize, sizeArgument } from '../real-dims/acoustic-kind.ts'
import { cpuMs } from '../report/cpu-time.ts'
import { report } from '../report/record.ts'
import { type FlowUnderTest, openFlowUnderTest } from './flow-under-test.ts'
import { inventStream } from './stream-cost.ts'

const PROMPT_TOKENS = 87

const command = benchCommand('what products in int8 save the estimator, and how far they move the mel')
  .addArgument(sizeArgument())
  .addOption(kindOption())
  .option('--blocks <n>', 'blocks that are counted', positive, 6)
  .option('--out <file>', 'store the record')
  .parse()
const [size] = command.processedArgs as [ModelSize]
const { kind, blocks } = command.opts<{ kind: AcousticKind; blocks: number }>()

const flows = [await openFlowUnderTest(size, kind, 'float'), await openFlowUnderTest(size, kind, 'int8')]
const streams = flows.map(openStream)
const sum = new DistanceSum()
const spent = [0, 0]
// The first block holds the first runs, which cost more.
for (let block = 0; block <= blocks; block++) {
  const made = streams.map((stream) => stream.solve())
  if (block === 0) continue
  for (const [i, { ms }] of made.entries()) spent[i]! += ms
  sum.add(made[1]!.mel, made[0]!.mel)
}
for (const { release } of streams) release()
const result = {
  kind,
  weight_mb: flows.map(({ weightBytes }) => Number((weightBytes / 1e6).toFixed(1))),
  float_ms: Number((spent[0]! / blocks).toPrecision(4)),
  int8_ms: Number((spent[1]! / blocks).toPrecision(4)),
  times_faster: Number((spent[0]! / spent[1]!).toFixed(2)),
  // Of random weights at real dimensions it says nothing of a trained model.
  mel_rms_db: Number(sum.distance.rms.toPrecision(3)),
}
for (const flow of flows) await flow.close()
console.log(
  `${kind}, ${size}: ${result.float_ms} → ${result.int8_ms} ms an evaluation, ${result.times_faster} times faster`,
)
report(`flow-products-${size}-${kind}`, result)

function openStream(flow: FlowUnderTest) {
  const { runner } = flow
  const { blockTokens, lookahead } = runner.dims
  const { voice, reply } = inventStream(flow, PROMPT_TOKENS, (blocks + 2) * blockTokens + lookahead)
  const prompt = runner.solvePrompt(voice)
  const state = runner.fork(prompt, PROMPT_TOKENS + reply.length)
  state.push(reply)
  return {
    solve: () => {
      const work = runner.begin(state)!
      work.step()
      let ms = Number.POSITIVE_INFINITY
      while (work.runsLeft > 0)
        ms = Math.min(
          ms,
          cpuMs(() => work.step()),
        )
      return { ms, mel: work.commit()[0]! }
    },
    release: () => state.release(),
  }
}
