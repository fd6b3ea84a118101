/** Tests of the page: what it looks like at every width, in both languages, and the panel of the server. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { repoRoot } from '../helpers/paths.ts'
import { isRequired } from '../helpers/required-tools.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'
import { openPage } from './open-page.ts'

/** Where `.ci/run` puts it. */
const AXE = join(repoRoot, '.cache/axe/node_modules/axe-core/axe.min.js')

/** What a reader would call cut off: wider than the page, or a control whose words do not fit. */
const CUT = `[...document.querySelectorAll('body, header, main, .card, button, label, dt, dd, summary, figcaption, h2, h3')]
  .filter((node) => node.checkVisibility() && !node.classList.contains('hidden') && !node.closest('.scroll'))
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline')
  .map((node) => node.outerHTML.slice(0, 100))`

/** Canvases whose pixels are not those of the screen. */
const BLURRED = `[...document.querySelectorAll('canvas')].filter((node) => node.checkVisibility()).filter(
  (node) => Math.abs(node.width - node.clientWidth * devicePixelRatio) > 1 || Math.abs(node.height - node.clientHeight * devicePixelRatio) > 1,
).map(({ id, width, height }) => [id, width, height].join())`

/** None where axe is not installed and not required. */
async function violations(page: Page): Promise<string[]> {
  if (!existsSync(AXE) && !isRequired('axe')) return []
  await page.evaluate(readFileSync(AXE, 'utf8'))
  return (await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join()))',
  )) as string[]
}

async function looksRight(page: Page, what: string): Promise<void> {
  assert.equal(
    await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
    0,
    `${what}: too wide`,
  )
  assert.deepEqual(await page.evaluate(CUT), [], `${what}: cut off`)
  await until(
    async () => ((await page.evaluate(BLURRED)) as string[]).length === 0,
    `${what}: sharp pictures`,
  )
}

export function looking(browser: () => Browser): void {
  for (const [width, colorScheme, locale] of [
    [390, 'light', 'zh-CN'],
    [390, 'dark', 'en-US'],
    [820, 'dark', 'zh-CN'],
    [820, 'light', 'en-US'],
    [1440, 'light', 'en-US'],
    [1440, 'dark', 'zh-CN'],
  ] as const) {
    it(`looks right at ${width} pixels, ${colorScheme}, ${locale}`, async (t) => {
      const { url } = await startTestServer(t)
      // axe is run inside the page, which would forbid it.
      const shape = { viewport: { width, height: 900 }, colorScheme, locale, bypassCSP: true }
      const { page, complaints, speak } = await openPage(t, browser(), url, shape)
      const language = locale.slice(0, 2)
      assert.equal(await page.getAttribute('html', 'lang'), language)
      await looksRight(page, 'at the start')
      const box = () => page.locator('#player').boundingBox()
      const before = await box()
      await speak()
      assert.deepEqual(await box(), before, 'the player jumped')
      for (const id of ['#show-said', '#show-code', '#key-fold summary']) await page.click(id)
      await page.check('#voice-own')
      await page.click('#keep-fold summary')
      await looksRight(page, 'with everything open')
      assert.deepEqual(await violations(page), [])
      await page.click('#tab-server')
      await page.locator('#server td').first().waitFor()
      await looksRight(page, 'the panel')
      assert.deepEqual(await violations(page), [])
      await page.selectOption('#language', language === 'zh' ? 'en' : 'zh')
      await looksRight(page, 'the panel in the other language')
      const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
      const [first, other] = [await paper(), colorScheme === 'dark' ? 'light' : 'dark']
      await page.selectOption('#theme', other)
      assert.notEqual(await paper(), first)
      assert.deepEqual(await violations(page), [], `${other} by hand`)
      await page.reload()
      await page.locator('#state .ready').waitFor()
      assert.deepEqual([(await paper()) === first, await page.inputValue('#theme')], [false, other])
      await page.selectOption('#theme', 'auto')
      assert.equal(await paper(), first)
      assert.equal(await page.getAttribute('html', 'lang'), language === 'zh' ? 'en' : 'zh')
      assert.equal(await page.isVisible('#server'), true)
      assert.deepEqual(complaints, [])
    })
  }

  it('pictures stay sharp on another screen, and those of an earlier take go', async (t) => {
    const { url } = await startTestServer(t)
    const { page, speak } = await openPage(t, browser(), url)
    const painted = () =>
      page.evaluate(`(() => {
        const { width, height } = wave
        return wave.getContext('2d').getImageData(0, 0, width, height).data.some((value) => value > 0)
      })()`)
    assert.equal(await painted(), false)
    assert.equal(await page.isVisible('#scope-empty'), true)
    await speak()
    await until(async () => (await painted()) === true, 'the waveform is drawn')
    assert.equal(await page.isVisible('#scope-empty'), false)
    const devices = await page.context().newCDPSession(page)
    for (const deviceScaleFactor of [2, 1, 1.5, 1]) {
      await devices.send('Emulation.setDeviceMetricsOverride', {
        ...{ width: 1000, height: 900, mobile: false, deviceScaleFactor },
      })
      await until(
        async () =>
          (await page.evaluate('devicePixelRatio')) === deviceScaleFactor &&
          ((await page.evaluate(BLURRED)) as string[]).length === 0,
        `sharp at ${deviceScaleFactor}`,
      )
    }
    await page.route('**/v1/audio/speech', () => {})
    await page.click('#speak')
    await until(async () => (await painted()) === false, 'the earlier waveform has gone')
    await page.click('#stop')
  })

  it('the panel shows listeners, first audio and devices, and asks quietly and only while it is open', async (t) => {
    const { url, logs } = await startTestServer(t, { script: { samplesPerCharacter: 16_000, chunkMs: 100 } })
    const { page, complaints, shows, text } = await openPage(t, browser(), url)
    const asked = () => logs.filter(({ route }) => route === '/v1/status').length
    const before = asked()
    await page.click('#speak')
    await shows('first', /ms$/)
    assert.equal(asked(), before)
    await page.focus('#tab-playground')
    await page.keyboard.press('ArrowRight')
    assert.equal(await page.getAttribute('#tab-server', 'aria-selected'), 'true')
    await page.locator('.leads li').waitFor()
    assert.match(await text('server'), /Listeners now: 1/)
    assert.match(await text('server'), /cpu:0/)
    const firstAudio = page.locator('figure', { hasText: 'Time to first audio' })
    assert.match((await firstAudio.textContent())!, /\d+ ms/)
    assert.match((await firstAudio.locator('canvas').getAttribute('aria-label'))!, /\d+ ms/)
    const lines = logs.filter(({ route }) => route === '/v1/status')
    assert(lines.length > before && lines.every(({ level }) => level === 20))
    await page.click('#tab-playground')
    await page.click('#stop')
    assert.deepEqual(complaints, [])
  })

  it('engine words stand in the panel only', async (t) => {
    const { url } = await startTestServer(t)
    const { text } = await openPage(t, browser(), url)
    assert.doesNotMatch(await text('playground'), /\b(LLM|lane|hop|slot|flow state|batch|underrun)s?\b/i)
  })
}
