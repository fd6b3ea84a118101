/** What the flow takes of a voice, checked against the model. */
import { TtsError } from '../../core/errors.ts'
import type { Voice } from '../../core/voice.ts'
import type { FlowDims } from './flow-dims.ts'

/** `mel` is `[frames, mels]`; its frames are the prompt's, whatever the number of tokens. All but the embedding may be empty. */
export type FlowVoice = Pick<Voice, 'speechTokens' | 'mel' | 'embedding'>

/** Throws INTERNAL where the voice is not one of this model. */
export function checkVoice(dims: FlowDims, voice: FlowVoice): void {
  const wrong = (what: string, detail: string) =>
    new TtsError('INTERNAL', `flow: ${what} does not fit the model`, detail)
  if (voice.embedding.length !== dims.speaker)
    throw wrong('speaker embedding', `expected ${dims.speaker} values, got ${voice.embedding.length}`)
  if (voice.mel.length % dims.mels !== 0)
    throw wrong('prompt mel', `expected a multiple of ${dims.mels} values, got ${voice.mel.length}`)
  checkTokens(dims, voice.speechTokens)
}

/** Throws INTERNAL for an id that is no ordinary speech token. */
export function checkTokens(dims: FlowDims, tokens: ArrayLike<number>): void {
  for (let i = 0; i < tokens.length; i++) {
    const id = tokens[i]!
    if (Number.isInteger(id) && id >= 0 && id < dims.vocab) continue
    const detail = `expected an id from 0 to ${dims.vocab - 1}, got ${id} at ${i}`
    throw new TtsError('INTERNAL', 'flow: not a speech token', detail)
  }
}

/** The prompt's mel for frames `[from, from + count)`, zero behind its end: `[count, mels]`. */
export function promptMel(dims: FlowDims, voice: FlowVoice, from: number, count: number): Float32Array {
  const rows = new Float32Array(count * dims.mels)
  rows.set(voice.mel.subarray(from * dims.mels, (from + count) * dims.mels))
  return rows
}

/** Of frames `[from, from + count)`, how many at the start are the prompt's. */
export function promptFrames(dims: FlowDims, voice: FlowVoice, from: number, count: number): number {
  return Math.min(count, Math.max(0, voice.mel.length / dims.mels - from))
}
