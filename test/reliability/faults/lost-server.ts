/**
 * A process whose only LLM lane dies with each utterance: says on standard output what callers get meanwhile, and ends
 * when its synthesizer gives the process up. Arguments: the bundle's folder, how it dies, and how many call at once.
 */
import type { TtsError } from '../../../src/core/errors.ts'
import { listen, openTiny, optionsOf } from '../../helpers/tiny-synthesizer.ts'
import { laneOf } from './unlucky-device.ts'

const { synthesizer } = await openTiny(
  { dir: process.argv[2]!, remove: async () => {} },
  { also: { threadEntries: { llm: laneOf({ do: process.argv[3] ?? 'die' }) }, log: () => {} } },
)
const callers = Number(process.argv[4] ?? 1)

async function call(voice: Awaited<ReturnType<typeof synthesizer.prepareVoice>>): Promise<void> {
  try {
    await listen(synthesizer.speak('Hello there.', optionsOf({ voice, seed: 1 })))
  } catch (error) {
    const { code, retryAfterSeconds } = error as TtsError
    process.stdout.write(`${code} ${retryAfterSeconds ?? '-'}\n`)
  } finally {
    voice.release()
  }
}

for (;;) {
  const stored = { kind: 'stored', id: 'zero_shot_spk' } as const
  const prepare = () => synthesizer.prepareVoice(stored, 'default')
  await Promise.all((await Promise.all(Array.from({ length: callers }, prepare))).map(call))
  await new Promise((resolve) => setTimeout(resolve, 20))
}
