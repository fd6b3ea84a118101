/** Loading a session on a GPU where there is none: what is missing is said, and no process dies of it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { pinnedWheels } from '../../src/cuda/pinned-wheels.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { loadErrorCode, OrtError } from '../../src/engine/runtime/ort-error.ts'
import { SELF_CHECK_MODEL } from '../../src/engine/runtime/self-check-model.ts'
import { repoRoot } from '../helpers/paths.ts'

const onCuda = { intraOpThreads: 1, provider: { kind: 'cuda', deviceId: 0 } } as const

/** Runs a module's text in a process of its own. */
function runModule(text: string) {
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', text], {
    cwd: repoRoot,
    encoding: 'utf8',
  })
  return { status: done.status, signal: done.signal, out: done.stdout.trim(), err: done.stderr }
}

/** A call on another thread that takes more than 128 KiB of stack: the C library parses nested groups recursively. */
const DEEP_CALL = `
  const deep = koffi.load(null).func('int regcomp(void *into, const char *pattern, int flags)')
  globalThis.into = Buffer.alloc(65536)
  deep.async(into, '('.repeat(600) + ')'.repeat(600), 1, (error, rc) => console.log(rc))`

it('a native call on another thread has the stack that a session on a GPU needs', {
  skip: process.platform !== 'linux',
}, () => {
  const plain = runModule(`import koffi from 'koffi'${DEEP_CALL}`)
  assert(plain.signal !== null, 'the call is not deep enough to show anything')
  const ours = runModule(`import { koffi } from './dist/src/core/native-calls.js'${DEEP_CALL}`)
  assert.deepEqual([ours.status, ours.out], [0, '0'], ours.err)
})

it('a provider that is not there is refused with what is missing and the command that gets it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-cuda-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const refusal = async (cuda: { own: string } | undefined) => {
    const runtime = await openRuntime({ kind: 'native', ...(cuda === undefined ? {} : { cuda }) })
    const error = await runtime.load(SELF_CHECK_MODEL, onCuda).catch((failure: unknown) => failure)
    assert(error instanceof Error && 'code' in error && 'detail' in error)
    assert.equal(error.code, 'DEVICE_UNAVAILABLE')
    return String(error.detail)
  }
  assert.match(await refusal(undefined), /no folder of CUDA libraries was named; `npm run -s cuda`/)
  const names = pinnedWheels().wheels.flatMap(({ libraries }) => libraries)
  const [first, ...others] = names
  await writeFile(join(folder, first!), 'not a library')
  const missing = await refusal({ own: folder })
  for (const name of [...others, 'libonnxruntime.so.1']) assert(missing.includes(name), `${name}: ${missing}`)
  assert(!missing.includes(first!), missing)
  assert.match(missing, /`npm run -s cuda` \(`light-tts cuda`/)
})

it('whole libraries without a driver, or that are damaged, are told apart from a bad bundle', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-cuda-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const { libraries } of pinnedWheels().wheels)
    for (const name of libraries) await writeFile(join(folder, name), 'not a library')
  const script = `
    import { openRuntime } from './dist/src/engine/runtime/open-runtime.js'
    import { SELF_CHECK_MODEL } from './dist/src/engine/runtime/self-check-model.js'
    import { ortLibraryPath } from './dist/src/engine/runtime/ort-api.js'
    import { copyFileSync } from 'node:fs'
    copyFileSync(ortLibraryPath(), ${JSON.stringify(join(folder, 'libonnxruntime.so.1'))})
    const runtime = await openRuntime({ kind: 'native', releaseAtExit: true, cuda: { own: ${JSON.stringify(folder)} } })
    const options = ${JSON.stringify(onCuda)}
    await runtime.load(SELF_CHECK_MODEL, options).catch(({ code, detail }) => console.log(code, detail))
    // The copy serves the CPU as npm's does.
    const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1 })
    console.log(session.outputs[0].name)`
  const { status, out, err } = runModule(script)
  assert.equal(status, 0, err)
  const [refused, output] = out.split('\n')
  assert.match(
    refused!,
    /^DEVICE_UNAVAILABLE (the NVIDIA driver is missing: install|a library cannot be loaded)/,
  )
  assert.equal(output, 'y')
})

it('the environment may be released when a process ends, with a session alive and without', () => {
  for (const alive of [true, false]) {
    const { status, err } = runModule(`
      import { openRuntime } from './dist/src/engine/runtime/open-runtime.js'
      import { SELF_CHECK_MODEL } from './dist/src/engine/runtime/self-check-model.js'
      const runtime = await openRuntime({ kind: 'native', releaseAtExit: true })
      const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 2 })
      if (!${alive}) session.release()
      if (${alive}) process.exit(0)`)
    assert.equal(status, 0, err)
  }
})

it('who is to blame for a session that could not be made', () => {
  const status = (code: number, message: string) => new OrtError('what', message, code)
  const cases = [
    [status(3, 'Load model from x failed. File doesn’t exist'), false, 'BAD_BUNDLE'],
    [status(7, 'Protobuf parsing failed.'), false, 'BAD_BUNDLE'],
    [status(10, 'Node (x) Op (y) [TypeInferenceError]'), false, 'BAD_BUNDLE'],
    [
      status(1, 'This session cannot use the graph capture feature as requested by the user'),
      false,
      'DEVICE_UNAVAILABLE',
    ],
    [status(1, 'CUDA failure 2: out of memory ; GPU=0 ; hostname=h'), false, 'DEVICE_UNAVAILABLE'],
    [status(10, 'CUDA error cudaErrorNoKernelImageForDevice:no kernel image'), false, 'DEVICE_UNAVAILABLE'],
    [status(6, 'Exception during initialization: something'), false, 'DEVICE_UNAVAILABLE'],
    [status(6, 'Exception during initialization: something'), true, 'BAD_BUNDLE'],
    [new Error('anything'), true, 'BAD_BUNDLE'],
  ] as const
  for (const [error, isOnCpu, code] of cases) assert.equal(loadErrorCode(error, isOnCpu), code, error.message)
})

it('a run that fails of the device says so', () => {
  for (const message of [
    'Non-zero status code returned while running MatMul node. CUBLAS failure 14: CUBLAS_STATUS_INTERNAL_ERROR',
    'CUDA failure 700: an illegal memory access was encountered ; GPU=0',
    'CUDNN failure 5000: CUDNN_STATUS_EXECUTION_FAILED',
  ])
    assert.equal(new OrtError('llm.onnx', message, 1).code, 'DEVICE_UNAVAILABLE', message)
  // A full card works on.
  for (const message of [
    'cudaErrorMemoryAllocation:out of memory',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED',
    'Invalid dimension for input ids',
    'Exiting due to terminate flag',
  ])
    assert.equal(new OrtError('llm.onnx', message, 2).code, 'LANE_FAILED', message)
})
