/**
 * A process whose only LLM lane dies with each utterance: says on standard output what callers get meanwhile, and ends
 * when its synthesizer gives the process up. Arguments: the bundle's folder, and how it dies.
 */
import type { TtsError } from '../../../src/core/errors.ts'
import { listen, openTiny, optionsOf } from '../../helpers/tiny-synthesizer.ts'
import { laneOf } from './unlucky-device.ts'

const { synthesizer } = await openTiny(
  { dir: process.argv[2]!, remove: async () => {} },
  { also: { threadEntries: { llm: laneOf({ do: process.argv[3] ?? 'die' }) }, log: () => {} } },
)
for (;;) {
  const voice = await synthesizer.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, 'default')
  try {
    await listen(synthesizer.speak('Hello there.', optionsOf({ voice, seed: 1 })))
  } catch (error) {
    const { code, retryAfterSeconds } = error as TtsError
    process.stdout.write(`${code} ${retryAfterSeconds ?? '-'}\n`)
  } finally {
    voice.release()
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
}
