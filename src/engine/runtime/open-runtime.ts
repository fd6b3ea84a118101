/**
 * Opens the runtime: the C API where a self-check on this machine passes, else the stock binding, with one log line.
 */
import assert from 'node:assert/strict'
import { describeError } from '../../core/errors.ts'
import { type NativeRuntimeOptions, openNativeRuntime } from './ort-native.ts'
import { openStockRuntime } from './ort-stock.ts'
import type { HostArray, ProviderOptions, Runtime } from './runtime.ts'
import { SELF_CHECK_MODEL } from './self-check-model.ts'

export interface OpenRuntimeOptions extends NativeRuntimeOptions {
  /** Where the one line goes that says the C API cannot be used. */
  readonly warn?: (message: string) => void
  /** Force one implementation (tests, diagnosis). */
  readonly kind?: 'native' | 'stock'
}

let opened: Promise<Runtime> | undefined

/** The thread's runtime; opened and checked once. */
export function openRuntime(options: OpenRuntimeOptions = {}): Promise<Runtime> {
  if (options.kind !== undefined)
    return Promise.resolve(options.kind === 'native' ? openNativeRuntime(options) : openStockRuntime())
  opened ??= openChecked(options)
  return opened
}

async function openChecked(options: OpenRuntimeOptions): Promise<Runtime> {
  const { warn = (message) => process.stderr.write(`${message}\n`) } = options
  try {
    const runtime = openNativeRuntime(options)
    await selfCheck(runtime)
    return runtime
  } catch (error) {
    warn(`ONNX Runtime's C API cannot be used here, taking the slower stock binding: ${describeError(error)}`)
    return openStockRuntime()
  }
}

/**
 * Proves on a tiny graph (y = x + x) what the runners need: loading, in-place outputs, shared memory and errors. A few
 * milliseconds.
 */
export async function selfCheck(runtime: Runtime): Promise<void> {
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1 })
  const shared = new Float32Array(new SharedArrayBuffer(32 * 4)).fill(1.5)
  const memory = runtime.memory()
  const over = (values: HostArray) => runtime.tensor('float32', memory.place(values), [values.length])
  const x = over(shared.subarray(4, 8))
  const y = over(shared.subarray(16, 20))
  const wrong = over(new Float32Array(32))
  const binding = session.bind({ x }, { y })
  try {
    binding.run()
    assert.deepEqual(
      [...shared.subarray(14, 22)],
      [1.5, 1.5, 3, 3, 3, 3, 1.5, 1.5],
      'an output was not written in place',
    )
    shared.fill(2, 4, 8)
    binding.run()
    assert.deepEqual(
      [...shared.subarray(15, 21)],
      [1.5, 4, 4, 4, 4, 1.5],
      'a second run wrote something else',
    )
    binding.set('y', wrong)
    assert.throws(() => binding.run(), 'an output of the wrong shape was accepted')
  } finally {
    binding.release()
    for (const tensor of [x, y, wrong]) tensor.release()
    session.release()
  }
}

/** The same graph once on a device, with memory of its own. Throws DEVICE_UNAVAILABLE, LANE_FAILED. */
export async function checkDevice(runtime: Runtime, provider: ProviderOptions): Promise<void> {
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1, provider })
  const memory = runtime.memory(provider)
  const arrays = { x: memory.place(Float32Array.of(1, 2, 3, 4)), y: memory.alloc('float32', 4) }
  const x = runtime.tensor('float32', arrays.x, [4])
  const y = runtime.tensor('float32', arrays.y, [4])
  const binding = session.bind({ x }, { y })
  try {
    binding.run()
    assert.deepEqual([...memory.read(arrays.y)], [2, 4, 6, 8], 'the device computes something else')
  } finally {
    binding.release()
    x.release()
    y.release()
    session.release()
  }
}
