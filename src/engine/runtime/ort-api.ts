/**
 * The pointer code: ONNX Runtime's C API called through koffi on the library that onnxruntime-node ships.
 *
 * Everything else in the product talks to `Runtime` (runtime.ts); this file and `ort-native.ts` are the only ones
 * that handle addresses.
 *
 * Why not the package's own binding: it copies every output after a run, refuses SharedArrayBuffer and blocks its
 * thread. It aborts the process when that ends during a run, and costs microseconds per tensor (`node
 * dist/bench/runtime/overhead.js`).
 *
 * Traps that this file is written around (each was met):
 * - the library handle must stay referenced: a collected handle is dlclose'd, and the next call jumps into nothing;
 * - a typed array of 64 bytes or less may live on the V8 heap and move. So no address is ever taken of one:
 *   see `pinned`, which always allocates more;
 * - an address is a number to V8: keeping one means keeping its array too.
 */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { koffi } from '../../core/native-calls.ts'
import { forbidTelemetry } from '../../core/ort-telemetry.ts'
import { OrtError } from './ort-error.ts'

// Before the library can load.
forbidTelemetry()

/** A native address. 0n is null. */
export type Pointer = bigint

/** The table's version we ask for. Older libraries answer null: the layout of the entries below never changes. */
const API_VERSION = 22

/**
 * Entries of the append-only `OrtApi` table that we call: index and C signature without the leading status.
 * `s` marks functions that return an OrtStatus* (null = ok), `v` those that return nothing.
 */
const FUNCTIONS = {
  CreateEnv: [3, 's', 'int level, const char *id, void *out'],
  CreateSession: [7, 's', 'void *env, const char *path, void *options, void *out'],
  CreateSessionFromArray: [8, 's', 'void *env, void *data, size_t bytes, void *options, void *out'],
  Run: [
    9,
    's',
    'void *session, void *options, void *inNames, void *ins, size_t numIns, void *outNames, size_t numOuts, void *outs',
  ],
  CreateSessionOptions: [10, 's', 'void *out'],
  DisableMemPattern: [17, 's', 'void *options'],
  DisableCpuMemArena: [19, 's', 'void *options'],
  SetSessionLogSeverityLevel: [22, 's', 'void *options, int level'],
  SetIntraOpNumThreads: [24, 's', 'void *options, int threads'],
  SetInterOpNumThreads: [25, 's', 'void *options, int threads'],
  SessionGetInputCount: [30, 's', 'void *session, void *out'],
  SessionGetOutputCount: [31, 's', 'void *session, void *out'],
  SessionGetInputTypeInfo: [33, 's', 'void *session, size_t index, void *out'],
  SessionGetOutputTypeInfo: [34, 's', 'void *session, size_t index, void *out'],
  SessionGetInputName: [36, 's', 'void *session, size_t index, void *allocator, void *out'],
  SessionGetOutputName: [37, 's', 'void *session, size_t index, void *allocator, void *out'],
  CreateRunOptions: [39, 's', 'void *out'],
  CreateTensorWithDataAsOrtValue: [
    49,
    's',
    'void *memory, void *data, size_t bytes, void *shape, size_t rank, int type, void *out',
  ],
  GetTensorMutableData: [51, 's', 'void *value, void *out'],
  CastTypeInfoToTensorInfo: [55, 's', 'void *info, void *out'],
  GetTensorElementType: [60, 's', 'void *info, void *out'],
  GetDimensionsCount: [61, 's', 'void *info, void *out'],
  GetDimensions: [62, 's', 'void *info, void *out, size_t rank'],
  GetTensorTypeAndShape: [65, 's', 'void *value, void *out'],
  CreateMemoryInfo: [68, 's', 'const char *name, int allocator, int id, int type, void *out'],
  CreateCpuMemoryInfo: [69, 's', 'int allocator, int type, void *out'],
  AllocatorFree: [76, 's', 'void *allocator, void *pointer'],
  GetAllocatorWithDefaultOptions: [78, 's', 'void *out'],
  ReleaseEnv: [92, 'v', 'void *env'],
  ReleaseStatus: [93, 'v', 'void *status'],
  ReleaseSession: [95, 'v', 'void *session'],
  ReleaseValue: [96, 'v', 'void *value'],
  ReleaseRunOptions: [97, 'v', 'void *options'],
  ReleaseTypeInfo: [98, 'v', 'void *info'],
  ReleaseTensorTypeAndShapeInfo: [99, 'v', 'void *info'],
  ReleaseSessionOptions: [100, 'v', 'void *options'],
  AddSessionConfigEntry: [130, 's', 'void *options, const char *key, const char *value'],
  AddRunConfigEntry: [165, 's', 'void *options, const char *key, const char *value'],
  AppendCuda: [204, 's', 'void *options, void *cuda'],
  CreateCudaOptions: [205, 's', 'void *out'],
  UpdateCudaOptions: [206, 's', 'void *cuda, void *keys, void *values, size_t count'],
  ReleaseCudaOptions: [208, 'v', 'void *cuda'],
  Session_GetEpGraphAssignmentInfo: [407, 's', 'void *session, void *out, void *count'],
  EpAssignedSubgraph_GetEpName: [408, 's', 'void *subgraph, void *out'],
  EpAssignedSubgraph_GetNodes: [409, 's', 'void *subgraph, void *out, void *count'],
  EpAssignedNode_GetName: [410, 's', 'void *node, void *out'],
  EpAssignedNode_GetOperatorType: [412, 's', 'void *node, void *out'],
  AppendProvider: [216, 's', 'void *options, const char *name, void *keys, void *values, size_t count'],
} as const satisfies Record<string, readonly [number, 's' | 'v', string]>

