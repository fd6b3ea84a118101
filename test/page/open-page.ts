/** The page of a server in a browser, with what it complained of, and what people do on it. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { decodeWav } from '../../src/audio/wav-reader.ts'

const LIMIT_MS = 60_000

export interface OpenPage {
  readonly page: Page
  /** Errors and warnings of the console. */
  readonly complaints: string[]
  /** Waits until an element's text is like that. */
  shows(id: string, like: RegExp): Promise<void>
  text(id: string): Promise<string>
  /** Speaks what is there and waits until all of it has come. */
  speak(): Promise<void>
  download(): Promise<{ readonly name: string; readonly bytes: Buffer }>
  downloadWav(): Promise<Float32Array>
}

/** Opens `url`, and waits for the voices unless `isLocked`: a server that wants a key. */
export async function openPage(
  t: TestContext,
  browser: Browser,
  url: string,
  { isLocked = false, ...options }: BrowserContextOptions & { readonly isLocked?: boolean } = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ locale: 'en-US', ignoreHTTPSErrors: true, ...options })
  t.after(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(LIMIT_MS)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  const shows = (id: string, like: RegExp) => page.locator(`#${id}`, { hasText: like }).waitFor()
  await page.goto(url)
  if (!isLocked) {
    await page.locator('#state .ready').waitFor()
    await page.locator('#voices .voice').first().waitFor()
  }
  const opened: OpenPage = {
    page,
    complaints,
    shows,
    text: async (id) => (await page.textContent(`#${id}`)) ?? '',
    speak: async () => {
      await page.click('#speak')
      await page.waitForSelector('#speak:not([disabled])')
      await page.waitForSelector('#download:not([disabled])')
    },
    download: async () => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
    },
    downloadWav: async () => {
      const { samples } = decodeWav((await opened.download()).bytes, { maxSeconds: 600 })
      assert(
        samples.some((value) => Math.abs(value) > 0.01),
        'silence',
      )
      return samples
    },
  }
  return opened
}
