/** A process of its own that stores voice after voice and names each one, until it is killed. */
import { randomInt } from 'node:crypto'
import type { Bundle } from '../../src/core/bundle.ts'
import { VoiceLibrary } from '../../src/voice/voice-library.ts'
import { voiceFor, WRITER_BUNDLE } from './written-voices.ts'

const folder = process.argv[2] ?? ''
const library = await VoiceLibrary.open(WRITER_BUNDLE as Bundle, folder)
for (;;) {
  const [id, value] = [`v${randomInt(20)}`, randomInt(1e6)]
  process.stdout.write(`begin ${id} ${value}\n`)
  await library.store(id, voiceFor(value), true)
  process.stdout.write(`stored ${id} ${value}\n`)
}
