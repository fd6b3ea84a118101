/** Tests of the page: the player, files in every format, and the takes of a session. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Browser } from 'playwright-core'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'
import { openPage } from './open-page.ts'

/** How files of each format begin; PCM and µ-law have no beginning of their own. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  wav: /^RIFF....WAVEfmt /s,
  pcm: /^/,
  mp3: /^(ID3|\xff[\xe0-\xff])/,
  opus: /^OggS/,
  flac: /^fLaC/,
  aac: /^\xff\xf1/,
  mulaw: /^/,
}

/** In the page: plays pieces of a take on an offline clock, and gives what would be heard. */
const RENDERED = `async ({ rate, cuts, from }) => {
  const { Player } = await import('/page/player.js')
  const { Take } = await import('/page/take.js')
  const take = new Take({}, rate)
  const wave = Float32Array.from({ length: cuts.at(-1) }, (_, i) => Math.sin(i * 0.37) * 0.5 + 0.2)
  const context = new OfflineAudioContext(1, wave.length + rate, rate)
  const player = new Player(() => context)
  player.load(take)
  if (from > 0) {
    take.add(wave.slice(0, cuts[0]))
    player.seek(from / rate)
  }
  player.play()
  let at = take.length
  for (const cut of cuts) {
    if (cut <= at) continue
    take.add(wave.slice(at, cut))
    at = cut
    player.grew()
  }
  take.isDone = true
  player.grew()
  const heard = (await context.startRendering()).getChannelData(0)
  const first = heard.findIndex((value) => value !== 0)
  let wrong = 0
  for (let i = from; i < wave.length; i++) if (heard[first + i - from] !== wave[i]) wrong++
  return { first: first / rate, wrong, after: heard.slice(first + wave.length - from).some((value) => value !== 0) }
}`