type FunctionName = keyof typeof FUNCTIONS
type Argument = Pointer | number | string | null | ArrayBufferView

interface NativeFunction {
  (...args: Argument[]): Pointer | null
  async(...args: [...Argument[], (error: unknown, result: Pointer | null) => void]): void
}

export interface OrtApi {
  /** Calls a function of the table; a status that is not ok becomes a thrown OrtError naming `what`. */
  call(name: FunctionName, what: string, ...args: Argument[]): void
  /** The same on another thread. Every argument must stay referenced until it settles. */
  callAsync(name: FunctionName, what: string, ...args: Argument[]): Promise<void>
  /** Calls a function that gives one pointer through its last argument. */
  create(name: FunctionName, what: string, ...args: Argument[]): Pointer
}

const loaded = new Map<string, OrtApi>()
// Referenced for the life of the process: see the first trap above.
const keptLibraries: unknown[] = []

/** Loads a library once per thread. Throws when it, or its table, is not what we know. */
export function loadOrtApi(path = ortLibraryPath()): OrtApi {
  const known = loaded.get(path)
  if (known !== undefined) return known
  const api = bindTable(path)
  loaded.set(path, api)
  return api
}

/** Path of the ONNX Runtime library inside the installed onnxruntime-node package. */
export function ortLibraryPath(): string {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const file = { linux: 'libonnxruntime.so.1', darwin: 'libonnxruntime.dylib', win32: 'onnxruntime.dll' }[
    process.platform as string
  ]
  assert(file !== undefined, `no ONNX Runtime library is known for platform ${process.platform}`)
  return join(root, 'bin', 'napi-v6', process.platform, process.arch, file)
}

/** `RTLD_NOW | RTLD_NODELETE`. */
const STAY_LOADED: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1002, darwin: 0x82 }

/** Whether native objects can outlive the thread that made them: the library stays when its last thread lets it go. */
export const NATIVE_OBJECTS_STAY = process.platform in STAY_LOADED

/** A thread's end closes its handle. With the last one the code of all objects that it left would go. */
function keepLoaded(path: string): void {
  const flags = STAY_LOADED[process.platform]
  if (flags === undefined) return
  const dlopen = koffi.load(null).func('void *dlopen(const char *path, int flags)')
  assert(dlopen(path, flags), `${path} cannot be kept loaded`)
}

