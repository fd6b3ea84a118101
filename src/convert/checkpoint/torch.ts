/**
 * A `.pt` file as named tensors that are read by position, and the plain values beside them.
 *
 * Opening reads the zip directory and the pickle; a tensor's bytes are read when its source is, never before. Every
 * tensor is checked against the size of its record at opening; reading fails where the disk does.
 */
import { BYTES_PER_ELEMENT, byteLength } from '../../core/dtype.ts'
import type { TensorSource } from '../../core/tensor-source.ts'
import type { ByteSource } from './byte-source.ts'
import { unpickle } from './pickle.ts'
import { kindOf, PickleDict, PickleList, PickleTuple, type PickleValue } from './pickle-value.ts'
import { refusal, shown } from './refusal.ts'
import { densify, isDense, spanOf } from './strided-view.ts'
import { TorchHost, type TorchStorage, TorchTensor } from './torch-pickle.ts'
import { ZipArchive } from './zip-archive.ts'

type TorchScalar = null | boolean | number | bigint | string

export interface TorchFile {
  /** By path: keys of nested dicts (and indices of lists) are joined with a slash. */
  readonly tensors: ReadonlyMap<string, TensorSource>
  readonly scalars: ReadonlyMap<string, TorchScalar>
}

const LARGEST_PICKLE = 64 * 2 ** 20
const DEEPEST_NESTING = 16
const MOST_LEAVES = 200_000
const LONGEST_PATH = 512

/** Opens a file that `torch.save` wrote in the zip format (PyTorch 1.6 and later). Refuses anything else. */
export async function readTorch(bytes: ByteSource): Promise<TorchFile> {
  await refuseOtherFormats(bytes)
  const archive = await ZipArchive.open(bytes)
  const top = topFolder(archive)
  await refuseBigEndian(archive, top)
  const pickleSize = archive.record(`${top}data.pkl`)!.size
  if (pickleSize > LARGEST_PICKLE) {
    throw refusal(bytes.name, 'data.pkl', `at most ${LARGEST_PICKLE} bytes`, `${pickleSize}`)
  }
  const host = new TorchHost(bytes.name)
  const root = unpickle(await archive.read(`${top}data.pkl`, 0, pickleSize), bytes.name, host)
  for (const storage of host.storages.values()) checkStorage(archive, top, storage)
  return collect(root, bytes.name, (tensor) => sourceOfTensor(archive, top, tensor))
}

/** Says by name which known format a file has that is not torch's zip. */
async function refuseOtherFormats(bytes: ByteSource): Promise<void> {
  const start = Buffer.from(await bytes.read(0, Math.min(bytes.size, 16)))
  const expected = 'a zip archive as torch.save writes it'
  if (start.length === 0) throw refusal(bytes.name, '', expected, 'an empty file')
  if (start.subarray(0, 2).equals(Buffer.from('PK'))) return
  const legacyMagic = Buffer.from([
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ])
  const isLegacy = start.subarray(0, legacyMagic.length).equals(legacyMagic)
  if (isLegacy)
    throw refusal(bytes.name, '', expected, 'the format before PyTorch 1.6: load and save it again there')
  if (start[0] === 0x80) throw refusal(bytes.name, '', expected, 'a bare pickle (nothing was run)')
  if (start.toString('latin1').startsWith('version https:')) {
    throw refusal(bytes.name, '', expected, 'a Git LFS pointer: fetch the file itself')
  }
  throw refusal(bytes.name, '', expected, `other bytes (${start.subarray(0, 4).toString('hex')}…)`)
}

/** The archive's one folder, with its slash; torch names it after the file. */
function topFolder(archive: ZipArchive): string {
  const tops = archive.names().filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (tops.length !== 1) {
    throw refusal(archive.bytes.name, '', "one record '<name>/data.pkl'", `${tops.length} of them`)
  }
  const top = tops[0]!.slice(0, -'data.pkl'.length)
  if (archive.record(`${top}constants.pkl`) !== undefined) {
    throw refusal(archive.bytes.name, '', 'a state dict', 'a TorchScript program')
  }
  return top
}

async function refuseBigEndian(archive: ZipArchive, top: string): Promise<void> {
  const record = archive.record(`${top}byteorder`)
  if (record === undefined) return
  const order = Buffer.from(await archive.read(record.name, 0, Math.min(record.size, 16))).toString('latin1')
  if (order !== 'little') {
    throw refusal(archive.bytes.name, 'byteorder', 'little', shown(order))
  }
}

function checkStorage(archive: ZipArchive, top: string, storage: TorchStorage): void {
  const name = `${top}data/${storage.key}`
  const expected = storage.numElements * BYTES_PER_ELEMENT[storage.dtype]
  const record = archive.record(name)
  if (record?.size !== expected) {
    const got = record === undefined ? 'no such record' : `${record.size} bytes`
    throw refusal(archive.bytes.name, `record '${shown(name)}'`, `${expected} bytes`, got)
  }
}

function sourceOfTensor(archive: ZipArchive, top: string, { storage, view }: TorchTensor): TensorSource {
  const { dtype } = storage
  const size = BYTES_PER_ELEMENT[dtype]
  const record = `${top}data/${storage.key}`
  const read = async (): Promise<Uint8Array> => {
    if (byteLength(dtype, view.shape) === 0) return new Uint8Array(0)
    const span = await archive.read(record, view.offset * size, spanOf(view) * size)
    return isDense(view) ? span : densify(view, span, size)
  }
  return { dtype, shape: view.shape, read }
}

/**
 * Tensors and scalars of nested dicts and lists, by path. One value may be met on many paths (a pickle can share it).
 * So the number of paths is bounded, not only the number of values.
 */
function collect(
  root: PickleValue,
  file: string,
  sourceOf: (tensor: TorchTensor) => TensorSource,
): TorchFile {
  const tensors = new Map<string, TensorSource>()
  const scalars = new Map<string, TorchScalar>()
  let left = MOST_LEAVES

  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (left-- <= 0) throw refusal(file, '', `at most ${MOST_LEAVES} values`, 'more')
    if (depth > DEEPEST_NESTING)
      throw refusal(file, `key '${shown(path)}'`, 'less nesting', `${depth} levels`)
    if (path.length > LONGEST_PATH)
      throw refusal(file, `key '${shown(path)}'`, 'a shorter key', `${path.length}`)
    if (value instanceof TorchTensor) tensors.set(path, sourceOf(value))
    else if (value instanceof PickleDict) {
      for (const [key, item] of value.entries) visit(item, join(path, keyText(key, file)), depth + 1)
    } else if (value instanceof PickleTuple || value instanceof PickleList) {
      for (const [i, item] of value.items.entries()) visit(item, join(path, String(i)), depth + 1)
    } else if (value === null || typeof value !== 'object') scalars.set(path, value)
  }
  if (!(root instanceof PickleDict)) throw refusal(file, '', 'a dict of tensors', kindOf(root))
  visit(root, '', 0)
  return { tensors, scalars }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}/${key}`
}

function keyText(key: PickleValue, file: string): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return String(key)
  throw refusal(file, '', 'keys that are text or numbers', `a key of type ${kindOf(key)}`)
}
