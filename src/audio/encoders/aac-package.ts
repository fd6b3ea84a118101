/** The optional packages that encode AAC: whether they are here, and what they give. */
import { TtsError } from '../../core/errors.ts'

const NAMES = ['mediabunny', '@mediabunny/aac-encoder']

export type Mediabunny = typeof import('mediabunny')

let library: Promise<Mediabunny> | undefined

let isHere: boolean | undefined

export function hasAac(): boolean {
  isHere ??= NAMES.every(isInstalled)
  return isHere
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}

/** Throws INVALID_PARAMETER where they are not installed. */
export function requireAac(): void {
  if (hasAac()) return
  const detail = `expected another format, got aac, for which ${NAMES.join(' and ')} are not installed here`
  throw new TtsError('INVALID_PARAMETER', 'No AAC encoder', detail)
}

/** Once in a process: the encoder is made known to the library. */
export function loadMediabunny(): Promise<Mediabunny> {
  library ??= load()
  return library
}

async function load(): Promise<Mediabunny> {
  const [mediabunny, { registerAacEncoder }] = await Promise.all([
    import('mediabunny'),
    import('@mediabunny/aac-encoder'),
  ])
  registerAacEncoder()
  return mediabunny
}
