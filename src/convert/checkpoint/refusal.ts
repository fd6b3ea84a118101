/**
 * The sentence with which a checkpoint is refused: file, place in it, expected, got.
 *
 * Text from the file is shortened and made printable before it is shown.
 */
import { TtsError } from '../../core/errors.ts'

/** A refusal to throw. `place` names the spot inside the file (a key, a record, an offset); may be empty. */
export function refusal(
  file: string,
  place: string,
  expected: string,
  got: string,
  cause?: unknown,
): TtsError {
  const where = place === '' ? file : `${file}, ${place}`
  return new TtsError(
    'BAD_CHECKPOINT',
    where,
    `expected ${expected}, got ${got}`,
    cause === undefined ? {} : { cause },
  )
}

const LONGEST_SHOWN = 120

/** Text that a file brought, fit for one line of a terminal: no control characters, not endless. */
export function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const printable = text.slice(0, LONGEST_SHOWN).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '·')
  return text.length > LONGEST_SHOWN ? `${printable}…` : printable
}
