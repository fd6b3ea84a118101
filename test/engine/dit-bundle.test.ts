/** A bundle of the second family opens as any other, and its stream speaks what the reference's mel says. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { convert } from '../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { concatFloats, snrDb } from '../../src/core/float-arrays.ts'
import { openFlow, openVocoder } from '../../src/engine/bundle-models.ts'
import { finishWork } from '../../src/engine/flow/flow-runner.ts'
import { maxDifference } from '../helpers/npy.ts'
import { goldenDir3 } from '../helpers/paths.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { ditMel, ditReply, ditVoice } from '../helpers/tiny-dit.ts'

let folder: string
let bundle: Bundle
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-dit-bundle-'))
  await convert(goldenDir3, join(folder, 'bundle'))
  bundle = await readBundle(join(folder, 'bundle'))
})
after(() => rm(folder, { recursive: true, force: true }))

it('flow and vocoder of a bundle stream together; a block’s samples follow its mel', async () => {
  const runtime = await openStrictRuntime()
  const session = { intraOpThreads: 1 }
  const flow = await openFlow(runtime, bundle, session)
  const vocoder = await openVocoder(runtime, bundle, session)
  const state = flow.open(ditVoice, 200)
  state.push(ditReply)
  state.finish()
  const stream = vocoder.open(vocoder.noise(1))
  const mels: Float32Array[] = []
  const samples: Float32Array[] = []
  for (let work = flow.begin(state); work !== undefined; work = flow.begin(state)) {
    const mel = finishWork(work)
    mels.push(mel)
    samples.push(vocoder.push(stream, mel, { ended: state.ended }))
  }
  const mel = concatFloats(mels)
  const wave = concatFloats(samples)
  assert.ok(maxDifference(mel, ditMel('mel_b')) < 1e-3)
  assert.equal(wave.length, 2 * ditReply.length * vocoder.frameSamples)
  const whole = vocoder.push(vocoder.open(vocoder.noise(2)), mel, { ended: true })
  assert.ok(snrDb(wave, whole) > 80, 'the model’s noise has no seed')
  state.release()
  flow.release()
  vocoder.release()
})

it('a solver that the bundle was not built with is refused', async () => {
  const session = { intraOpThreads: 1 }
  await assert.rejects(openFlow(await openStrictRuntime(), bundle, session, { solver: 'euler3' }), {
    code: 'BAD_CONFIG',
  })
})
