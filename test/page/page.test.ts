/** The page in a real browser: one for all of it. */
import { after, before, describe } from 'node:test'
import type { Browser } from 'playwright-core'
import { openChromium, skipWithoutChromium } from '../helpers/chromium.ts'
import { choosing } from './choosing.ts'
import { looking } from './looking.ts'
import { playing } from './playing.ts'
import { speaking } from './speaking.ts'

describe('the page in a browser', { skip: skipWithoutChromium() }, () => {
  let browser: Browser
  before(async () => {
    browser = await openChromium()
  })
  after(() => browser.close())
  for (const part of [speaking, playing, choosing, looking]) part(() => browser)
})
