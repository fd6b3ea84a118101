/** Which kind of flow and vocoder a benchmark runs. */
export type AcousticKind = 'unet' | 'dit'

/** Throws for another name. */
export function acousticKind(name = 'unet'): AcousticKind {
  if (name === 'unet' || name === 'dit') return name
  throw new Error(`expected --kind unet or dit, got '${name}'`)
}
