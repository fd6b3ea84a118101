/** A real Chromium for tests of the page and of browser clients. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { isRequired } from './required-tools.ts'

const PLACES = [
  process.env.LIGHT_TTS_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** A host that Chromium finds at 127.0.0.1 and takes for any plain-http address of a network. */
export const ELSEWHERE = 'speech.test'

/** Why tests that need a browser are left out, or false. */
export function skipWithoutChromium(): string | false {
  if (findChromium() !== undefined || isRequired('chromium')) return false
  return 'no Chromium here: install it, or name it in LIGHT_TTS_TEST_CHROMIUM'
}

export async function openChromium(): Promise<Browser> {
  const executablePath = findChromium()
  assert(executablePath !== undefined, 'no Chromium here')
  const { chromium } = await import('playwright-core')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      // A name that is not localhost: for the browser a page from anywhere, which it trusts less.
      `--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`,
    ],
  })
}

function findChromium(): string | undefined {
  return PLACES.find((place) => place !== undefined && existsSync(place))
}
