/** A real Chromium for tests of the page and of browser clients. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'

const PLACES = [
  process.env.LIGHT_TTS_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/**
 * Why tests that need a browser are left out, or false. Where everything is required (`LIGHT_TTS_TEST_REQUIRE_ALL=1`, as
 * in CI) nothing is left out: they fail.
 */
export function skipWithoutChromium(): string | false {
  if (findChromium() !== undefined || process.env.LIGHT_TTS_TEST_REQUIRE_ALL === '1') return false
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
    ],
  })
}

function findChromium(): string | undefined {
  return PLACES.find((place) => place !== undefined && existsSync(place))
}
