/**
 * Writes pickles byte by byte: torch checkpoints of random weights, and for tests of the reader the hostile kind.
 */
export class PickleWriter {
  readonly #parts: Buffer[] = []

  /** Raw bytes or ASCII. */
  raw(...parts: (number | string)[]): this {
    for (const part of parts)
      this.#parts.push(typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))
    return this
  }

  text(value: string): this {
    const bytes = Buffer.from(value)
    const header = Buffer.from([0x58, 0, 0, 0, 0])
    header.writeUInt32LE(bytes.length, 1)
    this.#parts.push(header, bytes)
    return this
  }

  int(value: number): this {
    const bytes = Buffer.from([0x4a, 0, 0, 0, 0])
    bytes.writeInt32LE(value, 1)
    this.#parts.push(bytes)
    return this
  }

  global(module: string, name: string): this {
    return this.raw(`c${module}\n${name}\n`)
  }

  /** A storage's persistent id, then BINPERSID. */
  storage(type: string, key: string, count: number): this {
    return this.raw('(').text('storage').global('torch', type).text(key).text('cpu').int(count).raw('tQ')
  }

  /** A tensor on a storage, as torch writes it. */
  tensor(
    type: string,
    key: string,
    count: number,
    shape: readonly number[],
    strides: readonly number[],
    offset = 0,
  ): this {
    this.global('torch._utils', '_rebuild_tensor_v2').raw('(').storage(type, key, count).int(offset)
    for (const numbers of [shape, strides]) {
      this.raw('(')
      for (const number of numbers) this.int(number)
      this.raw('t')
    }
    return this.raw(0x89).global('collections', 'OrderedDict').raw(')R').raw('tR')
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts))
  }
}
