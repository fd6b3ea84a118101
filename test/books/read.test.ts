/** The command that reads books: into files and folders, again after it was killed, and what it refuses before it speaks. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const BOOK = `# First\n\n${'A sentence of the first chapter. '.repeat(60)}\n\n# Second: "x/y"\n\n${'Another of the second. '.repeat(60)}\n\n# 三\n\n…\n`

async function start(t: TestContext, script: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-read-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'book.md'), BOOK)
  const server = await startTestServer(t, { script: { samplesPerCharacter: 40, ...script } })
  const begin = (args: readonly string[], env: Record<string, string> = {}) => {
    const entry = join(repoRoot, 'dist/src/commands/read.js')
    const child = spawn(process.execPath, [entry, join(folder, 'book.md'), ...args], {
      env: { ...process.env, ...env },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
    const ended = once(child, 'close').then(([code, signal]) => ({
      code: (code ?? signal) as number | string,
      output,
    }))
    return { child, ended }
  }
  const read = (args: readonly string[], env?: Record<string, string>) =>
    begin(['--url', server.url, ...args], env).ended
  return { ...server, folder, begin, read }
}

test('a book becomes a folder of chapters, or one file; nothing else is left', async (t) => {
  const { folder, read } = await start(t)
  const done = await read(['--out', join(folder, 'new', 'audio')])
  assert.equal(done.code, 0, done.output)
  assert.match(
    done.output,
    /reading First\n(.*\n)*3 files in .*audio: 0:00:\d\d of speech by anna, 3 chapters/,
  )
  assert.deepEqual(await readdir(join(folder, 'new')), ['audio'])
  assert.deepEqual((await readdir(join(folder, 'new/audio'))).sort(), [
    '01 First.mp3',
    '02 Second x y.mp3',
    '03 三.mp3',
  ])
  for (const [name, magic] of [
    ['a.mp3', 'ID3'],
    ['a.wav', 'RIFF'],
    ['a.flac', 'fLaC'],
    ['a.opus', 'OggS'],
  ] as const) {
    const { code, output } = await read(['--out', join(folder, name), '--speed', '1.25', '--voice', 'anna'])
    assert.equal(code, 0, output)
    const bytes = await readFile(join(folder, name))
    assert.equal(bytes.toString('latin1', 0, magic.length), magic)
    if (name === 'a.wav') assert.equal(bytes.readUInt32LE(40), bytes.length - 44)
  }
  const listed = await read(['--list'])
  assert.match(listed.output, /^First \(\d+ characters\)\nSecond: "x\/y" \(\d+ characters\)\n三 \(/)
})

test('with a server of its own it leaves nothing but the book where it runs', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-read-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'note.txt'), 'Good morning.')
  const entry = join(repoRoot, 'dist/src/commands/read.js')
  const child = spawn(process.execPath, [entry, 'note.txt', '--out', 'note.wav'], { cwd: folder })
  let output = ''
  child.stderr.on('data', (piece) => (output += piece))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
  assert.deepEqual((await readdir(folder)).sort(), ['note.txt', 'note.wav'])
})

test('after a kill it goes on where it was, and gives what it would have given', async (t) => {
  const { folder, begin, read, synthesizer, url } = await start(t)
  const speak = synthesizer.speak.bind(synthesizer)
  synthesizer.speak = (text, options) => {
    if (synthesizer.spoken.length === 2) synthesizer.script.hangAtChunk = 0
    return speak(text, options)
  }
  const out = join(folder, 'a.wav')
  const { child, ended } = begin(['--url', url, '--out', out, '--jobs', '1'])
  await until(() => synthesizer.spoken.length === 3, 'the third part')
  child.kill('SIGKILL')
  await ended
  await assert.rejects(readFile(out))
  const kept = (await readdir(`${out}.parts`)).filter((name) => name.endsWith('.part')).length
  synthesizer.script.hangAtChunk = undefined
  synthesizer.speak = speak
  await until(() => synthesizer.active === 0, 'the killed one’s speech to end')
  const before = synthesizer.spoken.length
  assert.equal((await read(['--out', out])).code, 0)
  const first = await readFile(out)
  const resumed = synthesizer.spoken.length - before
  assert.equal((await read(['--out', join(folder, 'b.wav')])).code, 0)
  const all = synthesizer.spoken.length - before - resumed
  assert.equal(resumed, all - kept)
  assert.equal(first.compare(await readFile(join(folder, 'b.wav'))), 0)
  // Another seed, voice or speed is other audio: nothing of it is taken.
  await mkdir(`${out}.parts`, { recursive: true })
  assert.equal((await read(['--out', out, '--seed', '2'])).code, 0)
  assert.notEqual(first.compare(await readFile(out)), 0)
  assert.deepEqual((await readdir(folder)).sort(), ['a.wav', 'b.wav', 'book.md'])
})

test('an m4b goes through ffmpeg with its chapters; without one, other ways are named', async (t) => {
  const { folder, read } = await start(t)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const none = await read(['--out', join(folder, 'a.m4b')], { PATH: bin })
  assert.deepEqual(
    [none.code, /expected ffmpeg with an AAC encoder for \.m4b, got none.*a folder, \.mp3/.test(none.output)],
    [1, true],
  )
  const fake = `#!${process.execPath}
const fs = require('node:fs'), args = process.argv.slice(2)
if (args.includes('-encoders')) { console.log(' A..... aac  AAC'); process.exit(0) }
const metadata = fs.readFileSync(args[args.lastIndexOf('-i') + 1], 'utf8')
let bytes = 0
process.stdin.on('data', (piece) => { bytes += piece.length })
process.stdin.on('end', () => {
  if (process.env.FAIL) { console.error('no room'); process.exit(1) }
  fs.writeFileSync(args.at(-1), JSON.stringify({ metadata, bytes, args }))
})
`
  await writeFile(join(bin, 'ffmpeg'), fake)
  await chmod(join(bin, 'ffmpeg'), 0o755)
  const done = await read(['--out', join(folder, 'a.m4b')], { PATH: bin })
  assert.equal(done.code, 0, done.output)
  const { metadata, bytes, args } = JSON.parse(await readFile(join(folder, 'a.m4b'), 'utf8'))
  assert.match(metadata, /^;FFMETADATA1\ntitle=book\n/)
  const ends = [
    ...metadata.matchAll(/\[CHAPTER\]\nTIMEBASE=1\/1000\nSTART=(\d+)\nEND=(\d+)\ntitle=(.*)\n/g),
  ].map(([, ...each]) => each)
  assert.deepEqual(
    ends.map(([, , title]) => title),
    ['First', 'Second: "x/y"', '三'],
  )
  assert.equal(ends[0]![1], ends[1]![0])
  assert(Math.abs(Number(ends[2]![1]) - (bytes / 2 / Number(args[args.indexOf('-ar') + 1])) * 1000) <= 1)
  const failed = await read(['--out', join(folder, 'b.m4b')], { PATH: bin, FAIL: '1' })
  assert.deepEqual([failed.code, /expected ffmpeg to write it, got: no room/.test(failed.output)], [1, true])
  assert.deepEqual((await readdir(folder)).sort(), ['a.m4b', 'b.m4b.parts', 'bin', 'book.md'])
})

test('what cannot be read is refused in one line, before anything is spoken', async (t) => {
  const { folder, read, begin, synthesizer } = await start(t)
  for (const [args, words] of [
    [['--out', join(folder, 'a.wma')], /expected a name that ends in \.wav, \.mp3/],
    [['--out', join(folder, 'a.mp3'), '--format', 'wav'], /expected it with a folder/],
    [[], /--out: expected a file or a folder/],
    [
      ['--out', join(folder, 'a.mp3'), '--voice', 'nobody'],
      /Voice not found: expected a stored voice, got nobody/,
    ],
    [['--out', join(folder, 'a.mp3'), '--speed', '9'], /expected 0\.5…2, got '9'/],
  ] as const) {
    const { code, output } = await read(args)
    assert.notEqual(code, 0)
    assert.match(output, words)
  }
  const away = await begin(['--url', '127.0.0.1:9', '--out', join(folder, 'a.mp3')]).ended
  assert.match(away.output, /^read: http:\/\/127\.0\.0\.1:9: expected a server that answers, got: .*\n$/)
  assert.equal(synthesizer.spoken.length, 0)
})
