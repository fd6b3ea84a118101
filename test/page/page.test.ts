import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { ELSEWHERE, openChromium, skipWithoutChromium } from '../helpers/chromium.ts'
import { goldenDir } from '../helpers/paths.ts'
import { startTestServer, type TestServer } from '../helpers/test-server.ts'

const LIMIT_MS = 60_000

describe('the page in a browser', { skip: skipWithoutChromium() }, () => {
  let browser: Browser
  before(async () => {
    browser = await openChromium()
  })
  after(() => browser.close())

  /** The page of a server, with whatever it complained of. */
  async function open(server: TestServer, host = '127.0.0.1'): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage()
    page.setDefaultTimeout(LIMIT_MS)
    const complaints: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`http://${host}:${server.port}`)
    await shows(page, 'state-text', /^ready$/)
    await page.locator('#voice option').nth(1).waitFor({ state: 'attached' })
    return { page, complaints }
  }

  /** Waits until an element's text is like that. */
  const shows = (page: Page, id: string, like: RegExp) =>
    page.locator(`#${id}`, { hasText: like }).waitFor({ timeout: LIMIT_MS })

  async function speak(page: Page): Promise<void> {
    await page.click('#speak')
    await page.waitForSelector('#download:not([hidden])', { timeout: LIMIT_MS })
    await page.waitForSelector('#speak:not([disabled])', { timeout: LIMIT_MS })
  }

  const text = (page: Page, id: string) => page.textContent(`#${id}`)

  async function downloaded(page: Page): Promise<Float32Array> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
    return decodeWav(await readFile(await download.path()), { maxSeconds: 600 }).samples
  }

  for (const way of ['stream', 'live', 'whole']) {
    it(`speaks: ${way}`, async (t) => {
      const server = await startTestServer(t)
      const { page, complaints } = await open(server)
      await page.selectOption('#way', way)
      await speak(page)
      assert.match((await text(page, 'first'))!, /^\d+ ms$/)
      assert.match((await text(page, 'factor'))!, /^\d+\.\d{3}$/)
      assert.match((await text(page, 'underruns'))!, /^\d+$/)
      const samples = await downloaded(page)
      assert.equal((samples.length / 24_000).toFixed(2), (await text(page, 'length'))!.replace(' s', ''))
      assert(
        samples.some((value) => Math.abs(value) > 0.01),
        'silence',
      )
      assert.deepEqual(complaints, [])
      await page.close()
    })
  }

  for (const way of ['stream', 'live', 'whole']) {
    it(`speaks on plain http off localhost, where there is no worklet and no microphone: ${way}`, async (t) => {
      const server = await startTestServer(t)
      const { page, complaints } = await open(server, ELSEWHERE)
      assert.equal(await page.evaluate('isSecureContext'), false)
      await page.selectOption('#way', way)
      await speak(page)
      assert.match((await text(page, 'underruns'))!, /^\d+$/)
      assert.equal(
        ((await downloaded(page)).length / 24_000).toFixed(2),
        (await text(page, 'length'))!.replace(' s', ''),
      )
      await page.selectOption('#voice', { label: 'Your recording…' })
      await page.click('#record')
      await page.waitForSelector('#error:not([hidden])')
      assert.match((await text(page, 'error'))!, /https or localhost/)
      assert.deepEqual(complaints, [])
      await page.close()
    })
  }

  it('shows what will be said, on request and as the text changes', async (t) => {
    const { page, complaints } = await open(await startTestServer(t))
    assert.equal(await page.isHidden('#said'), true)
    await page.fill('#text', 'It is 5 kg. 😀 Привет')
    await page.click('#show-said')
    await shows(page, 'said', /^It is five kilograms\.$/)
    await shows(page, 'said-warnings', /Cyrillic/)
    await page.fill('#text', 'Now $5.')
    await shows(page, 'said', /^Now five dollars\.$/)
    await page.fill('#text', '<speak>broken')
    await shows(page, 'said-warnings', /well-formed/)
    assert.equal(complaints.filter((one) => !one.includes('422')).length, 0, complaints.join())
    await page.close()
  })

  it('what is stopped off localhost is silent, and the next speech is heard', async (t) => {
    const server = await startTestServer(t, { script: { samplesPerCharacter: 16_000, chunkMs: 50 } })
    const { page } = await open(server, ELSEWHERE)
    for (let turn = 0; turn < 2; turn++) {
      await page.click('#speak')
      await shows(page, 'first', /ms$/)
      await page.click('#stop')
      await page.waitForSelector('#speak:not([disabled])')
      assert.equal(await page.isHidden('#error'), true)
    }
    await page.close()
  })

  it('speaks with an uploaded and with a recorded voice', async (t) => {
    const { page, complaints } = await open(await startTestServer(t))
    await page.selectOption('#voice', { label: 'Your recording…' })
    await page.setInputFiles('#file', join(goldenDir, 'inputs/prompt_24k.wav'))
    await page.fill('#transcript', 'The golden prompt is a short sentence.')
    await speak(page)
    await page.click('#record')
    await shows(page, 'record', /Stop$/)
    await page.waitForTimeout(700)
    await page.click('#record')
    await shows(page, 'recorded', /s recorded$/)
    await speak(page)
    assert.deepEqual(complaints, [])
    await page.close()
  })

  it('a refusal is shown as the server says it, and the page goes on', async (t) => {
    const { page } = await open(await startTestServer(t, { set: ['limits.max_text_length=10'] }))
    await page.click('#speak')
    await page.waitForSelector('#error:not([hidden])')
    assert.match((await text(page, 'error'))!, /Maximum text length is 10 characters/)
    await page.fill('#text', 'Hi there.')
    await speak(page)
    assert.equal(await page.isHidden('#error'), true)
    await page.close()
  })

  it('stopping frees the synthesis', async (t) => {
    const server = await startTestServer(t, { script: { samplesPerCharacter: 16_000, chunkMs: 50 } })
    const { page } = await open(server)
    await page.click('#speak')
    await shows(page, 'first', /ms$/)
    await page.click('#stop')
    await page.waitForSelector('#speak:not([disabled])')
    assert.equal(await page.isHidden('#error'), true)
    await page.close()
  })

  it('with API keys the page says so and works once it has one', async (t) => {
    const hash = '2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683'
    const server = await startTestServer(t, { set: [`server.apiKeys=${hash}`] })
    const page = await browser.newPage()
    await page.goto(server.url)
    await shows(page, 'state-text', /needs an API key/)
    await page.click('summary')
    await page.fill('#key', 'key')
    await page.locator('#voice option').nth(1).waitFor({ state: 'attached' })
    await speak(page)
    await page.selectOption('#way', 'live')
    await speak(page)
    await page.close()
  })
})