export function playing(browser: () => Browser): void {
  it('pieces of any length are heard one behind the other without a gap, sample for sample', async (t) => {
    const { url } = await startTestServer(t)
    const { page } = await openPage(t, browser(), url)
    for (const rate of [8000, 22_050, 24_000, 44_100, 48_000])
      for (const from of [0, 1001]) {
        // Single samples, odd lengths, and more than a second in one piece.
        const cuts = [
          2400, 2401, 2402, 3000, 7321, 7322, 9007, 31_007, 31_008, 31_009, 31_010, 31_700, 91_003,
        ]
        const { first, ...heard } = (await page.evaluate(
          `(${RENDERED})(${JSON.stringify({ rate, cuts, from })})`,
        )) as {
          first: number
          wrong: number
          after: boolean
        }
        assert.deepEqual(heard, { wrong: 0, after: false }, `${rate} from ${from}`)
        assert(first < 0.1, `heard after ${first} s`)
      }
  })

  it('plays, pauses, seeks and begins again, by pointer and keyboard', async (t) => {
    const { url } = await startTestServer(t, { script: { samplesPerCharacter: 4000 } })
    const { page, complaints, speak } = await openPage(t, browser(), url)
    assert.equal(await page.isDisabled('#play'), true)
    await page.fill('#text', 'x'.repeat(80))
    await speak()
    const position = async () => Number(await page.inputValue('#seek'))
    const label = () => page.getAttribute('#play', 'aria-label')
    assert.equal(await label(), 'Pause')
    await page.click('#play')
    assert.equal(await label(), 'Play')
    const paused = await position()
    await page.waitForTimeout(150)
    assert.equal(await position(), paused)
    await page.locator('#seek').fill('10')
    assert.equal(await position(), 10)
    await page.focus('#seek')
    await page.keyboard.press('ArrowRight')
    assert((await position()) > 10)
    const { x, y, width, height } = (await page.locator('#scope').boundingBox())!
    await page.mouse.click(x + width / 4, y + height / 2)
    assert(Math.abs((await position()) - 5) < 0.2, `${await position()}`)
    assert.match((await page.getAttribute('#seek', 'aria-valuetext'))!, /^5\.\d of 20\.0 seconds$/)
    await page.click('#play')
    await until(async () => (await position()) > 5.3, 'it plays on')
    await page.click('#replay')
    assert((await position()) < 5)
    assert.equal(await label(), 'Pause')
    await page.locator('#volume').fill('0')
    // The last moments are heard to the end, and then it can be played again.
    await page.locator('#seek').fill('19.9')
    await page.waitForSelector('#play:not(.playing)')
    assert.equal(await position(), 20)
    await page.click('#play')
    assert((await position()) < 15)
    assert.deepEqual(complaints, [])
  })

  it('files come in every format, and a take can be asked for again', async (t) => {
    const { url, synthesizer } = await startTestServer(t)
    const { page, complaints, speak, download, downloadWav } = await openPage(t, browser(), url)
    await page.locator('#speed').fill('1.5')
    for (const [format, beginning] of Object.entries(BEGINNINGS)) {
      // A format that is chosen afterwards counts as well.
      if (format === 'flac') await speak()
      await page.selectOption('#format', format)
      if (format !== 'flac') await speak()
      const made = synthesizer.spoken.at(-1)!
      const before = synthesizer.spoken.length
      const { name, bytes } = await download()
      assert.match(bytes.toString('latin1'), beginning)
      assert(bytes.length > 1000, `${format}: ${bytes.length} bytes`)
      assert.equal(name, `light-tts-${made.options.seed}.${{ opus: 'ogg', mulaw: 'ulaw' }[format] ?? format}`)
      assert.equal(synthesizer.spoken.length, before, `${format}: nothing is spoken again for a file`)
    }
    const first = synthesizer.spoken[0]!
    await page.locator('#speed').fill('1')
    await page.fill('#text', 'Another text.')
    const oldest = page.locator('#takes li').last()
    assert.match((await oldest.textContent())!, new RegExp(`anna.*Streamed.*1\\.5 ×.*${first.options.seed}`))
    await oldest.getByRole('button', { name: 'Use these settings' }).click()
    assert.equal(await page.inputValue('#text'), first.text)
    await speak()
    const { options } = synthesizer.spoken.at(-1)!
    assert.deepEqual([options.seed, options.speed], [first.options.seed, 1.5])
    const samples = await downloadWav()
    await oldest.getByRole('button', { name: 'Play' }).click()
    assert.deepEqual(await downloadWav(), samples)
    await oldest.getByRole('button', { name: 'Remove' }).click()
    assert.equal(await page.locator('#takes li').count(), Object.keys(BEGINNINGS).length)
    assert.deepEqual(complaints, [])
  })

  it('words are marked in the text as they are spoken', async (t) => {
    const { url } = await startTestServer(t)
    const { page, speak } = await openPage(t, browser(), url)
    const text = 'Pay $5, now.'
    const events = [
      { type: 'speech.word', text: 'Pay', start: 0, end: 1, from: 0, to: 3 },
      { type: 'speech.audio.delta', audio: Buffer.alloc(96_000).toString('base64') },
      { type: 'speech.word', text: '$5', start: 1, end: 2.5, from: 4, to: 6 },
      { type: 'speech.word', text: 'now', start: 2.5, end: 4, from: 8, to: 11 },
      // Longer than the slowest machine needs to pause it.
      { type: 'speech.audio.delta', audio: Buffer.alloc(1_920_000).toString('base64') },
      { type: 'speech.audio.done' },
    ]
    await page.route('**/v1/audio/speech', (route) => {
      const { stream_format, timestamps } = route.request().postDataJSON() as Record<string, unknown>
      assert.deepEqual([stream_format, timestamps], ['sse', 'word'])
      const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
      return route.fulfill({ contentType: 'text/event-stream', body })
    })
    await page.fill('#text', text)
    await speak()
    await page.click('#play')
    assert.equal(await page.textContent('#captions'), text)
    for (const [seconds, word] of [
      ['0.5', 'Pay'],
      ['1.2', '$5'],
      ['2.4', '$5'],
      ['3.9', 'now'],
      ['0', 'Pay'],
    ] as const) {
      await page.locator('#seek').fill(seconds)
      assert.deepEqual(await page.locator('#captions .now').allTextContents(), [word], seconds)
    }
  })
}
