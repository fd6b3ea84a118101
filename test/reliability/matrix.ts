/**
 * The faults that the product promises to survive, each with what a test does and where. What was seen is the tests' own
 * titles, so the page that `node dist/test/reliability/page.js` writes cannot promise what no test says.
 */
import { FAULT_ROWS } from './matrix-faults.ts'
import { INPUT_ROWS } from './matrix-input.ts'
import { LEAK_ROWS } from './matrix-leaks.ts'
import { LOAD_ROWS } from './matrix-load.ts'
import type { MatrixRow } from './matrix-row.ts'

export const MATRIX: Readonly<Record<string, readonly MatrixRow[]>> = {
  'Load held': LOAD_ROWS,
  'Faults survived': FAULT_ROWS,
  'Bad input': INPUT_ROWS,
  Leaks: LEAK_ROWS,
}
