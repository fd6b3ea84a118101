/** Checkpoint folders that contradict themselves, or lack something: each refused with file, key, expected and got. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { openCosyVoice2 } from '../../../src/families/cosyvoice2/checkpoint.ts'
import { CheckpointCopy, renamed } from '../../helpers/checkpoint-copy.ts'

let copy: CheckpointCopy
beforeEach(async () => {
  copy = await CheckpointCopy.make()
})
afterEach(() => copy.remove())

async function refused(message: RegExp, detail: RegExp): Promise<void> {
  await assert.rejects(openCosyVoice2(copy.folder), { code: 'BAD_CHECKPOINT', message, detail })
}

describe('settings that contradict the weights are refused with file, key, expected and got', () => {
  for (const [from, to, key, detail] of [
    [
      'speech_token_size: 486',
      'speech_token_size: 485',
      'llm.speech_token_size',
      /486, as llm\.pt has it .*got 485/,
    ],
    ['llm_input_size: 64', 'llm_input_size: 65', 'llm.llm_input_size', /64, as llm\.pt .*got 65/],
    ['vocab_size: 486', 'vocab_size: 487', 'flow.vocab_size', /486, as flow\.pt .*got 487/],
    ['pre_lookahead_len: 3', 'pre_lookahead_len: 4', 'flow.pre_lookahead_len', /3, as flow\.pt .*got 4/],
    ['token_mel_ratio: 2', 'token_mel_ratio: 3', 'flow.token_mel_ratio', /2, as flow\.pt .*got 3/],
    ['attention_heads: 4', 'attention_heads: 8', 'flow.encoder.attention_heads', /4, as flow\.pt .*got 8/],
    ['linear_units: 128', 'linear_units: 64', 'flow.encoder.linear_units', /128, .*got 64/],
    ['num_blocks: 2', 'num_blocks: 6', 'flow.encoder.num_blocks', /2, as flow\.pt .*got 6/],
    ['channels: [64]', 'channels: [64, 64]', 'flow.decoder.estimator.channels', /\[64\], .*got \[64,64\]/],
    ['n_blocks: 1', 'n_blocks: 4', 'flow.decoder.estimator.n_blocks', /1, .*got 4/],
    ['num_mid_blocks: 2', 'num_mid_blocks: 12', 'flow.decoder.estimator.num_mid_blocks', /2, .*got 12/],
    [
      '<chunk_size> * <token_mel_ratio>',
      '<chunk_size>',
      'flow.decoder.estimator.static_chunk_size',
      /25 tokens × 2/,
    ],
    [
      'num_decoding_left_chunks: -1',
      'num_decoding_left_chunks: 2',
      'flow.decoder.estimator.num_decoding_left_chunks',
      /negative/,
    ],
    ["act_fn: 'gelu'", "act_fn: 'snake'", 'flow.decoder.estimator.act_fn', /'gelu', got 'snake'/],
    ["solver: 'euler'", "solver: 'rk4'", 'flow.decoder.cfm_params.content.solver', /'euler', got 'rk4'/],
    ['use_cnn_module: False', 'use_cnn_module: True', 'flow.encoder.use_cnn_module', /false, got true/],
    ['base_channels: 32', 'base_channels: 512', 'hift.base_channels', /32, as hift\.pt .*got 512/],
    ['nb_harmonics: 8', 'nb_harmonics: 9', 'hift.nb_harmonics', /8, .*got 9/],
    ['[16, 11, 7]', '[16, 11, 9]', 'hift.upsample_kernel_sizes', /\[16,11,7\], .*got \[16,11,9\]/],
    ['[8, 5, 3]', '[8, 5]', 'hift.upsample_rates', /3 rates, .*got \[8,5\]/],
    ['n_fft: 16', 'n_fft: 32', 'hift.istft_params.n_fft', /16, .*got 32/],
    [
      'hop_len: 4',
      'hop_len: 8',
      'feat_extractor.hop_size',
      /960, the samples that hift makes of a frame, got 480/,
    ],
    ['num_mels: 80', 'num_mels: 100', 'feat_extractor.num_mels', /80, as hift takes, got 100/],
    ['token_frame_rate: 25', 'token_frame_rate: 50', 'token_frame_rate', /25, .*got 50/],
    ['Qwen2LM', 'CosyVoice3LM', 'llm', /class Qwen2LM, got CosyVoice3LM/],
    ['CausalMaskedDiffWithXvec', 'CausalMaskedDiffWithDiT', 'flow', /class CausalMaskedDiffWithXvec, got/],
    ['top_k: 25', 'top_k: -1', 'llm.sampling.topK', /a plausible value, got -1/],
    [
      'inference_cfg_rate: 0.7',
      'inference_cfg_rate: high',
      'flow.decoder.cfm_params.content.inference_cfg_rate',
      /a number, got 'high'/,
    ],
  ] as const) {
    test(`${from} → ${to}`, async () => {
      await copy.edit('cosyvoice2.yaml', from, to)
      await refused(new RegExp(`^cosyvoice2\\.yaml, (key|number) '${key.replaceAll('.', '\\.')}'$`), detail)
    })
  }

  for (const [from, to, key, detail] of [
    [
      '"num_hidden_layers": 2',
      '"num_hidden_layers": 24',
      'num_hidden_layers',
      /2, as llm\.pt has it .*got 24/,
    ],
    ['"vocab_size": 2304', '"vocab_size": 2305', 'vocab_size', /2304, .*got 2305/],
    [
      '"num_attention_heads": 4',
      '"num_attention_heads": 3',
      'num_attention_heads',
      /a divisor of hidden_size 64, got 3/,
    ],
    [
      '"num_key_value_heads": 2',
      '"num_key_value_heads": 3',
      'num_key_value_heads',
      /a divisor of 4 heads, got 3/,
    ],
    ['"model_type": "qwen2"', '"model_type": "llama"', 'model_type', /a fitting value/],
    ['"rope_theta": 1000000.0,', '', 'rope_theta', /a number, got no such key/],
  ] as const) {
    test(`config.json: ${from} → ${to}`, async () => {
      await copy.edit('CosyVoice-BlankEN/config.json', from, to)
      await refused(new RegExp(`^CosyVoice-BlankEN/config\\.json, key '${key}'$`), detail)
    })
  }

  test('heads that do not fit the projections are refused at the weight', async () => {
    await copy.edit('CosyVoice-BlankEN/config.json', '"num_key_value_heads": 2', '"num_key_value_heads": 4')
    await refused(/^llm\.pt, key '.*k_proj\.weight'$/, /64 in dimension 0, got shape \[32, 64\]/)
  })
})

describe('what is missing is refused by name', () => {
  for (const name of [
    'flow.pt',
    'hift.pt',
    'llm.pt',
    'speech_tokenizer_v2.onnx',
    'campplus.onnx',
    'cosyvoice2.yaml',
  ]) {
    test(name, async () => {
      await rm(copy.path(name))
      await assert.rejects(openCosyVoice2(copy.folder), (error: Error & { code: string; detail: string }) => {
        assert.equal(error.code, 'BAD_CHECKPOINT')
        assert.ok(`${error.message}: ${error.detail}`.includes(name), error.detail)
        return true
      })
    })
  }

  for (const [part, key] of [
    ['llm', 'llm_decoder.bias'],
    ['flow', 'decoder.estimator.mid_blocks.1.1.0.ff.net.2.bias'],
    ['flow', 'encoder.up_encoders.3.self_attn.pos_bias_v'],
    ['hift', 'resblocks.8.activations2.2.alpha'],
  ] as const) {
    test(`${key} of ${part}.pt`, async () => {
      await copy.rewrite(`${part}.pt`, (stored) => renamed(stored, (k) => (k === key ? undefined : k)))
      await refused(new RegExp(`^${part}\\.pt, key '${key}'$`), /the tensor to exist, got no such key/)
    })
  }

  test('a tensor of another shape, with both shapes', async () => {
    const key = 'encoder.encoders.1.feed_forward.w_2.weight'
    await copy.rewrite('flow.pt', (stored) => stored.set(key, { ...stored.get(key)!, shape: [128, 64] }))
    await refused(new RegExp(`^flow\\.pt, key '${key}'$`), /shape \[64, 128\], got \[128, 64\]/)
  })

  test('a block in the middle of the numbering', async () => {
    await copy.rewrite('flow.pt', (stored) =>
      renamed(stored, (k) => (k.startsWith('encoder.up_encoders.1.') ? undefined : k)),
    )
    await refused(/^flow\.pt, key 'encoder\.up_encoders\.1'$/, /blocks 0…3 without a gap/)
  })

  test('a folder that is not there, or a file in its place', async () => {
    await assert.rejects(openCosyVoice2(copy.path('nowhere')), {
      detail: /a checkpoint folder, got nothing there/,
    })
    await assert.rejects(openCosyVoice2(copy.path('llm.pt')), {
      detail: /a checkpoint folder, got a file/,
    })
  })

  test('stored voices may be missing', async () => {
    await rm(copy.path('spk2info.pt'))
    const opened = await openCosyVoice2(copy.folder)
    await opened.close()
    assert.deepEqual(opened.voices, [])
  })
})

test('stored voices of another size than the model are refused', async () => {
  const stored = await copy.read('spk2info.pt')
  const embedding = stored.get('sft_spk/embedding')!
  await copy.rewrite(
    'spk2info.pt',
    () => new Map([['embedding', { ...embedding, shape: [1, 96], bytes: embedding.bytes.slice(0, 96 * 4) }]]),
    'short',
  )
  await refused(/^spk2info\.pt, voice 'short'$/, /192 in its last dimension, got \[1, 96\]/)
})

test('a stored voice with a speech token that the flow does not know is refused', async () => {
  const key = 'zero_shot_spk/flow_prompt_speech_token'
  const stored = await copy.read('spk2info.pt')
  const tokens = new Int32Array(stored.get(key)!.bytes.buffer)
  tokens[3] = 486
  const entry = [...stored].filter(([name]) => name.startsWith('zero_shot_spk/'))
  const inside = new Map(entry.map(([name, tensor]) => [name.slice('zero_shot_spk/'.length), tensor]))
  await copy.rewrite('spk2info.pt', () => inside, 'one')
  await refused(/^spk2info\.pt, voice 'one'$/, /speech tokens 0…485, got 486/)
})
