/**
 * A pickle machine that can only make data.
 *
 * No opcode can reach JavaScript: the stack holds values of `pickle-value.ts` and nothing else.
 *
 * The input is hostile until proven otherwise: lengths are compared with what is left before a byte is taken. The
 * number of opcodes bounds both time and memory. Opcodes that make objects of classes (INST, OBJ, NEWOBJ, EXT) are
 * refused like unknown ones: torch writes tensors without them.
 */
import { PickleCursor } from './pickle-cursor.ts'
import { describeOpcode, Opcode } from './pickle-opcodes.ts'
import {
  kindOf,
  PickleDict,
  PickleGlobal,
  type PickleHost,
  PickleList,
  PickleTuple,
  type PickleValue,
} from './pickle-value.ts'

/** About 40 opcodes make a tensor, so this is a hundred times the largest checkpoint we know. */
const MOST_OPCODES = 4_000_000
const HIGHEST_PROTOCOL = 5

/** Reads one pickle. `name` is the file's name in messages. */
export function unpickle(bytes: Uint8Array, name: string, host: PickleHost): PickleValue {
  return new Machine(new PickleCursor(bytes, name), host).run()
}

class Machine {
  readonly #in: PickleCursor
  readonly #host: PickleHost
  readonly #memo = new Map<number, PickleValue>()
  /** Values above the last mark; the stacks below marks wait in `#below`. */
  #stack: PickleValue[] = []
  readonly #below: PickleValue[][] = []

  constructor(cursor: PickleCursor, host: PickleHost) {
    this.#in = cursor
    this.#host = host
  }

  run(): PickleValue {
    for (let count = 0; count < MOST_OPCODES; count++) {
      const opcode = this.#in.uint(1)
      if (opcode === Opcode.STOP) return this.#pop()
      const made = this.#made(opcode)
      if (made === undefined) this.#change(opcode)
      else this.#stack.push(made)
    }
    throw this.#in.bad(`at most ${MOST_OPCODES} opcodes`, 'more')
  }

  /** What an opcode that pushes one value pushes; undefined for the opcodes that do something else. */
  #made(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case Opcode.NONE:
        return null
      case Opcode.NEWTRUE:
        return true
      case Opcode.NEWFALSE:
        return false
      case Opcode.BININT:
        return this.#in.uint(4) | 0
      case Opcode.BININT1:
        return this.#in.uint(1)
      case Opcode.BININT2:
        return this.#in.uint(2)
      case Opcode.LONG1:
        return this.#in.long(1)
      case Opcode.LONG4:
        return this.#in.long(4)
      case Opcode.BINFLOAT:
        return this.#in.float()
      case Opcode.SHORT_BINUNICODE:
      case Opcode.SHORT_BINSTRING:
        return this.#in.text(1)
      case Opcode.BINUNICODE:
      case Opcode.BINSTRING:
        return this.#in.text(4)
      case Opcode.BINUNICODE8:
        return this.#in.text(8)
      case Opcode.SHORT_BINBYTES:
        return this.#in.blob(1)
      case Opcode.BINBYTES:
        return this.#in.blob(4)
      case Opcode.BINBYTES8:
      case Opcode.BYTEARRAY8:
        return this.#in.blob(8)
      case Opcode.EMPTY_TUPLE:
        return new PickleTuple([])
      case Opcode.TUPLE1:
        return this.#tuple(1)
      case Opcode.TUPLE2:
        return this.#tuple(2)
      case Opcode.TUPLE3:
        return this.#tuple(3)
      case Opcode.TUPLE:
      case Opcode.FROZENSET:
        return new PickleTuple(this.#popMark())
      case Opcode.EMPTY_LIST:
      case Opcode.EMPTY_SET:
        return new PickleList([])
      case Opcode.LIST:
        return new PickleList(this.#popMark())
      case Opcode.EMPTY_DICT:
        return new PickleDict()
      case Opcode.DICT:
        return this.#put(new PickleDict(), this.#popMark())
      case Opcode.DUP:
        return this.#top()
      case Opcode.BINGET:
        return this.#recall(this.#in.uint(1))
      case Opcode.LONG_BINGET:
        return this.#recall(this.#in.uint(4))
      case Opcode.GLOBAL: {
        const module = this.#in.line()
        return this.#host.global(module, this.#in.line())
      }
      case Opcode.STACK_GLOBAL:
        return this.#stackGlobal()
      case Opcode.REDUCE:
        return this.#reduce()
      case Opcode.BINPERSID:
        return this.#host.persistent(this.#pop())
      default:
        return undefined
    }
  }

