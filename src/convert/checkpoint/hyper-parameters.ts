/**
 * The numbers of one checkpoint, as the graphs' authors take them.
 *
 * Knows: which types there are. Does not know: files (see `llm-parameters.ts`, `flow-parameters.ts`, …).
 */
export type {
  FeatureHyperParameters,
  FlowHyperParameters,
  HiftHyperParameters,
  HyperParameters,
  LlmHyperParameters,
} from '../../core/hyper-parameters.ts'
