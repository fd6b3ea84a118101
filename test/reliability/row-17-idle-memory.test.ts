import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { goldenDir } from '../helpers/paths.ts'
import { convertTiny, listen, openTiny, optionsOf } from '../helpers/tiny-synthesizer.ts'

const LIMIT_MS = 180_000

it('after a one-off recording has spoken, its state and the memory it was made in leave by themselves', async () => {
  const bundle = await convertTiny()
  const server = await openTiny(bundle)
  try {
    await speakOnce(server)
    await until('flow state is held', () => stateBytes(server) > 0)
    // As the server does every few seconds: the first look marks the recording, the second lets it go.
    server.expire()
    assert.ok(server.expire() > 0, 'features of the recording are let go')
    await until('nothing is held', () => stateBytes(server) === 0)
  } finally {
    await server.close(5000)
    await bundle.remove()
  }
})

async function speakOnce({ synthesizer }: OpenSynthesizer): Promise<void> {
  const audio = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  const promptText = 'The golden prompt is a short sentence.'
  const recording = { kind: 'recording', audio, promptText, promptMode: 'auto' } as const
  const voice = await synthesizer.prepareVoice(recording, 'default')
  await listen(synthesizer.speak('Seven trains leave before noon.', optionsOf({ voice, seed: 1 })))
  voice.release()
}

/** Lanes report once a second. */
function stateBytes({ synthesizer }: OpenSynthesizer): number {
  return synthesizer.status().devices[0]!.flowStateBytes.used
}

async function until(what: string, is: () => boolean): Promise<void> {
  for (const limit = performance.now() + LIMIT_MS; !is(); ) {
    assert.ok(performance.now() < limit, `never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
