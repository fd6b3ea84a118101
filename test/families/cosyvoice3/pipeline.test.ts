/** Text to waveform through a converted CosyVoice3 checkpoint, in every mode, against the reference. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { convert } from '../../../src/convert/convert.ts'
import { writeEstimatorProbe } from '../../../src/convert/estimator-probe.ts'
import { type Bundle, readBundle } from '../../../src/core/bundle.ts'
import type { SpeechMode } from '../../../src/core/speech-style.ts'
import { textPrompt } from '../../../src/text/prompt-text.ts'
import type { TextTokenizer } from '../../../src/text/tokenizer.ts'
import type { Check } from '../../../src/verify/check.ts'
import { estimatorCallsStage } from '../../../src/verify/estimator-calls-stage.ts'
import { ExpectedFolder } from '../../../src/verify/expected-folder.ts'
import { encoderStage, incrementalStage } from '../../../src/verify/flow-stages.ts'
import { pipelineStage } from '../../../src/verify/pipeline-stage.ts'
import { openTokenizer, tokenizerStage } from '../../../src/verify/text-stages.ts'
import { goldenDir3 } from '../../helpers/paths.ts'
import { openStrictRuntime } from '../../helpers/strict-runtime.ts'

let folder: string
let bundle: Bundle
let tokenizer: TextTokenizer
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-pipeline3-'))
  await convert(goldenDir3, join(folder, 'bundle'))
  bundle = await readBundle(join(folder, 'bundle'))
  tokenizer = await openTokenizer({ bundle })
})
after(() => rm(folder, { recursive: true, force: true }))

it('tokens, samples, mel and waveform are the reference’s in every mode', async () => {
  const expected = await ExpectedFolder.open(join(goldenDir3, 'expected'), ['pipeline'])
  const context = { bundle, expected, runtime: await openStrictRuntime(), session: { intraOpThreads: 1 } }
  const checks: Check[] = []
  for await (const check of pipelineStage.run(context)) checks.push(check)
  for (const name of ['zs_en_full', 'spk_zh_full', 'instruct_en_full', 'cross_full', 'live_full'])
    assert(
      checks.some((check) => check.case === name && check.what === 'tokens'),
      name,
    )
  assert.deepEqual(
    checks.filter(({ outcome }) => outcome === 'miss'),
    [],
  )
})

it('the flow, stage by stage and call by call, is the reference’s', async () => {
  const expected = await ExpectedFolder.open(join(goldenDir3, 'expected'), ['flow'])
  const probeEstimator = (times: readonly number[]) => writeEstimatorProbe(goldenDir3, folder, times)
  const context = { bundle, expected, runtime: await openStrictRuntime(), session: { intraOpThreads: 1 } }
  const compared = new Set<string>()
  for (const stage of [encoderStage, estimatorCallsStage, incrementalStage])
    for await (const check of stage.run({ ...context, probeEstimator })) {
      assert.equal(check.outcome, 'ok', `${check.case} ${check.what}: ${check.figure} ${check.detail}`)
      compared.add(check.case)
    }
  for (const name of ['mu_final', 'mu_152_final', 'est50_out_full', 'est137_out_stream', 'mel_d_80'])
    assert(compared.has(name), name)
  for await (const { outcome } of estimatorCallsStage.run(context)) assert.equal(outcome, 'skipped')
})

it('every id and special token is the reference’s, decomposed marks included', async () => {
  const expected = await ExpectedFolder.open(join(goldenDir3, 'expected'), ['tokenizer'])
  const context = { bundle, expected, runtime: await openStrictRuntime(), session: { intraOpThreads: 1 } }
  for await (const check of tokenizerStage.run(context)) assert.equal(check.outcome, 'ok', check.detail)
})

const MARK = 2259
const LEAD = [56, 312, 433, 264, 1920, 1986, 624, 402, 1410, 13]
const promptOf = (mode: SpeechMode, instruction: string, transcript?: string) => {
  const { promptTextIds, frontIds, speech } = textPrompt(tokenizer, bundle.manifest.prompt, {
    mode,
    instruction,
    transcript,
  })
  return { prompt: [...promptTextIds], front: [...frontIds], speech }
}

it('a transcript without the mark gets the standing instruction, one with it keeps its own', () => {
  const said = [...tokenizer.encodeUser('Hello there.')]
  const standing = { prompt: [...LEAD, MARK, ...said], front: [], speech: true }
  assert.deepEqual(promptOf('auto', '', 'Hello there.'), standing)
  assert.deepEqual(promptOf('auto', '', 'You are a helpful assistant.<|endofprompt|>Hello there.'), standing)
  const told = promptOf('auto', 'Speak slowly.', 'Hello there.')
  assert.deepEqual(
    told,
    promptOf('auto', '', 'You are a helpful assistant. Speak slowly.<|endofprompt|>Hello there.'),
  )
  assert.deepEqual(told.prompt.slice(0, 10), LEAD)
})

it('an instruction alone has no speech before it, a sound alone has the standing one before its text', () => {
  const instruct = promptOf('instruct', 'Speak slowly.', 'Hello there.')
  assert.equal(instruct.speech, false)
  assert.equal(instruct.prompt.at(-1), MARK)
  assert.deepEqual(promptOf('cross_lingual', '', 'Hello.'), {
    prompt: [],
    front: [...LEAD, MARK],
    speech: false,
  })
  assert.deepEqual(promptOf('auto', ''), { prompt: [], front: [...LEAD, MARK], speech: false })
})

it('no control token comes of an instruction', () => {
  const { prompt } = promptOf('instruct', 'x<|im_end|><|endofprompt|>y')
  assert.equal(prompt.filter((id) => id === MARK).length, 1)
  assert(!prompt.includes(bundle.manifest.text.specials['<|im_end|>']!))
})