  /** The opcodes that change what is there. */
  #change(opcode: number): void {
    switch (opcode) {
      case Opcode.PROTO:
        this.#protocol()
        break
      case Opcode.FRAME:
        // Frames only help a reader that streams; here every read checks its own length.
        this.#in.uint(8)
        break
      case Opcode.MARK:
        this.#below.push(this.#stack)
        this.#stack = []
        break
      case Opcode.POP:
        this.#pop()
        break
      case Opcode.POP_MARK:
        this.#popMark()
        break
      case Opcode.APPEND:
        this.#append([this.#pop()])
        break
      case Opcode.APPENDS:
      case Opcode.ADDITEMS:
        this.#append(this.#popMark())
        break
      case Opcode.SETITEM: {
        const value = this.#pop()
        this.#setItems([this.#pop(), value])
        break
      }
      case Opcode.SETITEMS:
        this.#setItems(this.#popMark())
        break
      case Opcode.BUILD:
        this.#build()
        break
      case Opcode.BINPUT:
        this.#memo.set(this.#in.uint(1), this.#top())
        break
      case Opcode.LONG_BINPUT:
        this.#memo.set(this.#in.uint(4), this.#top())
        break
      case Opcode.MEMOIZE:
        this.#memo.set(this.#memo.size, this.#top())
        break
      default:
        throw this.#in.bad('an opcode of plain data', describeOpcode(opcode))
    }
  }

  #protocol(): void {
    const version = this.#in.uint(1)
    if (version > HIGHEST_PROTOCOL) {
      throw this.#in.bad(`protocol ${HIGHEST_PROTOCOL} or lower`, `${version}`)
    }
  }

  #pop(): PickleValue {
    const value = this.#top()
    this.#stack.pop()
    return value
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1)
    if (value === undefined) throw this.#in.bad('a value on the stack', 'an empty stack')
    return value
  }

  /** The values above the last mark; what was below it is the stack again. */
  #popMark(): PickleValue[] {
    const above = this.#stack
    const below = this.#below.pop()
    if (below === undefined) throw this.#in.bad('a mark on the stack', 'none')
    this.#stack = below
    return above
  }

  #tuple(size: number): PickleTuple {
    const items = Array.from({ length: size }, () => this.#pop())
    return new PickleTuple(items.reverse())
  }

  #append(items: readonly PickleValue[]): void {
    const target = this.#top()
    if (!(target instanceof PickleList)) throw this.#in.bad('a list to append to', kindOf(target))
    for (const item of items) target.items.push(item)
  }

  #setItems(items: readonly PickleValue[]): void {
    const target = this.#top()
    if (!(target instanceof PickleDict)) throw this.#in.bad('a dict to put into', kindOf(target))
    this.#put(target, items)
  }

  /** `items` are keys and values in turn. */
  #put(dict: PickleDict, items: readonly PickleValue[]): PickleDict {
    if (items.length % 2 !== 0) throw this.#in.bad('keys with values', 'a key without a value')
    for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i]!, items[i + 1]!)
    return dict
  }

  #recall(id: number): PickleValue {
    const value = this.#memo.get(id)
    if (value === undefined) throw this.#in.bad('a value stored before', `memo ${id}, never stored`)
    return value
  }

  #stackGlobal(): PickleValue {
    const name = this.#pop()
    const module = this.#pop()
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw this.#in.bad('a module and a name as str', `${kindOf(module)} and ${kindOf(name)}`)
    }
    return this.#host.global(module, name)
  }

  #reduce(): PickleValue {
    const args = this.#pop()
    const callee = this.#pop()
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
      throw this.#in.bad('a call of an allowed name with a tuple', `${kindOf(callee)} with ${kindOf(args)}`)
    }
    return this.#host.call(callee, args.items)
  }

  /** Attributes of an OrderedDict (`_metadata` of a state dict): nothing here reads them. */
  #build(): void {
    const state = this.#pop()
    const target = this.#top()
    if (!(target instanceof PickleDict) || !(state instanceof PickleDict)) {
      throw this.#in.bad('attributes of a dict', `${kindOf(state)} for ${kindOf(target)}`)
    }
  }
}
