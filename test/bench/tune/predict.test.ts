import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { MODEL } from '../../../bench/tune/predict.ts'
import { vocoderGeometry } from '../../../src/core/vocoder-geometry.ts'
import { openCosyVoice2 } from '../../../src/families/cosyvoice2/checkpoint.ts'
import { repoRoot } from '../../helpers/paths.ts'

it('what the tuner takes for granted of the model is true of the embedded voice', async () => {
  const checkpoint = await openCosyVoice2(join(repoRoot, 'demo', 'voice'))
  const { flow, hift } = checkpoint.parameters
  await checkpoint.close()
  assert.equal(MODEL.chunkTokens, flow.chunkTokens)
  assert.equal(MODEL.lookahead, flow.preLookahead)
  assert.equal(MODEL.heldBackMs, Math.round((1000 * vocoderGeometry(hift).delay) / hift.sampleRate))
})
