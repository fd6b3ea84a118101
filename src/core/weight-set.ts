/** Which types a bundle's weights have, by the name under which a set of them is asked for. Pure. */

/** Types of the language model's large matrices. */
export const WEIGHT_FORMATS = ['fp32', 'fp16', 'int8', 'int4'] as const
/** These, and `cpu`: the set for CPUs. */
export const WEIGHT_TYPES = [...WEIGHT_FORMATS, 'cpu'] as const
export type WeightType = (typeof WEIGHT_TYPES)[number]

export interface WeightSet {
  /** The language model's large matrices. */
  readonly llm: (typeof WEIGHT_FORMATS)[number]
  /** The flow's estimator; int8 leaves the layers that x goes into and the velocity comes out of in fp32. */
  readonly estimator: 'fp32' | 'fp16' | 'int8'
  readonly rest: 'fp32' | 'fp16'
  /** Solver of the flow that the set is meant for; undefined: whatever the device takes. */
  readonly solver: string | undefined
}

/** Half precision is for GPUs, and then for everything; int8 and int4 are the language model's alone. */
export function weightSet(type: WeightType): WeightSet {
  if (type === 'cpu') return { llm: 'int4', estimator: 'int8', rest: 'fp32', solver: '2m-7' }
  const rest = type === 'fp16' ? 'fp16' : 'fp32'
  return { llm: type, estimator: rest, rest, solver: undefined }
}

/** What a manifest says of a set. */
export function weightTypes({ llm, estimator, rest }: WeightSet): Omit<WeightSet, 'solver'> {
  return { llm, estimator, rest }
}

export function floatTypeOf(type: WeightSet['rest']): 'float32' | 'float16' {
  return type === 'fp16' ? 'float16' : 'float32'
}

/** Where models run, as far as weights mind. */
export interface Place {
  readonly kind: 'cpu' | 'cuda' | 'webgpu'
  /** Utterances that may share a run of the flow. */
  readonly together: number
}

/**
 * What speaks against running `weights` there. Products in int8 are a CPU's, and scale all rows of a run alike. An
 * utterance beside another would sound otherwise than alone. Undefined where nothing does.
 */
export function unfitPlace(
  { estimator }: Pick<WeightSet, 'estimator'>,
  { kind, together }: Place,
): string | undefined {
  if (estimator !== 'int8') return undefined
  if (kind !== 'cpu') return `its estimator is int8 for CPUs: expected a device such as cpu:2, got ${kind}`
  if (together === 1) return undefined
  return `its estimator is int8, which takes one utterance a run: expected acousticBatch 1, got ${together}`
}
