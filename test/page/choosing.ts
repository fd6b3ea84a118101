/** Tests of the page: voices, the reader's own recording, settings, what will be said, and the request as code. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { ELSEWHERE } from '../helpers/chromium.ts'
import { goldenDir } from '../helpers/paths.ts'
import { DEFAULT_ABILITIES } from '../helpers/script.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'
import { openPage } from './open-page.ts'

const RECORDING = join(goldenDir, 'inputs/prompt_24k.wav')
const run = promisify(execFile)

async function keepVoice(url: string, fields: Record<string, string>): Promise<void> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('prompt_text', 'Hello.')
  form.append('prompt_wav', new Blob([await readFile(RECORDING)]), 'prompt.wav')
  assert.equal((await fetch(`${url}/v1/voices`, { method: 'POST', body: form })).status, 201)
}

export function choosing(browser: () => Browser): void {
  it('voices are cards: filtered, heard, chosen with a text that fits, by keyboard too', async (t) => {
    const { url, synthesizer } = await startTestServer(t, { script: { samplesPerCharacter: 16_000 } })
    await keepVoice(url, { id: 'bea', language: 'en', gender: 'female', description: 'Calm.' })
    await keepVoice(url, { id: '小美', language: 'zh' })
    const { page, complaints, text } = await openPage(t, browser(), url)
    // The page is in English, so an English voice is chosen.
    assert.equal(await page.isChecked('[value=bea]'), true)
    assert.match(await page.inputValue('#text'), /^Good morning/)
    const bea = page.locator('.voice', { has: page.locator('[value=bea]') })
    assert.match((await bea.textContent())!, /bea.*English · woman · kept here.*Calm\./)
    for (let turn = 0; turn < 2; turn++) {
      await bea.getByRole('button', { name: 'Hear bea' }).click()
      await bea.getByRole('button', { name: 'Stop bea' }).click()
    }
    // A sample is made once.
    assert.equal(synthesizer.spoken.length, 1)
    await page.focus('[value=bea]')
    await page.keyboard.press('ArrowDown')
    assert.equal(await page.isChecked('[value="小美"]'), true)
    assert.match(await page.inputValue('#text'), /^早上好/)
    await page.fill('#text', 'My own text.')
    await page.check('[value=bea]')
    assert.equal(await page.inputValue('#text'), 'My own text.')
    await page.selectOption('#voice-language', 'zh')
    assert.deepEqual(await page.locator('#voices strong').allTextContents(), ['anna', '小美'])
    page.once('dialog', (dialog) => dialog.accept())
    await page.getByRole('button', { name: 'Remove 小美' }).click()
    await until(async () => (await page.locator('#voices .voice').count()) === 1, 'the card has gone')
    assert.equal(await text('error'), '')
    assert.deepEqual(complaints, [])
  })

  it('of many voices the chosen one is in sight, and the list stays where it was scrolled to', async (t) => {
    const { url } = await startTestServer(t)
    for (let index = 0; index < 12; index++)
      await keepVoice(url, {
        id: `voice-${String(index).padStart(2, '0')}`,
        language: index === 11 ? 'en' : 'zh',
      })
    const { page } = await openPage(t, browser(), url)
    const isInSight = (id: string) =>
      page.evaluate(`(() => {
        const list = document.getElementById('voices').getBoundingClientRect()
        const card = document.querySelector('[value="${id}"]').parentElement.getBoundingClientRect()
        return card.top >= list.top - 1 && card.bottom <= list.bottom + 1
      })()`)
    assert.equal(await page.isChecked('[value="voice-11"]'), true)
    assert.equal(await isInSight('voice-11'), true)
    assert.equal(await isInSight('voice-00'), false)
    await page.getByRole('button', { name: 'Hear voice-10' }).click()
    await page.getByRole('button', { name: 'Stop voice-10' }).waitFor()
    assert.equal(await isInSight('voice-10'), true)
    await page.check('[value="voice-09"]')
    assert.equal(await isInSight('voice-09'), true)
  })

  it('speaks in an uploaded and in a recorded voice, and keeps it', async (t) => {
    const { url, synthesizer } = await startTestServer(t)
    const { page, complaints, shows, speak, text } = await openPage(t, browser(), url)
    await page.check('#voice-own')
    await page.click('#speak')
    await shows('error', /record one first/)
    await page.setInputFiles('#file', RECORDING)
    await page.fill('#transcript', 'The golden prompt is a short sentence.')
    await speak()
    await page.selectOption('#way', 'live')
    await speak()
    assert.deepEqual(
      synthesizer.prepared.map((voice) => voice.kind === 'recording' && voice.promptText),
      Array(2).fill('The golden prompt is a short sentence.'),
    )
    await page.click('#record')
    await shows('timer', /^\d+\.[5-9] \/ 29 s$/)
    // The browser's microphone of tests beeps now and then.
    const level = () =>
      page.locator('#meter').evaluate((meter: unknown) => (meter as { value: number }).value)
    await until(async () => (await level()) > 0, 'the level is shown')
    await page.click('#record')
    await shows('recorded', /^\d+\.\d s recorded\.$/)
    assert((await page.evaluate('document.querySelector("audio").src')) !== '')
    await page.fill('#transcript', '')
    for (const way of ['stream', 'live']) {
      await page.selectOption('#way', way)
      await speak()
      const voice = synthesizer.prepared.at(-1)!
      assert.equal(voice.kind === 'recording' && voice.promptMode, 'style')
    }
    // A take is asked for again in the recording that it was made with.
    await page.fill('#transcript', 'Another.')
    await page.check('[value=anna]')
    await page.locator('#takes li').last().getByRole('button', { name: 'Use these settings' }).click()
    assert.equal(await page.isChecked('#voice-own'), true)
    assert.equal(await page.inputValue('#transcript'), 'The golden prompt is a short sentence.')
    await page.fill('#transcript', '')
    await page.click('#keep-fold summary')
    await page.fill('#keep-name', 'carl')
    await page.fill('#keep-description', 'As recorded.')
    await page.click('#keep')
    await page.waitForSelector('[value=carl]:checked')
    assert.match((await page.locator('#voices').textContent())!, /carl.*As recorded\./)
    await page.check('#voice-own')
    await page.click('#keep')
    await shows('error', /kept already.*carl/)
    assert.equal(await text('kept'), '')
    assert.deepEqual(
      complaints.filter((one) => !one.includes('409')),
      [],
    )
  })

  it('off localhost the microphone is said to need https', async (t) => {
    const { port } = await startTestServer(t)
    const { page, shows } = await openPage(t, browser(), `http://${ELSEWHERE}:${port}`)
    assert.equal(await page.evaluate('isSecureContext'), false)
    await page.check('#voice-own')
    await page.click('#record')
    await shows('error', /https or localhost/)
    assert.equal(await page.isHidden('#meter'), true)
  })

  it('settings reach the server; instructions are asked for where the model takes them', async (t) => {
    const { url, synthesizer } = await startTestServer(t)
    const { page, speak } = await openPage(t, browser(), url)
    await page.fill('#instruction', 'Please speak sadly.')
    await page.fill('#seed', '7')
    await page.locator('#speed').fill('0.8')
    await page.selectOption('#rate', '8000')
    for (const way of ['stream', 'live', 'whole']) {
      await page.selectOption('#way', way)
      await speak()
      const { instruct, seed, speed } = synthesizer.live.at(-1)!
      assert.deepEqual({ instruct, seed, speed }, { instruct: 'Please speak sadly.', seed: 7, speed: 0.8 })
    }
    const plain = await startTestServer(t, {
      script: { abilities: { ...DEFAULT_ABILITIES, instructions: false } },
    })
    const other = await openPage(t, browser(), plain.url)
    assert.equal(await other.page.isHidden('#instruction'), true)
  })

  it('shows what will be said, on request and as the text changes', async (t) => {
    const { url } = await startTestServer(t)
    const { page, complaints, shows } = await openPage(t, browser(), url)
    assert.equal(await page.isHidden('#said'), true)
    await page.fill('#text', 'It is 5 kg. 😀 Привет')
    await page.click('#show-said')
    await shows('said', /^It is five kilograms\.$/)
    await shows('said-warnings', /Cyrillic/)
    await page.fill('#text', 'Now $5.')
    await shows('said', /^Now five dollars\.$/)
    await page.fill('#text', '<speak>broken')
    await shows('said-warnings', /well-formed/)
    assert.equal(complaints.filter((one) => !one.includes('422')).length, 0, complaints.join())
  })

  it('the code of a request runs as it stands and asks for the same', async (t) => {
    const { url, synthesizer } = await startTestServer(t)
    const { page, text } = await openPage(t, browser(), url)
    const folder = await mkdtemp(join(tmpdir(), 'light-tts-code-'))
    t.after(() => rm(folder, { recursive: true }))
    await copyFile(RECORDING, join(folder, 'recording.wav'))
    const said = `It's "quoted", $HOME \`x\` \\n <b> 50 % & 你好\n@second line; {}`
    await page.fill('#text', said)
    await page.fill('#seed', '5')
    await page.click('#show-code')
    for (const voice of ['[value=anna]', '#voice-own']) {
      await page.check(voice)
      if (voice === '#voice-own') await page.fill('#transcript', "What's said.")
      await page.click('#code-curl')
      await run('sh', ['-c', await text('code')], { cwd: folder })
      await page.click('#code-javascript')
      await writeFile(join(folder, 'code.mjs'), await text('code'))
      await run(process.execPath, ['code.mjs'], { cwd: folder })
      for (const made of synthesizer.spoken.splice(0)) {
        // Forms end lines with CR LF.
        assert.equal(made.text.replaceAll('\r', ''), said)
        assert.equal(made.options.seed, 5)
      }
      assert.equal((await readFile(join(folder, 'speech.wav'))).toString('latin1', 0, 4), 'RIFF')
      await page.click('#code-python')
      assert.match(await text('code'), /^import requests\n\nanswer = requests\.post\(\n/)
    }
    assert.equal(synthesizer.prepared.length, 4)
    await page.selectOption('#way', 'live')
    for (const [tab, like] of Object.entries({
      curl: /^# Text/,
      python: /websockets/,
      javascript: /WebSocket/,
    })) {
      await page.click(`#code-${tab}`)
      assert.match(await text('code'), like)
    }
  })

  it('code is copied with one click, with a clipboard and without', async (t) => {
    const { url, port } = await startTestServer(t)
    for (const [place, permissions] of [
      [url, ['clipboard-read', 'clipboard-write']],
      [`http://${ELSEWHERE}:${port}`, []],
    ] as const) {
      const { page, shows, text } = await openPage(t, browser(), place, { permissions: [...permissions] })
      await page.click('#show-code')
      await page.click('#copy')
      await shows('copy', /^Copied$/)
      await page.fill('#text', '')
      await page.focus('#text')
      await page.keyboard.press('Control+V')
      assert.match(await page.inputValue('#text'), /^curl [\s\S]*speech\.wav$/)
      assert.match(await text('code'), /^curl/)
    }
  })
}
