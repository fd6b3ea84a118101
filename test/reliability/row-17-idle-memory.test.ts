import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import type { VoiceRequest } from '../../src/core/speech-port.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { goldenDir } from '../helpers/paths.ts'
import { convertTiny, listen, openTiny, optionsOf } from '../helpers/tiny-synthesizer.ts'

const LIMIT_MS = 180_000

it('a one-off recording that has spoken, and a voice that was deleted, leave by themselves with all that was made for them', async () => {
  const bundle = await convertTiny()
  const voicesDir = await mkdtemp(join(tmpdir(), 'light-tts-deleted-'))
  const server = await openTiny(bundle, { voicesDir })
  try {
    await server.synthesizer.storeVoice('anna', await recordingOf('A stored prompt is a short sentence.'))
    await speakOnce(server, { kind: 'stored', id: 'anna' })
    for (let look = 0; look < 3; look++) assert.equal(server.expire(), 0, 'it is there and stays')
    await speakOnce(server, await recordingOf('The golden prompt is a short sentence.'))
    await server.synthesizer.deleteVoice('anna')
    await until('flow state is held', () => stateBytes(server) > 0)
    // As the server does every few seconds: the first look marks both, the second lets them go.
    server.expire()
    assert.ok(server.expire() > 0, 'features of both are let go')
    await until('nothing is held', () => stateBytes(server) === 0)
  } finally {
    await server.close(5000)
    await Promise.all([bundle.remove(), rm(voicesDir, { recursive: true })])
  }
})

async function recordingOf(promptText: string) {
  const audio = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  return { kind: 'recording', audio, promptText, promptMode: 'auto' } as const
}

async function speakOnce({ synthesizer }: OpenSynthesizer, request: VoiceRequest): Promise<void> {
  const voice = await synthesizer.prepareVoice(request, 'default')
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
