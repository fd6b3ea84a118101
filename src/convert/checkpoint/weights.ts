/** Named weights as a graph's author takes them: looked up by key, shape checked, use recorded. */
import { TtsError } from '../../core/errors.ts'
import type { TensorSource } from '../../core/tensor-source.ts'

/** A dimension in an expected shape: a number, or null where any size will do. */
export type ExpectedDim = number | null

export class Weights {
  readonly file: string
  readonly #tensors: ReadonlyMap<string, TensorSource>
  readonly #prefix: string
  readonly #taken: Set<string>

  constructor(
    file: string,
    tensors: ReadonlyMap<string, TensorSource>,
    prefix = '',
    taken = new Set<string>(),
  ) {
    this.file = file
    this.#tensors = tensors
    this.#prefix = prefix
    this.#taken = taken
  }

  /** The same weights seen from below `prefix` (joined with a dot); use is recorded in common. */
  scope(prefix: string): Weights {
    return new Weights(this.file, this.#tensors, `${this.#prefix}${prefix}.`, this.#taken)
  }

  has(key: string): boolean {
    return this.#tensors.has(this.#prefix + key)
  }

  /** Shape of a tensor that must exist. Does not count as use. */
  shape(key: string): readonly number[] {
    return this.#find(key).shape
  }

  /** One dimension of a tensor that must exist. Does not count as use. */
  dim(key: string, axis: number): number {
    const shape = this.shape(key)
    const dim = shape[axis]
    if (dim === undefined) throw this.#bad(key, `at least ${axis + 1} dimensions`, `shape [${shape}]`)
    return dim
  }

  /** The tensor under `key`, which must have the expected shape; marks it used. */
  take(key: string, expected?: readonly ExpectedDim[]): TensorSource {
    const source = this.#find(key)
    if (expected !== undefined) {
      const { shape } = source
      const matches =
        shape.length === expected.length && expected.every((dim, i) => dim === null || dim === shape[i])
      if (!matches) {
        throw this.#bad(
          key,
          `shape [${expected.map((dim) => dim ?? 'any').join(', ')}]`,
          `[${shape.join(', ')}]`,
        )
      }
    }
    this.#taken.add(this.#prefix + key)
    return source
  }

  /** Marks a tensor as known and deliberately not used (for example a tied copy). */
  ignore(key: string): void {
    if (this.has(key)) this.#taken.add(this.#prefix + key)
  }

  /** Keys below this scope, with the scope's prefix removed. */
  keys(): string[] {
    const below: string[] = []
    for (const key of this.#tensors.keys())
      if (key.startsWith(this.#prefix)) below.push(key.slice(this.#prefix.length))
    return below
  }

  /** Full keys below this scope that nothing took. */
  unused(): string[] {
    return this.keys()
      .map((key) => this.#prefix + key)
      .filter((key) => !this.#taken.has(key))
  }

  #find(key: string): TensorSource {
    const source = this.#tensors.get(this.#prefix + key)
    if (source === undefined) throw this.#bad(key, 'the tensor to exist', 'no such key')
    return source
  }

  #bad(key: string, expected: string, got: string): TtsError {
    return new TtsError(
      'BAD_CHECKPOINT',
      `${this.file}, key '${this.#prefix}${key}'`,
      `expected ${expected}, got ${got}`,
    )
  }
}
