/** Tests of the page: speech in every way, wherever the page is opened, and what is said where there is none. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { ELSEWHERE } from '../helpers/chromium.ts'
import { startFrontProxy } from '../helpers/front-proxy.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { openPage } from './open-page.ts'

/** Origins that are listed and are not the page's own. */
const OTHERS = 'server.allowedOrigins=https://page.test'

/** Where a page may be opened: its address, for a server that is started with that. */
const PLACES: Readonly<Record<string, (t: TestContext) => Promise<string>>> = {
  'on localhost': async (t) => (await startTestServer(t, { set: [OTHERS] })).url,
  'on plain http off localhost': async (t) =>
    `http://${ELSEWHERE}:${(await startTestServer(t, { set: [OTHERS] })).port}`,
  'on https, below a path that the proxy takes off': async (t) => {
    const { port } = await startTestServer(t, { set: [OTHERS] })
    return `https://${ELSEWHERE}:${await startFrontProxy(t, port, { isTls: true, path: '/a/tts' })}/a/tts/`
  },
  'on plain http, behind a proxy that changes Host, below a path that it keeps': async (t) => {
    const { port } = await startTestServer(t, { set: [OTHERS, 'server.basePath=/tts'] })
    return `http://${ELSEWHERE}:${await startFrontProxy(t, port, { path: '/tts', keepsPath: true })}/tts`
  },
}

export function speaking(browser: () => Browser): void {
  for (const [place, start] of Object.entries(PLACES)) {
    it(`speaks in every way ${place}`, async (t) => {
      const { page, complaints, speak, text, downloadWav } = await openPage(t, browser(), await start(t))
      for (const way of ['stream', 'live', 'whole']) {
        await page.selectOption('#way', way)
        await speak()
        assert.equal(await page.isHidden('#error'), true, way)
        assert.match(await text('first'), /^\d+ ms$/)
        assert.match(await text('factor'), /^\d+\.\d{3}$/)
        assert.match(await text('underruns'), /^\d+$/)
        assert((await page.locator('#captions span').count()) > 0, `${way}: words with times`)
        const seconds = (await downloadWav()).length / 24_000
        assert.equal(`${seconds.toFixed(2)} s`, await text('length'))
      }
      assert.equal(await page.locator('#takes li').count(), 3)
      assert.deepEqual(complaints, [])
    })
  }

  it('stopping frees the synthesis, and the next speech is heard', async (t) => {
    const { url } = await startTestServer(t, { script: { samplesPerCharacter: 16_000, chunkMs: 50 } })
    const { page, shows } = await openPage(t, browser(), url)
    for (let turn = 0; turn < 2; turn++) {
      await page.click('#speak')
      await shows('first', /ms$/)
      await page.click('#stop')
      await page.waitForSelector('#speak:not([disabled])')
      assert.equal(await page.isHidden('#error'), true)
      // What was heard until then stays.
      assert.equal(await page.locator('#takes li').count(), turn + 1)
    }
  })

  it('Ctrl+Enter speaks, also while it is written', async (t) => {
    const { url, synthesizer } = await startTestServer(t)
    const { page } = await openPage(t, browser(), url)
    await page.fill('#text', 'By the keyboard.')
    await page.press('#text', 'Control+Enter')
    await page.waitForSelector('#download:not([disabled])')
    assert.equal(synthesizer.spoken[0]?.text, 'By the keyboard.')
  })

  it('a refusal says what to do, and the page goes on', async (t) => {
    const { url } = await startTestServer(t, {
      set: ['limits.rate_limit=2/minute', 'limits.max_input_length=20'],
    })
    const { page, text, speak } = await openPage(t, browser(), url)
    assert.match(await text('counter'), /^\d+ \/ 20$/)
    assert.match((await page.getAttribute('#counter', 'class')) ?? '', /over/)
    await page.click('#speak')
    await page.waitForSelector('#error:not([hidden])')
    assert.match(await text('error'), /too long.*Maximum text length is 20 characters/)
    await page.fill('#text', 'Hi there.')
    await speak()
    assert.equal(await page.isHidden('#error'), true)
    await page.click('#speak')
    await page.waitForSelector('#error:not([hidden])')
    assert.match(await text('error'), /\(2 a minute\).*limits\.rate_limit.*Try again in \d+ s/)
    await page.selectOption('#way', 'live')
    await page.click('#speak')
    await page.waitForSelector('#speak:not([disabled])')
    assert.match(await text('error'), /\(2 a minute\)/)
  })

  it('a server that went away is said to be so', async (t) => {
    const { url } = await startTestServer(t)
    const { page, text } = await openPage(t, browser(), url)
    await page.route('**/v1/audio/speech', (route) => route.abort())
    await page.click('#speak')
    await page.waitForSelector('#error:not([hidden])')
    assert.match(await text('error'), /cannot be reached/)
  })

  it('with API keys the page says so and works once it has one', async (t) => {
    const hash = '2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683'
    const { url } = await startTestServer(t, { set: [`server.apiKeys=${hash}`] })
    const { page, shows, speak, text } = await openPage(t, browser(), url, { isLocked: true })
    await shows('state-text', /needs an API key/)
    await page.fill('#key', 'key')
    await page.locator('#voices .voice').first().waitFor()
    await speak()
    await page.selectOption('#way', 'live')
    await speak()
    await page.click('#show-code')
    assert.match(await text('code'), /Authorization: Bearer \$LIGHT_TTS_KEY/)
    assert.doesNotMatch(await text('code'), /Bearer key/)
  })
}
