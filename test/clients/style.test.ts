/** Both clients ask for a style and for a conversion as the server understands it. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import test, { type TestContext } from 'node:test'
import { LightTTSClient } from '../../clients/typescript/src/index.ts'
import { runPython, skipWithoutPython } from '../helpers/python.ts'
import { PROMPT_WAV, startTestServer } from '../helpers/test-server.ts'

type Client = (url: string) => Promise<{ readonly synthesized: number; readonly converted: number }>

const fromTypeScript: Client = async (baseUrl) => {
  const client = new LightTTSClient({ baseUrl })
  const synthesized = await client.synthesize({
    text: 'Hi.',
    voice: 'anna',
    instruct: 'Whisper.',
    mode: 'instruct',
  })
  const [model] = await client.modelAbilities()
  assert.equal(model?.instructions, true)
  let converted = 0
  const asked = { sourceAudio: PROMPT_WAV, referenceAudio: PROMPT_WAV, responseFormat: 'pcm' } as const
  for await (const piece of client.convertStream({ ...asked, sampleRate: 16_000 })) converted += piece.length
  assert.equal((await client.convert({ ...asked, sampleRate: 16_000 })).length, converted)
  const session = await client.session({ voice: 'anna', instruct: 'Whisper.', mode: 'instruct' })
  session.send('Hi.', { finish: true })
  for await (const _ of session);
  return { synthesized: synthesized.length, converted }
}

const fromPython: Client = async (url) => {
  const script = `
import json
from light_tts_client import LightTTSClient
client = LightTTSClient("${url}")
recording = bytes.fromhex("${Buffer.from(PROMPT_WAV).toString('hex')}")
synthesized = client.synthesize("Hi.", voice="anna", instruct="Whisper.", mode="instruct")
assert client.model_abilities()[0]["instructions"]
converted = b"".join(client.convert_stream(recording, recording, response_format="pcm", sample_rate=16000))
assert client.convert(recording, recording, response_format="pcm", sample_rate=16000) == converted
with client.session(voice="anna", instruct="Whisper.", mode="instruct") as session:
    session.send("Hi.")
    session.finish()
    b"".join(session)
print(json.dumps({"synthesized": len(synthesized), "converted": len(converted)}))`
  const { output } = await runPython(tmpdir(), script)
  assert.match(output, /^\{/, output)
  return JSON.parse(output.trim()) as { synthesized: number; converted: number }
}

async function check(t: TestContext, client: Client): Promise<void> {
  const { url, synthesizer } = await startTestServer(t)
  const { synthesized, converted } = await client(url)
  // 20 tokens of the script's 800 samples.
  assert.equal(converted, 20 * 800 * 2)
  assert.ok(synthesized > 44)
  const style = { instruct: 'Whisper.', mode: 'instruct' }
  const asked = [synthesizer.spoken[0]!.options, synthesizer.live.at(-1)!]
  assert.deepEqual(
    asked.map(({ instruct, mode }) => ({ instruct, mode })),
    [style, style],
  )
}

test('the TypeScript client', (t) => check(t, fromTypeScript))
test('the Python client', { skip: skipWithoutPython() }, (t) => check(t, fromPython))
