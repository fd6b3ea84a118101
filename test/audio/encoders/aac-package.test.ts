import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { requireAac } from '../../../src/audio/encoders/aac-package.ts'

const FILES = ['audio/encoders/aac-package.js', 'core/errors.js']

it('aac is refused where its packages are not installed, and the answer names them', async (t) => {
  requireAac()
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-aac-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const file of FILES) {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await cp(new URL(`../../../src/${file}`, import.meta.url), join(folder, file))
  }
  // Modules there: `.js` files of a folder without a package file are CommonJS.
  await cp(new URL('../../../../package.json', import.meta.url), join(folder, 'package.json'))
  const elsewhere = (await import(pathToFileURL(join(folder, FILES[0]!)).href)) as {
    requireAac: typeof requireAac
  }
  assert.throws(() => elsewhere.requireAac(), {
    code: 'INVALID_PARAMETER',
    detail: /got aac, for which mediabunny and @mediabunny\/aac-encoder are not installed here$/,
  })
})
