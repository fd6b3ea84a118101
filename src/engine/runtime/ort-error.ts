/** What ONNX Runtime refused, and whether the model, the device or the run is to blame. */
import { type ErrorCode, TtsError } from '../../core/errors.ts'

/** Numbers of `OrtErrorCode` that say something of the model's files, whatever the device. */
const OF_THE_MODEL: ReadonlySet<number> = new Set([
  3, // NO_SUCHFILE
  4, // NO_MODEL
  7, // INVALID_PROTOBUF
  10, // INVALID_GRAPH
])
/** What the CUDA provider, NVIDIA's libraries and the memory of a card say of themselves. */
const OF_A_DEVICE =
  /\b(CUDA|CUBLAS|CUBLASLT|CUDNN|CURAND)\b.{0,12}\b(failure|error|status)|\bcuda(Error[A-Z]|GetDevice|SetDevice)|\bCUDNN_FE\b/i

/** A card that is full works on: what asked for memory fails. */
const FULL = /out of memory|ALLOC_FAILED|failed to allocate memory/i

/** A status that was not ok. */
export class OrtError extends TtsError {
  /** `OrtErrorCode`. */
  readonly ortCode: number

  constructor(what: string, message: string, code: number) {
    const isDevices = OF_A_DEVICE.test(message) && !FULL.test(message)
    super(isDevices ? 'DEVICE_UNAVAILABLE' : 'LANE_FAILED', what, message)
    this.ortCode = code
  }
}

/** What is to blame where a session on a provider could not be made: on a GPU the files only where they are named. */
export function loadErrorCode(error: unknown, isOnCpu: boolean): ErrorCode {
  if (error instanceof OrtError && error.code === 'DEVICE_UNAVAILABLE') return error.code
  if (isOnCpu || (error instanceof OrtError && OF_THE_MODEL.has(error.ortCode))) return 'BAD_BUNDLE'
  return 'DEVICE_UNAVAILABLE'
}
