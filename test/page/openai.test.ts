/** OpenAI's own package for JavaScript: in a browser, from a page of another origin, and in Node. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openChromium, skipWithoutChromium } from '../helpers/chromium.ts'
import { repoRoot } from '../helpers/paths.ts'
import { runIn } from '../helpers/python.ts'
import { isRequired } from '../helpers/required-tools.ts'
import { startTestServer } from '../helpers/test-server.ts'

/** Where `.ci/run` puts it. */
const FOLDER = join(repoRoot, '.cache/openai/node_modules/openai')
const skip = existsSync(FOLDER) || isRequired('openai') ? false : 'no package openai in .cache/openai'

/** Gives `said`: what each call gave. `OpenAI`, `url` and `options` are there. */
const CALLS = `
const client = new OpenAI({ baseURL: url + '/v1', apiKey: 'unused', maxRetries: 0, ...options })
const ask = { model: 'tts-1', voice: 'alloy', input: 'Good morning. It costs $5.' }
const speak = async (more) => new Uint8Array(await (await client.audio.speech.create({ ...ask, ...more })).arrayBuffer())
const failure = (work) => work.then(() => 'none', (error) => [error.constructor.name, error.status, error.code].join(' '))
const text = (bytes) => String.fromCharCode(...bytes.slice(0, 4))
const said = []
said.push((await speak({})).length > 1000, text(await speak({ response_format: 'wav', instructions: '', seed: 1 })))
const events = []
const streamed = await client.audio.speech.create({ ...ask, stream_format: 'sse', response_format: 'pcm', timestamps: 'word' })
for await (const line of lines(streamed.body)) if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)))
said.push(events.filter(({ type }) => type === 'speech.word').map(({ text }) => text).join(' '))
said.push(events.some(({ type }) => type === 'speech.audio.delta'), events.at(-1).type, Object.keys(events.at(-1).usage).sort().join())
let bytes = 0
for await (const piece of (await client.audio.speech.create({ ...ask, response_format: 'pcm' })).body) bytes += piece.length
said.push(bytes > 1000)
said.push((await client.models.list()).data.map(({ id }) => id).join(), (await client.models.retrieve('CosyVoice2')).object)
said.push(await failure(speak({ voice: 'nobody' })), await failure(speak({ speed: 9 })), await failure(speak({ input: '' })))
async function* lines(body) {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const piece of body) {
    const found = (rest + decoder.decode(piece, { stream: true })).split('\\n')
    rest = found.pop()
    yield* found
  }
}
`

const EXPECTED = [
  true,
  'RIFF',
  'Good morning. It costs $5.',
  ...[true, 'speech.audio.done', 'input_tokens,output_tokens,total_tokens'],
  true,
  ...['CosyVoice2', 'model'],
  'NotFoundError 404 VOICE_NOT_FOUND',
  'UnprocessableEntityError 422 INVALID_PARAMETER',
  'BadRequestError 400 MISSING_PARAMETER',
]

/** A page with the package, on an origin of its own. */
async function startPage(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    const [, path] = /^\/openai\/([\w./-]+\.m?js)$/.exec(request.url ?? '') ?? []
    if (path === undefined || path.includes('..')) {
      response.end('<!doctype html><link rel="icon" href="data:,">')
      return
    }
    readFile(join(FOLDER, path)).then(
      (script) => response.setHeader('Content-Type', 'text/javascript').end(script),
      () => response.writeHead(404).end(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it("OpenAI's package in a browser speaks from a page of another origin, whole, streamed and as events", {
  skip: skip || skipWithoutChromium(),
}, async (t) => {
  const origin = await startPage(t)
  const { url } = await startTestServer(t, { set: [`server.allowedOrigins=["${origin}"]`] })
  const browser = await openChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(origin)
  const said = await page.evaluate(`(async () => {
    const { OpenAI } = await import('/openai/index.mjs')
    const [url, options] = ['${url}', { dangerouslyAllowBrowser: true }]
    ${CALLS}
    return said
  })()`)
  assert.deepEqual(said, EXPECTED)
  const other = await startTestServer(t)
  const refused = await page.evaluate(`(async () => {
    const { OpenAI } = await import('/openai/index.mjs')
    const client = new OpenAI({ baseURL: '${other.url}/v1', apiKey: 'unused', maxRetries: 0, dangerouslyAllowBrowser: true })
    return client.models.list().then(() => 'heard', (error) => error.constructor.name)
  })()`)
  assert.equal(refused, 'APIConnectionError', 'a page that is not listed hears nothing')
})

it("OpenAI's package in Node does the same", { skip }, async (t) => {
  const { url } = await startTestServer(t)
  const script = `
    import { OpenAI } from ${JSON.stringify(pathToFileURL(join(FOLDER, 'index.mjs')).href)}
    const [url, options] = ['${url}', {}]
    ${CALLS}
    console.log(JSON.stringify(said))`
  const { output } = await runIn(repoRoot, process.execPath, ['--input-type=module', '-e', script])
  assert.equal(output.trim(), JSON.stringify(EXPECTED))
})
