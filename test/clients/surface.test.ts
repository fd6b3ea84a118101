/** Both clients, and Python's for asyncio, over the same server: addresses, recordings, sessions, and what failures are called. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { describe, it, type TestContext } from 'node:test'
import { LightTTSClient, LightTTSError, type SessionEvent } from '../../clients/typescript/src/index.ts'
import { runIn, runPython, skipWithoutPython } from '../helpers/python.ts'
import { PROMPT_WAV, startTestServer } from '../helpers/test-server.ts'

/** An address without a scheme. */
const bare = (url: string) => url.replace('http://', '')

async function kindOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof LightTTSError ? error.kind : String(error)),
  )
}

it('TypeScript: an address without a scheme, files as Blobs, events and formats of a session', async (t) => {
  const { url, synthesizer } = await startTestServer(t)
  const client = new LightTTSClient({ baseUrl: bare(url) })
  for (const referenceAudio of [new Blob([PROMPT_WAV]), new File([PROMPT_WAV], 'a.wav'), PROMPT_WAV]) {
    const speech = await client.synthesize({ text: 'Hello.', referenceAudio, promptText: 'Hm.' })
    assert.equal(Buffer.from(speech).toString('latin1', 0, 4), 'RIFF')
  }
  const events: SessionEvent[] = []
  const session = await client.session({
    referenceAudio: new Blob([PROMPT_WAV]),
    promptText: 'Hm.',
    promptMode: 'style',
    language: 'en',
    responseFormat: 'wav',
    onEvent: (event) => events.push(event),
  })
  session.send('Hello.', { finish: true })
  const pieces: Uint8Array[] = []
  for await (const piece of session) pieces.push(piece)
  assert.equal(Buffer.concat(pieces).toString('latin1', 0, 4), 'RIFF')
  assert.deepEqual(
    events.map(({ event }) => event),
    ['ready', 'started', 'done'],
  )
  assert.equal((synthesizer.prepared.at(-1) as { promptMode?: string }).promptMode, 'style')
  const voice = { id: '小美', referenceAudio: PROMPT_WAV, promptText: 'Hm.', gender: 'female' } as const
  assert.equal((await client.addVoice(voice)).gender, 'female')
  assert.equal(await kindOf(client.addVoice(voice)), 'invalid')
  assert.equal((await client.addVoice({ ...voice, replace: true })).id, '小美')
  await client.deleteVoice('小美')
})

it('TypeScript: words with their times, subtitles, and words of a session', async (t) => {
  const { url } = await startTestServer(t)
  const client = new LightTTSClient({ baseUrl: url })
  const request = { text: 'Hello 世界.', voice: 'anna' }
  const speech = await client.synthesizeTimed(request)
  assert.equal(Buffer.from(speech.audio).toString('latin1', 0, 4), 'RIFF')
  assert.deepEqual(
    speech.times.map(({ text, from, to }) => [text, from, to]),
    [
      ['Hello', 0, 5],
      ['世界.', 6, 9],
    ],
  )
  assert.equal((await client.synthesizeTimed({ ...request, timestamps: 'sentence' })).times.length, 1)
  assert.match(
    await client.subtitles(request, 'vtt'),
    /^WEBVTT\n\n1\n00:00:00.000 --> [\d:.]+\nHello 世界.\n$/,
  )
  const events: SessionEvent[] = []
  const session = await client.session({
    voice: 'anna',
    timestamps: 'word',
    onEvent: (event) => events.push(event),
  })
  session.send('Good morning.', { finish: true })
  for await (const _ of session);
  assert.deepEqual(
    events.filter(({ event }) => event === 'word').map(({ text }) => text),
    ['Good', 'morning.'],
  )
})

