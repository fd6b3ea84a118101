/**
 * The API document's samples, run as printed against the server as users start it. Only the address differs, and what a
 * sample leaves undefined is supplied, as noted at each.
 */
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { type ChildServer, startChild } from '../helpers/child-server.ts'
import { openChromium, skipWithoutChromium } from '../helpers/chromium.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'
import { runIn, runPython, skipWithoutPython } from '../helpers/python.ts'

let server: ChildServer
let cacheDir: string
/** Where a sample runs; holds `reference.wav`. */
let folder: string
before(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-samples-'))
  server = await startChild('serve.js', { cacheDir, model: 'CosyVoice2' })
})
after(async () => {
  server.process.kill('SIGTERM')
  assert.equal(await server.ended, 0)
  await rm(cacheDir, { recursive: true })
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-sample-'))
  await copyFile(join(goldenDir, 'inputs/prompt_16k.wav'), join(folder, 'reference.wav'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A sample with the test's address in place of the document's. */
async function sample(name: string): Promise<string> {
  const text = await readFile(join(repoRoot, 'test/fixtures/document-samples', `${name}.txt`), 'utf8')
  return text.replaceAll('localhost:8080', new URL(server.url).host)
}

/** What a sample saved is 16 kHz WAV that holds sound. */
async function assertSpeech(file = 'output.wav'): Promise<void> {
  const { sampleRate, samples } = decodeWav(await readFile(join(folder, file)), { maxSeconds: 600 })
  assert.equal(sampleRate, 16_000)
  // Samples draw their own seeds, so how long they speak differs.
  assert(samples.length > 3000, `${samples.length} samples`)
  assert(
    samples.some((value) => Math.abs(value) > 0.01),
    'silence',
  )
}

it('curl', async () => {
  const commands = (await sample('curl.sh')).split(/\n(?=curl)/)
  assert.equal(commands.length, 3)
  for (const [i, command] of commands.entries()) {
    // Where the answer goes is the caller's.
    const done = await runIn(folder, 'sh', ['-c', `${command.trim()} -sS --fail -o output-${i}`])
    assert.equal(done.code, 0, done.output)
    if (i < 2) await assertSpeech(`output-${i}`)
    else
      assert.deepEqual(JSON.parse(await readFile(join(folder, `output-${i}`), 'utf8')), {
        tts_models: ['CosyVoice2'],
      })
  }
})

describe('in Python', { skip: skipWithoutPython() }, () => {
  for (const name of ['requests.py', 'aiohttp.py']) {
    it(name, async () => {
      const done = await runPython(folder, await sample(name))
      assert.deepEqual(done, { code: 0, output: '' })
      await assertSpeech()
    })
  }

  it('websockets.py, which waits for audio after each text', async () => {
    const { code, output } = await runPython(folder, await sample('websockets.py'))
    assert.equal(code, 0, output)
    assert.equal(output.match(/^Received audio chunk for: /gm)?.length, 3, output)
  })

  it('the SDK', async () => {
    // Undefined in the sample: process_audio_chunk.
    const supplied = 'streamed = []\nprocess_audio_chunk = streamed.append\n'
    const seen = '\nprint(len(streamed) > 0, b"".join(streamed)[:4] == b"RIFF")'
    const done = await runPython(folder, supplied + (await sample('sdk.py')) + seen)
    assert.deepEqual(done, { code: 0, output: 'True True\n' })
    await assertSpeech()
  })

  it("OpenAI's client, streaming and into a file", async () => {
    const script = `
from openai import OpenAI
client = OpenAI(base_url="${server.url}/v1")
ask = dict(model="CosyVoice2", voice="zero_shot_spk", input="Good morning, everybody.", response_format="wav", extra_body={"sample_rate": 16000, "seed": 1})
with client.audio.speech.with_streaming_response.create(**ask) as response:
    streamed = b"".join(response.iter_bytes())
client.audio.speech.create(**ask).write_to_file("output.wav")
print(streamed[44:] == open("output.wav", "rb").read()[44:], len(streamed) > 20000, [model.id for model in client.models.list()])
`
    const done = await runPython(folder, script)
    assert.deepEqual(done, { code: 0, output: "True True ['CosyVoice2']\n" })
    await assertSpeech()
  })
})

it('the SDK in Node', async () => {
  const built = await runIn(repoRoot, process.execPath, ['clients/typescript/build.mjs'])
  assert.equal(built.code, 0, built.output)
  // Undefined in the sample: fs; and it calls nothing. The package is found as an installed one would be.
  const script = (await sample('sdk.js')).replace('@light-tts/client', join(repoRoot, 'clients/typescript'))
  const done = await runIn(folder, process.execPath, ['-e', `var fs = require('fs');${script}; synthesize()`])
  assert.deepEqual(done, { code: 0, output: '' })
  await assertSpeech()
})

it('the browser class, its file argument a Blob', { skip: skipWithoutChromium() }, async () => {
  const browser = await openChromium()
  try {
    const page = await browser.newPage({ bypassCSP: true })
    await page.goto(`${server.url}/liveness`)
    const recording = (await readFile(join(folder, 'reference.wav'))).toString('base64')
    // The sample gives the class a file's name where it reads a Blob; what comes is counted, since raw PCM is not played.
    const script = (await sample('browser.js'))
      .replace('"reference.wav"', 'reference')
      .replace(
        'tts.onAudio((audioBlob) => {',
        'tts.websocket.onclose = ({ code }) => done(code)\ntts.onAudio((audioBlob) => { bytes += audioBlob.size; return;',
      )
    const outcome = await page.evaluate(`(async () => {
      let bytes = 0, done
      const closed = new Promise((resolve) => { done = resolve })
      const reference = await (await fetch('data:audio/wav;base64,${recording}')).blob()
      ${script}
      return { code: await closed, bytes }
    })()`)
    const { code, bytes } = outcome as { code: number; bytes: number }
    assert.equal(code, 1000)
    assert(bytes > 16_000, `${bytes} bytes`)
  } finally {
    await browser.close()
  }
})
