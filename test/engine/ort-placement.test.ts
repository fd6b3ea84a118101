/** What is said of a graph that a card cannot have to itself. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { isSplit, type PlacedNode, splitGraph } from '../../src/engine/runtime/ort-placement.ts'

const node = (provider: 'CPU' | 'CUDA', type: string, name: string): PlacedNode => ({
  provider: `${provider}ExecutionProvider`,
  name,
  type,
})

it('names the nodes that compute on the CPU, and not the arithmetic on shapes beside them', () => {
  const many = Array.from({ length: 7 }, (_, i) =>
    node('CPU', 'GroupQueryAttention', `/layers.${i}/attn/GQA`),
  )
  const { code, message, detail } = splitGraph('llm.onnx', [
    node('CUDA', 'MatMul', '/a'),
    node('CPU', 'Concat', '/b'),
    ...many,
  ])
  assert.equal(code, 'BAD_BUNDLE')
  assert.match(message, /^llm\.onnx cannot be served by a CUDA card$/)
  assert.match(
    detail,
    /got 7 on the CPU: GroupQueryAttention \/layers\.0\/attn\/GQA, .*layers\.4\/attn\/GQA and 2 more;/,
  )
  assert.match(detail, /`convert --dtype fp16`$/)
  assert.doesNotMatch(detail, /\/b|MatMul/)
})

it('names what lies around copies where all that is on the CPU is arithmetic on shapes', () => {
  const { detail } = splitGraph('flow-encoder.onnx', [
    node('CPU', 'Sub', '/Sub'),
    node('CUDA', 'Gemm', '/Gemm'),
  ])
  assert.match(detail, /got copies between card and host around shapes: Sub \/Sub;/)
})

it('knows the refusal by its words', () => {
  const refused =
    'This session cannot use the graph capture feature as requested by the user  as all compute graph nodes'
  assert(isSplit(new TtsError('DEVICE_UNAVAILABLE', 'cannot load', refused)))
  assert(!isSplit(new TtsError('DEVICE_UNAVAILABLE', 'cannot load', 'CUDA failure 2: out of memory')))
  assert(!isSplit(new Error(refused)))
})
