/** A sentence that measures a synthesizer. */
import type { LaneSynthesizer } from './synthesizer.ts'

/** A sentence by the bundle's first voice, without a listener. */
export async function sayAloud(
  synthesizer: LaneSynthesizer,
  seed: number,
  signal: AbortSignal,
): Promise<void> {
  const { id } = synthesizer.listVoices()[0]!
  const voice = await synthesizer.prepareVoice({ kind: 'stored', id }, 'default')
  const stream = synthesizer.speak('The quick brown fox jumps over the lazy dog near the river bank.', {
    voice,
    model: 'default',
    speed: 1,
    seed,
    priority: 'stream',
    sampling: 'ras',
    // A machine may need long for its first audio, and is to be measured all the same.
    timeoutMs: 60_000,
  })
  const leave = () => stream.cancel()
  signal.addEventListener('abort', leave, { once: true })
  try {
    while ((await stream.next()) !== undefined);
  } catch {
    // Called off: the time is over.
  } finally {
    signal.removeEventListener('abort', leave)
    voice.release()
  }
}
