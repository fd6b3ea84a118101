/** What a model that cannot spell is given for letters. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { withLetterNames } from '../../src/text/letter-names.ts'

const CASES: readonly (readonly [string, string])[] = [
  ['a USB disk', 'a you ess bee disk'],
  ['NASA and the FBI.', 'Nasa and the eff bee eye.'],
  ['HTML five', 'aitch tee em ell five'],
  ['The CEOs read PDFs at ten PM.', 'The see ee ohs read pee dee effs at ten pee em.'],
  ['A T and T', 'ay tee and tee'],
  ['plan B', 'plan bee'],
  ['OK, the ID is A B C.', 'okay, the eye dee is ay bee see.'],
  ['I am a man. A dog, and I.', 'I am a man. A dog, and I.'],
  ["It's DON'T", "It's DON'T"],
  ['iPhone, MySQL, McDonald', 'iPhone, MySQL, McDonald'],
  ['[AA0] and <strong>', '[AA0] and <strong>'],
  ['我用USB', '我用USB'],
]

it('letters by themselves become their names; words, marks and Chinese text stay', () => {
  for (const [text, given] of CASES) assert.equal(withLetterNames(text), given)
  for (const [, given] of CASES) assert.equal(withLetterNames(given), given)
})
