/**
 * Random weights of a speech LLM, made tensor by tensor when they are read: any size can be converted.
 *
 * Distinct for every tensor: ORT stores equal ones once, and speed would be a fantasy.
 */
import { Weights } from '../../src/convert/checkpoint/weights.ts'
import { numElements } from '../../src/core/dtype.ts'
import type { LlmHyperParameters } from '../../src/core/hyper-parameters.ts'
import type { TensorSource } from '../../src/core/tensor-source.ts'

/** Qwen2-0.5B as CosyVoice2 uses it, but for the text vocabulary: a Gather's cost does not depend on it. */
export const REAL_LLM: LlmHyperParameters = {
  hidden: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  headDim: 64,
  mlp: 4864,
  textVocab: 4096,
  speechTokenSize: 6561,
  decoderRows: 6564,
  ropeTheta: 1e6,
  rmsEps: 1e-6,
  maxPositions: 32768,
  mixRatio: [5, 15],
  sampling: { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 },
}

export function randomLlmWeights(hyper: LlmHyperParameters): Weights {
  const { hidden, layers, heads, kvHeads, headDim, mlp, textVocab, decoderRows } = hyper
  const tensors = new Map<string, TensorSource>()
  const add = (key: string, shape: number[], centre = 0) =>
    tensors.set(key, randomSource(tensors.size + 1, shape, centre))
  add('llm.model.model.embed_tokens.weight', [textVocab, hidden])
  for (let layer = 0; layer < layers; layer++) {
    const at = `llm.model.model.layers.${layer}`
    for (const [key, rows] of [
      ['q', heads * headDim],
      ['k', kvHeads * headDim],
      ['v', kvHeads * headDim],
    ] as const) {
      add(`${at}.self_attn.${key}_proj.weight`, [rows, hidden])
      add(`${at}.self_attn.${key}_proj.bias`, [rows])
    }
    add(`${at}.self_attn.o_proj.weight`, [hidden, heads * headDim])
    add(`${at}.mlp.gate_proj.weight`, [mlp, hidden])
    add(`${at}.mlp.up_proj.weight`, [mlp, hidden])
    add(`${at}.mlp.down_proj.weight`, [hidden, mlp])
    add(`${at}.input_layernorm.weight`, [hidden], 1)
    add(`${at}.post_attention_layernorm.weight`, [hidden], 1)
  }
  add('llm.model.model.norm.weight', [hidden], 1)
  add('speech_embedding.weight', [decoderRows, hidden])
  add('llm_embedding.weight', [2, hidden])
  add('llm_decoder.weight', [decoderRows, hidden])
  add('llm_decoder.bias', [decoderRows])
  return new Weights('random', tensors)
}

function randomSource(seed: number, shape: number[], centre: number): TensorSource {
  return {
    dtype: 'float32',
    shape,
    read: async () => {
      const values = new Float32Array(numElements(shape))
      let state = seed * 2654435761
      for (let i = 0; i < values.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0
        values[i] = centre + state * (0.04 / 2 ** 31)
      }
      return new Uint8Array(values.buffer)
    },
  }
}
