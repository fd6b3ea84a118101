/** The API's page in a browser: every way to speak answers the first "Execute" with audio. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { openChromium, skipWithoutChromium } from '../helpers/chromium.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const LIMIT_MS = 60_000

describe('the page of the API in a browser', { skip: skipWithoutChromium() }, () => {
  let browser: Browser
  before(async () => {
    browser = await openChromium()
  })
  after(() => browser.close())

  for (const [path, type] of [
    ['/v1/audio/speech', 'application/json'],
    ['/inference_zero_shot', 'application/x-www-form-urlencoded'],
    ['/inference_zero_shot', 'application/json'],
    ['/inference_zero_shot', 'multipart/form-data'],
  ] as const) {
    it(`"Execute" of ${path} as ${type} gives audio that can be heard`, async (t) => {
      const { url } = await startTestServer(t)
      const page = await browser.newPage()
      page.setDefaultTimeout(LIMIT_MS)
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(`${url}/docs`)
      const operation = page.locator('.opblock-post', { has: page.locator(`[data-path="${path}"]`) })
      await operation.locator('.opblock-summary-control').click()
      await operation.getByRole('button', { name: 'Try it out' }).click()
      const types = operation.locator('.opblock-section-request-body select').first()
      if ((await types.count()) > 0) await types.selectOption(type)
      const answered = page.waitForResponse((answer) => answer.request().method() === 'POST')
      await operation.getByRole('button', { name: 'Execute' }).click()
      const answer = await answered
      assert.match((await answer.request().headerValue('content-type')) ?? '', new RegExp(`^${type}`))
      const shown = operation.locator('.live-responses-table')
      await shown.locator('.response-col_status').last().waitFor()
      assert.equal(answer.status(), 200, (await shown.textContent()) ?? '')
      if (path === '/v1/audio/speech') {
        const seconds = () =>
          shown.locator('audio').evaluate((player: unknown) => (player as { duration: number }).duration)
        await until(async () => (await seconds()) > 0.1, 'the answer can be played')
      } else {
        const link = shown.getByRole('link', { name: /download/i })
        const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
        assert(decodeWav(await readFile(await download.path()), { maxSeconds: 60 }).samples.length > 1000)
      }
      assert.deepEqual(complaints, [])
      await page.close()
    })
  }
})
