/**
 * What a pickle can hold here: plain data, and names of Python things that stay names.
 *
 * Dicts are Maps: a key of the file never becomes a property of a JavaScript object.
 */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject

/** Also the frozen set; immutable once made. */
export class PickleTuple {
  readonly items: readonly PickleValue[]
  constructor(items: readonly PickleValue[]) {
    this.items = items
  }
}

/** Also the set. */
export class PickleList {
  readonly items: PickleValue[]
  constructor(items: PickleValue[]) {
    this.items = items
  }
}

/** dict and OrderedDict. */
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>()
}

/** An allow-listed Python name; it is compared with, never looked up. */
export class PickleGlobal {
  /** `module.name`. */
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Something that a host made of a call or a persistent id; the unpickler only carries it. */
export abstract class PickleObject {
  abstract readonly kind: string
}

/** What the unpickler asks of the format that uses it. All three throw to refuse. */
export interface PickleHost {
  /** The name `module.name` was met. */
  global(module: string, name: string): PickleGlobal
  /** `callee(*args)` was asked for. */
  call(callee: PickleGlobal, args: readonly PickleValue[]): PickleValue
  persistent(id: PickleValue): PickleValue
}

/** A value's kind in Python's words, for messages. */
export function kindOf(value: PickleValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'string') return 'str'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof PickleTuple) return 'tuple'
  if (value instanceof PickleList) return 'list'
  if (value instanceof PickleDict) return 'dict'
  if (value instanceof PickleGlobal) return `global ${value.name}`
  return value.kind
}