it('TypeScript: a failure has the same kind over HTTP and over a socket', async (t) => {
  const { url } = await startTestServer(t)
  const client = new LightTTSClient({ baseUrl: url, retries: 0 })
  const spoken = async (request: object) => {
    const session = await client.session({ voice: 'anna', ...request })
    session.send('Hello.', { finish: true })
    for await (const _ of session);
  }
  for (const [request, kind] of [
    [{ voice: 'nobody' }, 'not-found'],
    [{ model: 'other' }, 'not-found'],
    [{ speed: 9 }, 'invalid'],
  ] as const) {
    assert.equal(await kindOf(client.synthesize({ text: 'Hello.', voice: 'anna', ...request })), kind)
    assert.equal(await kindOf(spoken(request)), kind, JSON.stringify(request))
  }
})

const COMMON = `
import asyncio, io, sys
from light_tts_client import *
url, recording = sys.argv[1] if len(sys.argv) > 1 else URL, b"RIFF" + bytes(3196)
def kind(work):
    try:
        work()
        return "none"
    except LightTTSError as error:
        return type(error).__name__
`

describe('Python', { skip: skipWithoutPython() }, () => {
  const run = async (t: TestContext, script: string) => {
    const { url } = await startTestServer(t)
    const { code, output } = await runPython(
      tmpdir(),
      COMMON.replace('URL', JSON.stringify(bare(url))) + script,
    )
    assert.equal(code, 0, output)
    return output.trim().split('\n')
  }

  it('the client: an address without a scheme, a session with events, the same kinds everywhere', async (t) => {
    const lines = await run(
      t,
      `
client, events = LightTTSClient(url, retries=0), []
def spoken(**options):
    with client.session(**options) as session:
        session.send("Hello.", finish=True)
        return b"".join(session)
print(spoken(voice="anna", response_format="wav", prompt_mode="style", on_event=events.append)[:4], [e["event"] for e in events])
for options in [dict(voice="nobody"), dict(voice="anna", model="other"), dict(voice="anna", speed=9)]:
    print(kind(lambda: client.synthesize("Hello.", **options)), kind(lambda: spoken(**options)))
print(client.add_voice("小美", recording, "Hm.", gender="female").gender, kind(lambda: client.add_voice("小美", recording, "Hm.")))
print(client.add_voice("小美", recording, "Hm.", replace=True).id, [v.id for v in client.voices()])
`,
    )
    assert.deepEqual(lines, [
      "b'RIFF' ['ready', 'started', 'done']",
      'NotFoundError NotFoundError',
      'NotFoundError NotFoundError',
      'InvalidRequestError InvalidRequestError',
      'female InvalidRequestError',
      "小美 ['anna', '小美']",
    ])
  })

  it('both clients: words with their times, subtitles, and words of a session', async (t) => {
    const lines = await run(
      t,
      `
client, events = LightTTSClient(url), []
speech = client.synthesize_timed("Hello 世界.", voice="anna")
print(speech.audio[:4], speech.sample_rate, [(time.text, time.begins, time.ends) for time in speech.times])
srt = client.subtitles("Hello. Bye.", voice="anna")
print(srt.splitlines()[2], srt.count("-->"))
with client.session(voice="anna", timestamps="word", on_event=events.append) as session:
    session.send("Good morning.", finish=True)
    b"".join(session)
print([event["text"] for event in events if event["event"] == "word"])
async def main():
    client = AsyncLightTTSClient(url)
    print(await client.synthesize_timed("Hello 世界.", voice="anna") == speech)
    print(await client.subtitles("Hello. Bye.", voice="anna") == srt)
asyncio.run(main())
`,
    )
    assert.deepEqual(lines, [
      "b'RIFF' 16000 [('Hello', 0, 5), ('世界.', 6, 9)]",
      'Hello. 2',
      "['Good', 'morning.']",
      'True',
      'True',
    ])
  })

  it('both clients speak under each Python from 3.9 to 3.13 that is at hand, live where it has websockets', async (t) => {
    const { url } = await startTestServer(t)
    const script = `${COMMON.replace('URL', JSON.stringify(url))}
ask = dict(voice="anna", seed=3)
speech = LightTTSClient(url).synthesize_timed("Hello there.", **ask)
assert [time.text for time in speech.times] == ["Hello", "there."], speech
async def main():
    assert (await AsyncLightTTSClient(url).synthesize_timed("Hello there.", **ask)) == speech
    assert kind(lambda: LightTTSClient(url).synthesize("Hello.", voice="nobody")) == "NotFoundError"
    jobs = AsyncLightTTSClient(url).jobs
    job = await jobs.wait((await jobs.create("Hello there.", response_format="pcm", sample_rate=16000, **ask)).id)
    assert (await jobs.audio(job.id)) == LightTTSClient(url).jobs.audio(job.id)
    await jobs.cancel(job.id)
    try:
        import websockets
    except ImportError:
        return "no websockets, so no sessions"
    async with await AsyncLightTTSClient(url).session(**ask) as session:
        await session.send("Hello there.", finish=True)
        live = b"".join([piece async for piece in session])
    with LightTTSClient(url).session(**ask) as session:
        session.send("Hello there.", finish=True)
        assert b"".join(session) == live and len(live) > 1000
    return f"live with websockets {websockets.__version__}"
print(asyncio.run(main()))
`
    for (const minor of [9, 10, 11, 12, 13]) {
      const python = `python3.${minor}`
      const found = await runIn(tmpdir(), python, ['--version']).catch(() => undefined)
      if (found?.code !== 0) {
        t.diagnostic(`no ${python} here`)
        continue
      }
      const { code, output } = await runIn(tmpdir(), python, ['-c', script])
      assert.equal(code, 0, `${python}: ${output}`)
      t.diagnostic(`${python}: ${output.trim()}`)
    }
  })

  it('the client for asyncio gives the same bytes, many at a time, and the same errors', async (t) => {
    const lines = await run(
      t,
      `
client = AsyncLightTTSClient(url, retries=0)
async def failed(work):
    try:
        await work
        return "none"
    except LightTTSError as error:
        return type(error).__name__
async def spoken(text="Hello.", **options):
    async with await client.session(**options) as session:
        await session.send(text, finish=True)
        return b"".join([piece async for piece in session])
async def main():
    ask = dict(voice="anna", seed=3, response_format="pcm")
    whole = LightTTSClient(url).synthesize("Hello there.", **ask)
    many = await asyncio.gather(*(client.synthesize("Hello there.", **ask) for _ in range(30)))
    print(len(whole) > 1000, all(each == whole for each in many))
    print(b"".join([piece async for piece in client.synthesize_stream("Hello there.", **ask)]) == whole)
    print(await spoken("Hello there.", voice="anna", seed=3) == whole, await client.ready(), await client.models())
    for options in [dict(voice="nobody"), dict(voice="anna", model="other"), dict(voice="anna", speed=9)]:
        print(await failed(client.synthesize("Hello.", **options)), await failed(spoken(**options)))
    voice = await client.add_voice("小美", io.BytesIO(recording), "Hm.", gender="female")
    print(voice.id, voice.gender, await failed(client.add_voice("小美", recording, "Hm.")))
    await client.delete_voice("小美")
    print([voice.id for voice in await client.voices()])
    stream = client.synthesize_stream("Hello there. " * 70, voice="anna")
    await stream.__anext__()
    await stream.aclose()
    try:
        await client.synthesize("Hello.", sped=2)
    except TypeError as error:
        print(error)
asyncio.run(main())
`,
    )
    assert.deepEqual(lines.slice(0, -1), [
      'True True',
      'True',
      "True True ['CosyVoice2']",
      'NotFoundError NotFoundError',
      'NotFoundError NotFoundError',
      'InvalidRequestError InvalidRequestError',
      '小美 female InvalidRequestError',
      "['anna']",
    ])
    assert.match(lines.at(-1)!, /^expected only voice, model, .*, got 'sped'$/)
  })
})
