/** A way by which bytes of strangers come in, and what may become of them. */
import assert from 'node:assert/strict'
import { TtsError } from '../../src/core/errors.ts'

export interface Door {
  readonly name: string
  /** What means something there. */
  readonly words: readonly string[]
  /**
   * Takes the input in and says what became of it, in a word that groups inputs alike. Throws where anything happened
   * that must not: another error than a refusal, a broken result, something still held.
   */
  judge(bytes: Buffer): Promise<string>
}

/** What a refusal is called: its code and the kind of its reason, without numbers and names of this input. */
export function kindOf(error: unknown): string {
  if (!(error instanceof TtsError)) throw error
  assert.notEqual(error.code, 'INTERNAL', error.detail)
  const reason = error.detail.replace(/'[^']*'|"[^"]*"|-?\d[\d.e+]*/g, '#').replace(/\bgot .*/s, 'got …')
  return `${error.code}: ${reason.slice(0, 60)}`
}

/** `act`'s word, or that of the refusal, which must have one of these codes. */
export async function refusedOr(
  codes: readonly string[],
  act: () => Promise<string> | string,
): Promise<string> {
  try {
    return await act()
  } catch (error) {
    const kind = kindOf(error)
    assert(codes.includes((error as TtsError).code), kind)
    return kind
  }
}
