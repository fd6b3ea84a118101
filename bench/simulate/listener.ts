/** One listener: asks for a sentence and writes down when which piece of sound came. Knows nothing of load or plans. */
import type { Synthesizer } from '../../src/core/speech-port.ts'
import type { Chunk } from './listening.ts'

export interface Heard {
  /** Milliseconds from asking to the first sound. */
  readonly firstAudioMs: number
  readonly chunks: readonly Chunk[]
}

export async function speakOnce(
  synthesizer: Synthesizer,
  voiceId: string,
  text: string,
  seed: number,
): Promise<Heard> {
  const asked = performance.now()
  const voice = await synthesizer.prepareVoice({ kind: 'stored', id: voiceId }, 'default')
  try {
    const stream = synthesizer.speak(text, {
      voice,
      model: 'default',
      speed: 1,
      seed,
      priority: 'stream',
      sampling: 'ras',
      timeoutMs: 60_000,
    })
    const chunks: Chunk[] = []
    for (let samples = await stream.next(); samples !== undefined; samples = await stream.next()) {
      chunks.push({ atMs: performance.now() - asked, audioMs: (samples.length / stream.sampleRate) * 1000 })
    }
    return { firstAudioMs: chunks[0]?.atMs ?? Number.NaN, chunks }
  } finally {
    voice.release()
  }
}
