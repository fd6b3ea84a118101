/**
 * From a file's tensors to one model part's weights under the keys that the graphs use.
 *
 * Every step is a pure function from a map to a map.
 */
import type { DType } from '../../core/dtype.ts'
import { asType, type TensorSource } from '../../core/tensor-source.ts'
import { refusal, shown } from './refusal.ts'

export type TensorMap = ReadonlyMap<string, TensorSource>

/** Where a state dict may hide inside a training checkpoint, most telling first. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'module', 'generator', 'net']

const FLOATS: ReadonlySet<DType> = new Set<DType>(['float16', 'bfloat16', 'float64'])

/**
 * The state dict among a file's tensors, whose paths have slashes where dicts are nested. Tensors right at the top
 * are one; else exactly one of the usual wrappers must be there. What lies outside (an optimizer, say) is left out.
 */
export function unwrapStateDict(file: string, tensors: TensorMap): TensorMap {
  const top = new Map([...tensors].filter(([path]) => !path.includes('/')))
  if (top.size > 0) return top
  const wrapper = WRAPPERS.find((name) => [...tensors.keys()].some((path) => path.startsWith(`${name}/`)))
  if (wrapper === undefined) {
    const tops = [...new Set([...tensors.keys()].map((path) => path.split('/')[0]))].slice(0, 5)
    const got = tops.length === 0 ? 'no tensors' : `dicts ${shown(tops.join(', '))}`
    throw refusal(file, '', `tensors, or a dict of them under ${WRAPPERS.join(', ')}`, got)
  }
  return takePrefix(tensors, `${wrapper}/`)
}

/** The tensors below `prefix`, named without it. */
function takePrefix(tensors: TensorMap, prefix: string): TensorMap {
  const below = [...tensors].filter(([key]) => key.startsWith(prefix))
  return new Map(below.map(([key, tensor]) => [key.slice(prefix.length), tensor]))
}

/** Without `prefix` where any key has it (what has not is left out: a discriminator beside a generator, say). */
export function withoutPrefix(tensors: TensorMap, prefix: string): TensorMap {
  const below = takePrefix(tensors, prefix)
  return below.size > 0 ? below : tensors
}

/** `x.weight_g`, `x.weight_v` under the newer names, which PyTorch writes since 2.0. */
export function withNewWeightNorm(tensors: TensorMap): TensorMap {
  const newer = (key: string) =>
    key
      .replace(/\.weight_g$/, '.parametrizations.weight.original0')
      .replace(/\.weight_v$/, '.parametrizations.weight.original1')
  return new Map([...tensors].map(([key, tensor]) => [newer(key), tensor]))
}

/** Every float as float32, so that a graph's author meets one type; conversion happens when a tensor is read. */
export function inFloat32(tensors: TensorMap): TensorMap {
  return new Map(
    [...tensors].map(([key, tensor]) => [key, FLOATS.has(tensor.dtype) ? asType(tensor, 'float32') : tensor]),
  )
}

/** `first`, and what only `second` has. */
export function withFallback(first: TensorMap, second: TensorMap): TensorMap {
  return new Map([...second, ...first])
}

/** The same tensors with `prefix` before each key. */
export function withPrefix(tensors: TensorMap, prefix: string): TensorMap {
  return new Map([...tensors].map(([key, tensor]) => [prefix + key, tensor]))
}

/** With `copy` under `key` too where only the copy was saved. */
export function withTied(tensors: TensorMap, copy: string, key: string): TensorMap {
  const tied = tensors.get(copy)
  return tied === undefined || tensors.has(key) ? tensors : new Map([...tensors, [key, tied]])
}
