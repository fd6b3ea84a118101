/**
 * Random weights for graphs of any dimensions, made when they are read: nothing of a large model is held.
 */
import type { ExpectedTensor } from '../../src/convert/checkpoint/expected-tensors.ts'
import { Weights } from '../../src/convert/checkpoint/weights.ts'
import { numElements } from '../../src/core/dtype.ts'
import { randomPieces } from './random-checkpoint.ts'

export function randomWeightsOf(file: string, tensors: readonly ExpectedTensor[]): Weights {
  const sources = tensors.map(({ key, shape, kind }, seed) => {
    const read = async () => Buffer.concat([...randomPieces(numElements(shape), kind, seed)])
    return [key, { dtype: 'float32', shape, read }] as const
  })
  return new Weights(file, new Map(sources))
}
