/** Row 10, in the voice pool: a thread that ends with its models loaded leaves no sessions to the process. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { ownWork } from '../../src/core/speech-port.ts'
import { VoiceMaker } from '../../src/voice/voice-maker.ts'
import { openVoiceTasks, type VoiceTasks } from '../../src/voice/voice-tasks.ts'
import { allocatedBytes, TELLS_ALLOCATED } from '../helpers/allocated-bytes.ts'
import { goldenDir } from '../helpers/paths.ts'
import { convertTiny, type TinyBundle } from '../helpers/tiny-synthesizer.ts'
import { DIE } from './faults/mortal-voice-task.ts'

/** Deaths until everything is loaded that is loaded once, and deaths that are counted. */
const FIRST_DEATHS = 2
const DEATHS = 8
/** Bytes that a death may leave; sessions of the reference model's feature extraction take more. */
const LEFT_PER_DEATH = 3e6

let bundle: TinyBundle
let tasks: VoiceTasks
before(async () => {
  bundle = await convertTiny()
  tasks = openVoiceTasks(
    { bundleDir: bundle.dir, modelName: 'tiny', maxPromptSeconds: 30 },
    { entry: new URL('./faults/mortal-voice-task.js', import.meta.url) },
  )
})
after(async () => {
  await tasks.close()
  await bundle.remove()
})

it('memory stays flat, and each successor extracts the same voice', async (t) => {
  if (!TELLS_ALLOCATED) return t.skip('only glibc tells what is allocated')
  const audio = await readFile(join(goldenDir, 'inputs/prompt_16k.wav'))
  const maker = new VoiceMaker(tasks.pool)
  const liveAndDie = async () => {
    const recording = await maker.decode({ audio, promptText: '', promptMode: 'style' })
    const { speechTokens } = await maker.extract(recording)
    await assert.rejects(
      tasks.pool.run(
        { task: 'decode', audio: Uint8Array.of(DIE), promptText: '', promptMode: 'style' },
        ownWork(),
      ),
    )
    return speechTokens
  }
  const first = await liveAndDie()
  for (let i = 1; i < FIRST_DEATHS; i++) await liveAndDie()
  const before = await allocatedBytes()
  for (let i = 0; i < DEATHS; i++) assert.deepEqual(await liveAndDie(), first)
  const left = ((await allocatedBytes()) - before) / DEATHS
  assert.ok(left < LEFT_PER_DEATH, `${(left / 1e6).toFixed(1)} MB stay with each death`)
})
