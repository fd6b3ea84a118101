/**
 * What has to happen before ONNX Runtime can use its CUDA provider: the driver is there, NVIDIA's libraries are loaded.
 *
 * Libraries are loaded by path and for all to see. The provider finds them by their names, and no search path has to be
 * set. Their handles stay for the life of the process.
 */
import type { CudaFolders } from '../../core/cuda-folders.ts'
import { TtsError } from '../../core/errors.ts'
import { koffi } from '../../core/native-calls.ts'
import { findCudaLibraries, GET_CUDA } from '../../cuda/cuda-libraries.ts'

/** The driver's own library, which comes with the driver and never with a package. */
const DRIVER = 'libcuda.so.1'

const kept: unknown[] = []
let paths: readonly string[] = []

/**
 * Loads all of them once a thread; their paths. Throws DEVICE_UNAVAILABLE with what is missing and the command that gets
 * it.
 */
export function loadCuda(folders: CudaFolders | undefined): readonly string[] {
  if (kept.length > 0) return paths
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw unavailable(`expected linux on x64, got ${process.platform} on ${process.arch}`)
  if (folders === undefined) throw unavailable(`no folder of CUDA libraries was named; ${GET_CUDA} gets them`)
  const { missing, preload, own } = findCudaLibraries(folders)
  if (missing.length > 0)
    throw unavailable(`missing in ${own}: ${missing.join(', ')}; ${GET_CUDA} gets what is missing`)
  const handles = [
    load(
      DRIVER,
      "the NVIDIA driver is missing: install version 580 or newer, in a container by NVIDIA's container toolkit",
    ),
    ...preload.map((path) => load(path, `a library cannot be loaded; ${GET_CUDA} gets it anew`)),
  ]
  kept.push(...handles)
  paths = preload
  return paths
}

function load(path: string, otherwise: string): unknown {
  try {
    return koffi.load(path, { global: true })
  } catch (cause) {
    throw unavailable(`${otherwise} (${(cause as Error).message})`, cause)
  }
}

function unavailable(detail: string, cause?: unknown): TtsError {
  return new TtsError('DEVICE_UNAVAILABLE', 'the cuda provider cannot be used', detail, { cause })
}
