/**
 * Kernels that a card starts for one run of a graph in half precision, counted by its nodes. Pure.
 *
 * The numbers by operator are those that `npm run -s gpu-dry-run` sees the CUDA provider of ONNX Runtime 1.30 start.
 */
import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, type NodeProto } from '../../src/convert/onnx/onnx_pb.ts'

/** Views and sizes, which the host works out. */
const NONE = new Set(['Reshape', 'Shape', 'Squeeze', 'Unsqueeze'])
const ONE = new Set([
  ...[
    'Add',
    'BiasGelu',
    'Cast',
    'Concat',
    'Cos',
    'FastGelu',
    'Gather',
    'Gelu',
    'HardSigmoid',
    'LayerNormalization',
  ],
  ...[
    'MatMul',
    'Mul',
    'Pad',
    'Div',
    'Range',
    'RotaryEmbedding',
    'Sigmoid',
    'Sin',
    'SkipLayerNormalization',
    'Slice',
    'Split',
  ],
  ...['Sub', 'TensorScatter', 'Transpose'],
])
/** Where there are more: a bias is a product of its own, lengths are converted in every layer, Mish is three functions. */
const MORE: Readonly<Record<string, (node: NodeProto) => number>> = {
  Gemm: ({ input }) => (input.length > 2 ? 2 : 1),
  Attention: ({ input }) => (input.length > 6 ? 2 : 1),
  Mish: () => 3,
  Conv: ({ input }) => (input.length > 2 ? 2 : 1),
}
const INT64 = 7
/** Cut along it, a run of one utterance is a copy of bytes, which is no kernel. */
const ROWS = 1n

/** Throws where a node's operator is not known here. */
export function launchesOf(model: Uint8Array): number {
  const { graph } = fromBinary(ModelProtoSchema, model)
  if (graph === undefined) throw new Error('a model without a graph')
  // Sizes of the run and what is made of them alone stay on the host.
  const sizes = new Set(
    graph.initializer.filter(({ dataType }) => dataType === INT64).map(({ name }) => name),
  )
  const numbers = new Map(graph.initializer.map(({ name, rawData }) => [name, rawData]))
  const isCopy = ({ opType, input: [, , , axes] }: NodeProto) => {
    const bytes = numbers.get(axes ?? '')
    return opType === 'Slice' && bytes?.length === 8 && Buffer.from(bytes).readBigInt64LE() === ROWS
  }
  let sum = 0
  for (const node of graph.node) {
    const isOfSizes = node.opType === 'Shape' || node.input.every((name) => name === '' || sizes.has(name))
    if (isOfSizes && node.opType !== 'Range') for (const name of node.output) sizes.add(name)
    else if (!isCopy(node)) sum += kernelsOf(node)
  }
  return sum
}

function kernelsOf(node: NodeProto): number {
  if (NONE.has(node.opType)) return 0
  if (ONE.has(node.opType)) return 1
  const more = MORE[node.opType]
  if (more === undefined) throw new Error(`no count is known for operator ${node.opType}`)
  return more(node)
}
