/** `CosyVoice-BlankEN/config.json`: what Qwen2 weights cannot say about themselves. */
import { z } from 'zod'
import type { ByteSource } from './byte-source.ts'
import { readJson } from './json.ts'
import { refusal } from './refusal.ts'

const LARGEST_FILE = 1 << 20

const count = z.int().min(1).max(1_000_000)

const schema = z.object({
  model_type: z.literal('qwen2'),
  hidden_act: z.literal('silu'),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: count.optional(),
  vocab_size: count,
  max_position_embeddings: count,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive().optional(),
  /** Where newer versions of transformers write the base. */
  rope_parameters: z
    .object({ rope_theta: z.number().positive(), rope_type: z.literal('default') })
    .optional(),
  rope_scaling: z.null().optional(),
  use_sliding_window: z.literal(false).optional(),
  tie_word_embeddings: z.boolean().default(true),
})

export interface LanguageConfig {
  readonly file: string
  readonly hidden: number
  readonly mlp: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly vocab: number
  readonly maxPositions: number
  readonly rmsEps: number
  readonly ropeTheta: number
}

export async function readLanguageConfig(bytes: ByteSource): Promise<LanguageConfig> {
  const config = await readJson(bytes, LARGEST_FILE, schema)
  const { hidden_size: hidden, num_attention_heads: heads, num_key_value_heads: kvHeads } = config
  const bad = (key: string, expected: string, got: number) =>
    refusal(bytes.name, `key '${key}'`, expected, `${got}`)
  const headDim = config.head_dim ?? hidden / heads
  if (!Number.isInteger(headDim))
    throw bad('num_attention_heads', `a divisor of hidden_size ${hidden}`, heads)
  if (headDim % 2 !== 0) throw bad('head_dim', 'an even number, for rotary positions', headDim)
  if (heads % kvHeads !== 0) throw bad('num_key_value_heads', `a divisor of ${heads} heads`, kvHeads)
  const ropeTheta = config.rope_theta ?? config.rope_parameters?.rope_theta
  if (ropeTheta === undefined) throw refusal(bytes.name, "key 'rope_theta'", 'a number', 'no such key')
  return {
    file: bytes.name,
    hidden,
    heads,
    kvHeads,
    headDim,
    ropeTheta,
    mlp: config.intermediate_size,
    layers: config.num_hidden_layers,
    vocab: config.vocab_size,
    maxPositions: config.max_position_embeddings,
    rmsEps: config.rms_norm_eps,
  }
}
