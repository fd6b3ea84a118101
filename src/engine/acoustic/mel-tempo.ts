/**
 * The tempo of a whole utterance, changed on its mel. Pure.
 *
 * Source: `token2wav` of the reference (`cosyvoice/cli/model.py`), speed: linear interpolation along time to ⌊frames / speed⌋ frames, sample points at the
 * frames' centres (torch's `interpolate(mode='linear')`).
 */

/** `mel` `[frames, mels]` → `[⌊frames / speed⌋, mels]`. Speed 2 is twice as fast. */
export function stretchMel(mel: Float32Array, mels: number, speed: number): Float32Array {
  const frames = mel.length / mels
  const target = Math.floor(frames / speed)
  const out = new Float32Array(target * mels)
  const step = frames / target
  for (let frame = 0; frame < target; frame++) {
    const at = Math.max(0, (frame + 0.5) * step - 0.5)
    const low = Math.min(Math.floor(at), frames - 1)
    const high = Math.min(low + 1, frames - 1)
    const share = at - low
    for (let band = 0; band < mels; band++) {
      out[frame * mels + band] = (1 - share) * mel[low * mels + band]! + share * mel[high * mels + band]!
    }
  }
  return out
}
