/**
 * The clients from their packed files, with long texts: created, followed, waited for, listed, loaded over connections that
 * break, gone on with in a file, cancelled. All three do the same and print the same.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { installPythonClient, installTypeScriptClient, skipWithoutWheel } from '../helpers/packed-clients.ts'
import { PYTHON, runIn, skipWithoutPython } from '../helpers/python.ts'
import { startTestServer } from '../helpers/test-server.ts'

/** Bytes of an answer after which a connection that loads audio is cut, the first times. */
const CUT_AFTER = 20_000
const CUTS = 4

/** A server whose jobs fail where their voice is told to, behind a proxy that cuts connections which load audio. */
async function start(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-packed-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const { port, synthesizer } = await startTestServer(t, {
    set: [`jobs.dir=${folder}`],
    script: { samplesPerCharacter: 400 },
  })
  const speak = synthesizer.speak.bind(synthesizer)
  synthesizer.speak = (text, options) => {
    synthesizer.script.failAtChunk = text.includes('fails') ? 0 : undefined
    synthesizer.script.failCode = 'VOICE_NOT_FOUND'
    synthesizer.script.hangAtChunk = text.includes('hangs') ? 0 : undefined
    return speak(text, options)
  }
  const sockets = new Set<Socket>()
  let cuts = 0
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let isAudio = false
    let bytes = 0
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.on('data', (piece) => {
      isAudio ||= /^GET \S+\/audio /.test(piece.toString('latin1'))
      far.write(piece)
    })
    far.on('data', (piece) => {
      bytes += piece.length
      near.write(piece)
      if (!isAudio || bytes < CUT_AFTER || cuts >= CUTS) return
      if (cuts++ % 2 === 0) near.end()
      else near.resetAndDestroy()
      far.destroy()
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.end())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  return `127.0.0.1:${(proxy.address() as { port: number }).port}`
}

const EXPECTED = [
  'created Two true 2',
  'done 1 One,二',
  'progress true',
  'whole true',
  'from true',
  'nothing more 0',
  'gone on with true',
  'damaged IncompleteAudioError',
  'anew true',
  'too much InvalidRequestError',
  'failed ServerError VOICE_NOT_FOUND',
  'not in time RequestTimeoutError',
  'listed 3',
  'cancelled NotFoundError',
  'refused InvalidRequestError',
]

const TYPESCRIPT = `
import { readFile, writeFile } from 'node:fs/promises'
import { LightTTSClient, LightTTSError } from '@light-tts/client'
const { jobs } = new LightTTSClient({ baseUrl: process.argv[2], timeout: 20000 })
const NAMES = { incomplete: 'IncompleteAudioError', invalid: 'InvalidRequestError', server: 'ServerError', timeout: 'RequestTimeoutError', 'not-found': 'NotFoundError' }
const failure = (work) => work.then(() => 'none', (error) => (error instanceof LightTTSError ? [NAMES[error.kind], ...(error.kind === 'server' ? [error.code] : [])].join(' ') : String(error)))
const join = async (stream) => { const all = []; for await (const piece of stream) all.push(piece); return Buffer.concat(all) }
const said = 'It goes on for a while. '.repeat(10)
const made = await jobs.create({ title: 'Two', voice: 'anna', seed: 1, responseFormat: 'wav', sampleRate: 16000, chapters: [{ title: 'One', text: said }, { title: '二', text: said }] })
console.log('created', made.title, made.createdAt.getTime() > 1e12, made.parts.total)
const seen = []
const job = await jobs.wait(made.id, { onProgress: ({ progress }) => seen.push(progress) })
console.log(job.state, job.progress, job.chapters.map(({ title }) => title).join())
console.log('progress', seen.at(-1) === 1 && seen.every((one, i) => i === 0 || one >= seen[i - 1]))
const whole = Buffer.from(await jobs.audio(job.id))
console.log('whole', whole.length === job.bytes && whole.toString('latin1', 0, 4) === 'RIFF' && whole.readUInt32LE(40) === whole.length - 44)
console.log('from', (await join(jobs.audioStream(job.id, { from: 5000 }))).equals(whole.subarray(5000)))
console.log('nothing more', (await join(jobs.audioStream(job.id, { from: job.bytes }))).length)
await writeFile('a.wav.part', whole.subarray(0, 777))
await jobs.download(job.id, 'a.wav')
console.log('gone on with', (await readFile('a.wav')).equals(whole))
await writeFile('b.wav.part', 'other bytes')
console.log('damaged', await failure(jobs.download(job.id, 'b.wav')))
await jobs.download(job.id, 'b.wav')
console.log('anew', (await readFile('b.wav')).equals(whole))
console.log('too much', await failure(join(jobs.audioStream(job.id, { from: job.bytes + 1 }))))
const failing = await jobs.create({ text: 'This fails.', voice: 'anna' })
console.log('failed', await failure(jobs.wait(failing.id)))
const hanging = await jobs.create({ text: 'This hangs.', voice: 'anna' })
console.log('not in time', await failure(jobs.wait(hanging.id, { timeout: 600 })))
console.log('listed', (await jobs.list({ limit: 3 })).length)
await jobs.cancel(hanging.id)
console.log('cancelled', await failure(jobs.get(hanging.id)))
console.log('refused', await failure(jobs.create({ text: ' ', voice: 'anna' })))
for (const { id } of await jobs.list()) await jobs.cancel(id)
`

/** With `await` before every call, or without. */
const python = (isAsync: boolean) => {
  const script = `
import asyncio, sys
from light_tts_client import *
jobs = ${isAsync ? 'AsyncLightTTSClient' : 'LightTTSClient'}(sys.argv[1], timeout=20).jobs
ASYNC def failure(act, *args, **options):
    try:
        AWAIT act(*args, **options)
        return "none"
    except LightTTSError as error:
        return " ".join([type(error).__name__] + ([error.code] if isinstance(error, ServerError) else []))
ASYNC def joined(id, start):
    return b"".join([piece ASYNC for piece in jobs.audio_stream(id, start)])
ASYNC def main():
    said, seen = "It goes on for a while. " * 10, []
    made = AWAIT jobs.create(title="Two", voice="anna", seed=1, response_format="wav", sample_rate=16000, chapters=[("One", said), ("二", said)])
    print("created", made.title, str(made.created_at.year > 2000).lower(), made.parts_total)
    job = AWAIT jobs.wait(made.id, on_progress=lambda job: seen.append(job.progress))
    print(job.state, job.progress, ",".join(chapter.title for chapter in job.chapters))
    print("progress", str(seen[-1] == 1 and seen == sorted(seen)).lower())
    whole = AWAIT jobs.audio(job.id)
    print("whole", str(len(whole) == job.bytes and whole[:4] == b"RIFF" and int.from_bytes(whole[40:44], "little") == len(whole) - 44).lower())
    print("from", str((AWAIT joined(job.id, 5000)) == whole[5000:]).lower())
    print("nothing more", len(AWAIT joined(job.id, job.bytes)))
    open("a.wav.part", "wb").write(whole[:777])
    AWAIT jobs.download(job.id, "a.wav")
    print("gone on with", str(open("a.wav", "rb").read() == whole).lower())
    open("b.wav.part", "wb").write(b"other bytes")
    print("damaged", AWAIT failure(jobs.download, job.id, "b.wav"))
    AWAIT jobs.download(job.id, "b.wav")
    print("anew", str(open("b.wav", "rb").read() == whole).lower())
    print("too much", AWAIT failure(joined, job.id, job.bytes + 1))
    failing = AWAIT jobs.create("This fails.", voice="anna")
    print("failed", AWAIT failure(jobs.wait, failing.id))
    hanging = AWAIT jobs.create("This hangs.", voice="anna")
    print("not in time", AWAIT failure(jobs.wait, hanging.id, timeout=0.6))
    print("listed", len(AWAIT jobs.list(limit=3)))
    AWAIT jobs.cancel(hanging.id)
    print("cancelled", AWAIT failure(jobs.get, hanging.id))
    print("refused", AWAIT failure(jobs.create, " ", voice="anna"))
    for job in AWAIT jobs.list():
        AWAIT jobs.cancel(job.id)
${isAsync ? 'asyncio.run(main())' : 'main()'}
`
  return script.replaceAll('ASYNC ', isAsync ? 'async ' : '').replaceAll('AWAIT ', isAsync ? 'await ' : '')
}

it('TypeScript: a packed file installs, is imported and required, and follows jobs', async (t) => {
  const folder = await installTypeScriptClient(t)
  for (const script of [
    "import('@light-tts/client').then((m) => console.log(typeof m.LightTTSClient))",
    "console.log(typeof require('@light-tts/client').LightTTSClient)",
  ])
    assert.deepEqual(await runIn(folder, process.execPath, ['-e', script]), { code: 0, output: 'function\n' })
  await writeFile(join(folder, 'jobs.mjs'), TYPESCRIPT)
  const { output } = await runIn(folder, process.execPath, ['jobs.mjs', await start(t)])
  assert.deepEqual(output.trim().split('\n'), EXPECTED)
})

it('Python: a packed file installs, imports, and follows jobs, blocking and on asyncio', {
  skip: skipWithoutPython() || skipWithoutWheel(),
}, async (t) => {
  const there = await installPythonClient(t)
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-python-'))
  t.after(() => rm(folder, { recursive: true }))
  const where = await runIn(folder, PYTHON, ['-c', 'import light_tts_client as l; print(l.__file__)'], there)
  assert.match(where.output, /there\/light_tts_client\/__init__\.py/)
  for (const isAsync of [false, true]) {
    const { output } = await runIn(folder, PYTHON, ['-c', python(isAsync), await start(t)], there)
    assert.deepEqual(output.trim().split('\n'), EXPECTED, isAsync ? 'asyncio' : 'blocking')
  }
})
