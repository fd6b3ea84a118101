/** Seeded weights for a model of any dimensions: a layer gives values about as large as it takes. */
import type { ExpectedTensor } from '../../src/convert/checkpoint/expected-tensors.ts'
import { Weights } from '../../src/convert/checkpoint/weights.ts'
import { numElements } from '../../src/core/dtype.ts'
import { sourceOf } from '../../src/core/tensor-source.ts'
import { SeededRandom } from './seeded-random.ts'

/** `adjust` may change the values of a key in place. */
export function randomWeights(
  file: string,
  tensors: readonly ExpectedTensor[],
  seed: number,
  adjust: (key: string, values: Float32Array) => void = () => {},
): Weights {
  const random = new SeededRandom(seed)
  const values = new Map<string, Float32Array>()
  const sources = tensors.map(({ key, shape, kind, sharedWith }) => {
    const made = sharedWith === undefined ? randomValues(random, shape, kind) : values.get(sharedWith)!
    if (sharedWith === undefined) adjust(key, made)
    values.set(key, made)
    return [key, sourceOf(made, shape)] as const
  })
  return new Weights(file, new Map(sources))
}

function randomValues(
  random: SeededRandom,
  shape: readonly number[],
  kind: ExpectedTensor['kind'],
): Float32Array {
  const uniform = () => 2 * random.next() - 1
  const count = numElements(shape)
  if (kind === 'scale') return Float32Array.from({ length: count }, () => 1 + 0.3 * uniform())
  if (kind === 'bias') return Float32Array.from({ length: count }, () => 0.1 * uniform())
  const width = Math.max(1, count / shape[0]!)
  return Float32Array.from({ length: count }, () => Math.sqrt(3 / width) * uniform())
}
