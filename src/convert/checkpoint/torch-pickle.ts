/**
 * What torch writes into a pickle: which Python names are allowed there, and the stand-ins they make.
 *
 * A name that is not listed is refused by name before anything is done with it.
 *
 * Layouts, as `torch.serialization` and `torch._utils` write them:
 *   persistent id        ('storage', <storage class>, key, location, number of elements)
 *   _rebuild_tensor_v2   (storage, offset, size, stride, requires_grad, hooks[, metadata])
 *   _rebuild_parameter   (tensor, requires_grad, hooks)
 */
import { BYTES_PER_ELEMENT, type DType } from '../../core/dtype.ts'
import {
  kindOf,
  PickleDict,
  PickleGlobal,
  type PickleHost,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from './pickle-value.ts'
import { refusal, shown } from './refusal.ts'
import { type StridedView, viewFault } from './strided-view.ts'

const STORAGE_TYPES: Readonly<Record<string, DType>> = {
  'torch.FloatStorage': 'float32',
  'torch.DoubleStorage': 'float64',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
  'torch.CharStorage': 'int8',
  'torch.ByteStorage': 'uint8',
  'torch.ShortStorage': 'int16',
  'torch.IntStorage': 'int32',
  'torch.LongStorage': 'int64',
  'torch.BoolStorage': 'bool',
}

const ORDERED_DICT = 'collections.OrderedDict'
const SIZE = 'torch.Size'
const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2'
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter'
const ALLOWED = new Set([
  ...Object.keys(STORAGE_TYPES),
  ORDERED_DICT,
  SIZE,
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
])

const LONGEST_STORAGE_KEY = 64

/** Elements of one type, stored in the record `data/<key>`. */
export class TorchStorage extends PickleObject {
  readonly kind = 'storage'
  readonly key: string
  readonly dtype: DType
  readonly numElements: number

  constructor(key: string, dtype: DType, numElements: number) {
    super()
    this.key = key
    this.dtype = dtype
    this.numElements = numElements
  }
}

/** A view on a storage, checked to lie inside it. */
export class TorchTensor extends PickleObject {
  readonly kind = 'tensor'
  readonly storage: TorchStorage
  readonly view: StridedView

  constructor(storage: TorchStorage, view: StridedView) {
    super()
    this.storage = storage
    this.view = view
  }
}

export class TorchHost implements PickleHost {
  readonly #file: string
  /** Every storage met, by key; tensors of one key share it. */
  readonly storages = new Map<string, TorchStorage>()

  constructor(file: string) {
    this.#file = file
  }

  global(module: string, name: string): PickleGlobal {
    const full = `${module}.${name}`
    if (!ALLOWED.has(full)) {
      throw refusal(
        this.#file,
        'pickle',
        'only names that make tensors',
        `'${shown(full)}' (nothing was run)`,
      )
    }
    return new PickleGlobal(full)
  }

  call(callee: PickleGlobal, args: readonly PickleValue[]): PickleValue {
    switch (callee.name) {
      case ORDERED_DICT:
        return this.#orderedDict(args)
      case SIZE:
        return new PickleTuple(this.#numbers(args[0], 'torch.Size'))
      case REBUILD_TENSOR:
        return this.#tensor(args)
      case REBUILD_PARAMETER:
        if (args[0] instanceof TorchTensor) return args[0]
        throw this.#bad('a tensor in a parameter', args[0])
      default:
        throw this.#bad('a call that makes a tensor or a dict', callee)
    }
  }

  persistent(id: PickleValue): TorchStorage {
    if (!(id instanceof PickleTuple)) throw this.#bad('a storage as a tuple', id)
    const [tag, type, key, , count] = id.items
    if (tag !== 'storage') throw this.#bad("the tag 'storage'", tag)
    const dtype = type instanceof PickleGlobal ? STORAGE_TYPES[type.name] : undefined
    if (dtype === undefined) throw this.#bad('a storage class', type)
    if (typeof key !== 'string' || key.length > LONGEST_STORAGE_KEY || !/^[\w.-]+$/.test(key)) {
      throw this.#bad('a plain storage key', key)
    }
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
      throw this.#bad('a number of elements', count)
    }
    return this.#storage(key, dtype, count)
  }

  #storage(key: string, dtype: DType, count: number): TorchStorage {
    const known = this.storages.get(key)
    if (known === undefined) {
      const storage = new TorchStorage(key, dtype, count)
      this.storages.set(key, storage)
      return storage
    }
    if (known.dtype !== dtype || known.numElements !== count) {
      const expected = `${known.numElements} × ${known.dtype} as before`
      throw refusal(this.#file, `storage '${key}'`, expected, `${count} × ${dtype}`)
    }
    return known
  }

  #tensor(args: readonly PickleValue[]): TorchTensor {
    const [storage, offset, size, stride] = args
    if (!(storage instanceof TorchStorage)) throw this.#bad('a storage in a tensor', storage)
    if (typeof offset !== 'number') throw this.#bad('an offset in a tensor', offset)
    const view = { offset, shape: this.#numbers(size, 'size'), strides: this.#numbers(stride, 'stride') }
    const fault = viewFault(view, storage.numElements, BYTES_PER_ELEMENT[storage.dtype])
    if (fault !== undefined) {
      throw refusal(this.#file, `storage '${storage.key}'`, 'a view inside the storage', fault)
    }
    return new TorchTensor(storage, view)
  }

  #orderedDict(args: readonly PickleValue[]): PickleDict {
    if (args.length > 0) throw this.#bad('an empty OrderedDict', args[0])
    return new PickleDict()
  }

  #numbers(value: PickleValue | undefined, what: string): number[] {
    if (!(value instanceof PickleTuple)) throw this.#bad(`a tuple as ${what}`, value)
    return value.items.map((item) => {
      if (typeof item !== 'number') throw this.#bad(`numbers in ${what}`, item)
      return item
    })
  }

  #bad(expected: string, got: PickleValue | undefined): ReturnType<typeof refusal> {
    return refusal(this.#file, 'pickle', expected, got === undefined ? 'nothing' : kindOf(got))
  }
}
