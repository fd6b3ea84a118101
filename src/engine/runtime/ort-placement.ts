/** Which provider computes each node of a session's graph, and which of them a card's graph must not have. */
import { TtsError } from '../../core/errors.ts'
import { type OrtApi, type Pointer, pinned, readPointers, readString } from './ort-api.ts'

/** Session option without which nothing is recorded. */
export const RECORD_PLACEMENT = 'session.record_ep_graph_assignment_info'
/**
 * Provider option: ONNX Runtime refuses a graph with a node on the CPU, or a copy between card and host. Integer
 * arithmetic on shapes may stay there.
 */
export const WHOLE_ON_CARD = 'enable_cuda_graph'
/** Run option of such a session: a run that is neither captured nor replayed. */
export const UNCAPTURED = ['gpu_graph_id', '-1'] as const
/** The same of a run that is recorded under a number, or played again. */
export const capturedAs = (graph: number) => ['gpu_graph_id', String(graph)] as const
const REFUSED = /cannot use the graph capture feature/

/** Operators on shapes; with values on a card they would be on it. */
const OF_SHAPES: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Concat', 'Squeeze', 'Unsqueeze', 'Shape'],
  ...['Gather', 'Slice', 'Range', 'Cast', 'Reshape', 'Constant'],
])
const MOST_NAMED = 5

export interface PlacedNode {
  /** Such as `CUDAExecutionProvider`. */
  readonly provider: string
  readonly name: string
  readonly type: string
}

/** Whether ONNX Runtime refused WHOLE_ON_CARD. */
export function isSplit(error: unknown): boolean {
  return error instanceof TtsError && REFUSED.test(error.detail)
}

/** The refusal of a graph that a card cannot have to itself. */
export function splitGraph(name: string, nodes: readonly PlacedNode[]): TtsError {
  const onCpu = nodes.filter(({ provider }) => provider === 'CPUExecutionProvider')
  const computing = onCpu.filter(({ type }) => !OF_SHAPES.has(type))
  const told = computing.length > 0 ? computing : onCpu
  const names = told.slice(0, MOST_NAMED).map((node) => `${node.type} ${node.name}`)
  const more = told.length > MOST_NAMED ? ` and ${told.length - MOST_NAMED} more` : ''
  const what =
    computing.length > 0 ? `${computing.length} on the CPU` : 'copies between card and host around shapes'
  return new TtsError(
    'BAD_BUNDLE',
    `${name} cannot be served by a CUDA card`,
    `expected every node that computes on the card, got ${what}: ${names.join(', ')}${more}; a bundle for cards is made by \`convert --dtype fp16\``,
  )
}

/** Nodes of a session that was made with RECORD_PLACEMENT. */
export function readPlacement(api: OrtApi, session: Pointer, what: string): PlacedNode[] {
  const list = (call: Parameters<OrtApi['call']>[0], of: Pointer) => {
    const out = pinned(2)
    const count = out.subarray(1, 2)
    api.call(call, what, of, out, count)
    return readPointers(out[0]!, Number(count[0]))
  }
  const text = (call: Parameters<OrtApi['call']>[0], of: Pointer) => readString(api.create(call, what, of))
  return list('Session_GetEpGraphAssignmentInfo', session).flatMap((subgraph) => {
    const provider = text('EpAssignedSubgraph_GetEpName', subgraph)
    return list('EpAssignedSubgraph_GetNodes', subgraph).map((node) => ({
      provider,
      name: text('EpAssignedNode_GetName', node),
      type: text('EpAssignedNode_GetOperatorType', node),
    }))
  })
}