function bindTable(path: string): OrtApi {
  keepLoaded(path)
  const library = koffi.load(path)
  keptLibraries.push(library)
  // OrtApiBase = { GetApi(version), GetVersionString() }; GetApi returns the table, an array of function pointers.
  const base = library.func('void *OrtGetApiBase()')() as Pointer
  const getApi = koffi.decode(base, koffi.array('void *', 1)) as Pointer[]
  const table = koffi.call(
    getApi[0],
    koffi.proto('void *OrtGetApi(uint32_t version)'),
    API_VERSION,
  ) as Pointer | null
  assert(table, `this ONNX Runtime does not know API version ${API_VERSION}`)
  const length = 1 + Math.max(...Object.values(FUNCTIONS).map(([index]) => index))
  const pointers = koffi.decode(table, koffi.array('void *', length, 'Array')) as Pointer[]

  const functions = new Map<FunctionName, NativeFunction>()
  for (const [name, [index, kind, signature]] of Object.entries(FUNCTIONS)) {
    const prototype = koffi.proto(`${kind === 's' ? 'void *' : 'void '}Ort${name}(${signature})`)
    functions.set(name as FunctionName, koffi.decode(pointers[index], prototype) as NativeFunction)
  }
  const messageOf = koffi.decode(
    pointers[2],
    koffi.proto('const char *OrtGetErrorMessage(void *status)'),
  ) as (status: Pointer) => string

  const codeOf = koffi.decode(pointers[1], koffi.proto('int OrtGetErrorCode(void *status)')) as (
    status: Pointer,
  ) => number

  /** Takes the status: reads it, releases it, and throws. */
  const raise = (status: Pointer, what: string): never => {
    const message = messageOf(status)
    const code = codeOf(status)
    functions.get('ReleaseStatus')!(status)
    throw new OrtError(what, message, code)
  }
  const call: OrtApi['call'] = (name, what, ...args) => {
    const status = functions.get(name)!(...args)
    if (status) raise(status, what)
  }
  return {
    call,
    callAsync: (name, what, ...args) =>
      new Promise((resolve, reject) => {
        functions.get(name)!.async(...args, (error, status) => {
          if (error) return reject(error)
          if (!status) return resolve()
          try {
            raise(status, what)
          } catch (failure) {
            reject(failure)
          }
        })
      }),
    create: (name, what, ...args) => {
      const out = pinned(1)
      call(name, what, ...args, out)
      return out[0]!
    },
  }
}

/** An array of addresses or 64-bit integers that never moves: always larger than what V8 keeps on its own heap. */
export function pinned(length: number): BigUint64Array {
  return new BigUint64Array(new ArrayBuffer(Math.max(length, 16) * 8), 0, length)
}

/** C strings and an array of pointers to them. Both must stay referenced as long as C may read them. */
export interface StringTable {
  readonly pointers: BigUint64Array
  readonly bytes: Uint8Array
}

export function stringTable(strings: readonly string[]): StringTable {
  const encoded = strings.map((text) => new TextEncoder().encode(`${text}\0`))
  const total = encoded.reduce((sum, { length }) => sum + length, 0)
  const bytes = new Uint8Array(new ArrayBuffer(Math.max(total, 128)))
  const pointers = pinned(strings.length)
  const base = addressOf(bytes)
  let at = 0
  for (const [i, text] of encoded.entries()) {
    bytes.set(text, at)
    pointers[i] = base + BigInt(at)
    at += text.length
  }
  return { pointers, bytes }
}

/** Address of an array's first byte. The array must be larger than 64 bytes or lie on a shared buffer. */
export function addressOf(array: ArrayBufferView): Pointer {
  return koffi.address(array)
}

/** Reads a C string that native code owns. */
export function readString(pointer: Pointer): string {
  return koffi.decode.string(pointer)
}

/** Addresses that native code has in an array of its own. */
export function readPointers(pointer: Pointer, length: number): Pointer[] {
  if (length === 0) return []
  return koffi.decode(pointer, koffi.array('void *', length, 'Array')) as Pointer[]
}

/** Copies `length` bytes from native memory. */
export function copyBytes(pointer: Pointer, length: number): ArrayBuffer {
  return koffi.view(pointer, length).slice(0)
}
