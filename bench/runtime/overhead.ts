/**
 * What one run costs beside its operators: the native binding and onnxruntime-node's own, on a graph of one addition.
 *
 *   node dist/bench/runtime/overhead.js [--runs N] [--rounds N] [--out FILE]
 *
 * Prints a table for people and one JSON line last. Times are least of the rounds.
 */
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { Binding, Runtime, RuntimeTensor } from '../../src/engine/runtime/runtime.ts'
import { SELF_CHECK_MODEL } from '../../src/engine/runtime/self-check-model.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { report } from '../report/record.ts'

/** Length of the graph's one vector. */
const LENGTH = 4

const { runs, rounds } = benchCommand(
  'what one run costs beside its operators, with the native binding and with onnxruntime-node',
)
  .option('--runs <n>', 'runs of a round', positive, 2000)
  .option('--rounds <n>', 'rounds, of which the least counts', positive, 7)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ runs: number; rounds: number }>()

const rows = [
  ...(await measure('native', await openRuntime({ kind: 'native' }))),
  ...(await measure('stock', await openRuntime({ kind: 'stock' }))),
]
console.error('\nµs a run')
for (const { binding, how, micros } of rows)
  console.error(`${binding.padEnd(8)}${how.padEnd(28)}${micros.toFixed(1).padStart(8)}`)
report('runtime-overhead', { runs, rounds, rows })

async function measure(binding: string, runtime: Runtime) {
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1 })
  const [x, y] = [0, 1].map(() => tensorOf(runtime))
  const bound = session.bind({ x: x! }, { y: y! })
  const found = [
    { how: 'kept binding', micros: least(() => bound.run()) },
    { how: 'one input exchanged', micros: least(() => exchange(runtime, bound, x!)) },
  ]
  bound.release()
  for (const tensor of [x!, y!]) tensor.release()
  session.release()
  return found.map((row) => ({ binding, ...row }))
}

function tensorOf(runtime: Runtime): RuntimeTensor {
  return runtime.tensor('float32', runtime.memory().alloc('float32', LENGTH), [LENGTH])
}

/** A new tensor over new memory, bound, run and freed: what a flow block does for each of its caches. */
function exchange(runtime: Runtime, bound: Binding, usual: RuntimeTensor): void {
  const tensor = tensorOf(runtime)
  bound.set('x', tensor)
  bound.run()
  // A binding must not keep what is freed.
  bound.set('x', usual)
  tensor.release()
}

/** Microseconds a call. */
function least(call: () => void): number {
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    for (let i = 0; i < runs; i++) call()
    best = Math.min(best, (1000 * (performance.now() - started)) / runs)
  }
  return best
}
