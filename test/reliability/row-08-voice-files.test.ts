/** Row 8: whatever lies in the voices folder, the server starts and serves the rest. */
import assert from 'node:assert/strict'
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import koffi from 'koffi'
import { readBundle } from '../../src/core/bundle.ts'
import type { FileCalls } from '../../src/core/durable-file.ts'
import { TtsError } from '../../src/core/errors.ts'
import { decodeVoice, encodeVoice, readVoice } from '../../src/core/voice.ts'
import { DictionaryStore } from '../../src/voice/dictionary-store.ts'
import { VoiceLibrary } from '../../src/voice/voice-library.ts'
import {
  ask,
  assertAtRest,
  convertTiny,
  listen,
  openTiny,
  type TinyBundle,
} from '../helpers/tiny-synthesizer.ts'
import { assertCensus, census } from './invariant.ts'

let bundle: TinyBundle
let root: string
before(async () => {
  bundle = await convertTiny()
  root = await mkdtemp(join(tmpdir(), 'light-tts-row8-'))
})
after(async () => {
  await bundle.remove()
  await rm(root, { recursive: true })
})

/** A folder with one whole voice in it, `good`, and that voice's bytes. */
async function folderWithVoice(name: string): Promise<{ folder: string; whole: Buffer }> {
  const folder = join(root, name)
  await mkdir(folder)
  const { manifest, path } = await readBundle(bundle.dir)
  const whole = Buffer.from(encodeVoice(await readVoice(path(manifest.voices[0]!.file))))
  await writeFile(join(folder, 'good.voice'), whole)
  return { folder, whole }
}

/** A library over the folder, and what it told. */
async function openLibrary(folder: string, fileCalls?: FileCalls) {
  const lines: string[] = []
  const library = await VoiceLibrary.open(await readBundle(bundle.dir), folder, {
    onQuarantine: (line) => lines.push(line),
    onUnreadable: (line) => lines.push(line),
    ...(fileCalls === undefined ? {} : { fileCalls }),
  })
  return { library, lines }
}

test('damaged, empty, foreign and odd entries are set aside, named and counted; others are served', async () => {
  const { folder, whole } = await folderWithVoice('damaged')
  const voice = decodeVoice(whole, 'good')
  const flipped = Buffer.from(whole)
  flipped[whole.length - 5]! ^= 1
  const otherModel = encodeVoice({ ...voice, mel: voice.mel.subarray(0, voice.mel.length - 80) })
  const notFinite = encodeVoice({ ...voice, mel: voice.mel.map((_, i) => (i === 3 ? Number.NaN : 0)) })
  // Stored with a model of more speech tokens, the largest of which other models have; by a faulty tool.
  const { speechTokenSize } = (await readBundle(bundle.dir)).manifest.parameters.llm
  const withToken = (token: number) =>
    encodeVoice({ ...voice, speechTokens: voice.speechTokens.map(() => token) })
  const withMel = (value: number) => encodeVoice({ ...voice, mel: voice.mel.map(() => value) })
  const files: Record<string, Uint8Array> = {
    'truncated.voice': whole.subarray(0, whole.length / 2),
    'longer.voice': Buffer.concat([whole, Buffer.alloc(7)]),
    'empty.voice': Buffer.alloc(0),
    'foreign.voice': Buffer.from('RIFF....WAVEfmt '.repeat(100)),
    'flipped.voice': flipped,
    'other-model.voice': otherModel,
    'nan.voice': notFinite,
    'larger-model.voice': withToken(speechTokenSize),
    'other-family.voice': withToken(6560),
    'below-zero.voice': withToken(-1),
    'overflow.voice': withMel(1e30),
    '.voice': whole.subarray(0, 20),
  }
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
  await mkdir(join(folder, 'folder.voice', 'inner'), { recursive: true })
  // A pipe without a writer, a device, a link that leads to itself, and a file larger than any voice.
  if (process.platform === 'linux') {
    makePipe(join(folder, 'pipe.voice'))
    await symlink('/dev/zero', join(folder, 'device.voice'))
    await symlink(join(folder, 'ring.voice'), join(folder, 'ring.voice'))
    await writeFile(join(folder, 'huge.voice'), '')
    await truncate(join(folder, 'huge.voice'), 2 ** 40)
  }
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.voice'))
  await writeFile(join(folder, 'half.voice.123.partial'), whole.subarray(0, 10))
  await writeFile(join(folder, 'README'), 'not ours, stays')
  const census0 = census()

  const lines: string[] = []
  let counted = 0
  const server = await openTiny(bundle, {
    voicesDir: folder,
    also: { log: (_level, line) => void lines.push(line), onQuarantine: () => counted++ },
  })
  const odd = ['pipe.voice', 'device.voice', 'ring.voice', 'huge.voice']
  const bad = [
    ...Object.keys(files),
    'folder.voice',
    'dangling.voice',
    ...(process.platform === 'linux' ? odd : []),
  ]
  assert.equal(counted, bad.length)
  for (const name of bad)
    assert(
      lines.some((line) => line.includes(`/${name} is not a voice`)),
      name,
    )
  assert.deepEqual((await readdir(folder)).sort(), ['README', 'good.voice', 'quarantine'])
  assert.equal((await readdir(join(folder, 'quarantine'))).length, bad.length)
  const users = server.synthesizer.listVoices().filter(({ origin }) => origin === 'user')
  assert.deepEqual(
    users.map(({ id }) => id),
    ['good'],
  )
  assert((await listen(await ask(server, { text: 'Hello there.', seed: 1, voice: 'good' }))).length > 0)
  await assertAtRest(server)
  assert.equal(await server.close(5000), true)
  await assertCensus(census0, [folder])
})

test('a whole voice that no request can name is left where it is, and told', async () => {
  const { folder, whole } = await folderWithVoice('renamed')
  const { manifest } = await readBundle(bundle.dir)
  const model = `${manifest.voices[0]!.id}.voice`
  const names = ['my good voice.voice', '.hidden.voice', 'größe.voice', model]
  for (const name of names) await writeFile(join(folder, name), whole)
  const { library, lines } = await openLibrary(folder)
  assert.deepEqual(
    library.list().flatMap(({ id, origin }) => (origin === 'user' ? [id] : [])),
    ['good'],
  )
  assert.equal(lines.length, names.length)
  for (const name of names)
    assert(
      lines.some((line) => line.startsWith(join(folder, name))),
      name,
    )
  assert.deepEqual((await readdir(folder)).sort(), ['good.voice', ...names].sort())
})

test('a file that cannot be read now, for want of descriptors or rights, stays and is served later', async () => {
  const { folder, whole } = await folderWithVoice('unread')
  const disk = failingOpens()
  const { library, lines } = await openLibrary(folder, disk.calls)
  for (const failure of ['EMFILE', 'EACCES', 'EIO']) {
    disk.code = failure
    await assert.rejects(library.load('good'), (error) => error instanceof TtsError && error.status === 503)
    const restarted = await openLibrary(folder, disk.calls)
    assert.match(restarted.lines.join(), /good\.voice is left out: .*told to fail/)
    assert.deepEqual(await readFile(join(folder, 'good.voice')), whole)
  }
  disk.code = undefined
  assert.deepEqual(lines, [])
  assert((await library.load('good')).mel.length > 0)
})

test('a file damaged while the server runs is one 404, then the voice is unknown', async () => {
  const { folder, whole } = await folderWithVoice('later')
  const { library, lines } = await openLibrary(folder)
  await writeFile(join(folder, 'good.voice'), whole.subarray(0, 100))
  const notFound = (error: unknown) => error instanceof TtsError && error.status === 404
  await assert.rejects(library.load('good'), notFound)
  await assert.rejects(library.load('good'), notFound)
  assert.equal(lines.length, 1)
  assert.deepEqual(await readdir(folder), ['quarantine'])
})

test('files of the earlier format, without a checksum, are served', async () => {
  const { folder, whole } = await folderWithVoice('earlier')
  const length = Number(whole.readBigUInt64LE(0))
  const header = JSON.parse(whole.toString('utf8', 8, 8 + length))
  header.__metadata__.format = 'light-tts-voice-1'
  delete header.__metadata__.sha256
  const json = Buffer.from(JSON.stringify(header).padEnd(length))
  const earlier = Buffer.concat([whole.subarray(0, 8), json, whole.subarray(8 + length)])
  await writeFile(join(folder, 'good.voice'), earlier)
  const { library } = await openLibrary(folder)
  assert((await library.load('good')).mel.length > 0)
})

test('a voices folder that cannot be used leaves the voices of the model', async () => {
  const file = join(root, 'a-file')
  await writeFile(file, '')
  const { library, lines } = await openLibrary(join(file, 'voices'))
  assert.match(lines.join('\n'), /voices of users in .* are not available/)
  const { id } = library.list()[0]!
  assert((await library.load(id)).mel.length > 0)
})

test('odd files among the dictionaries are set aside; one that cannot be read now is not replaced', async () => {
  const voices = join(root, 'words')
  const folder = join(voices, 'dictionaries')
  await mkdir(folder, { recursive: true })
  const kept = JSON.stringify({ server: { GIF: 'jif' }, voices: {} })
  await writeFile(join(folder, 'all.json'), kept)
  await writeFile(join(folder, 'cut.json'), kept.slice(0, 20))
  await writeFile(join(folder, 'other.json'), '[1,2]')
  await writeFile(join(folder, 'huge.json'), '')
  await truncate(join(folder, 'huge.json'), 2 ** 40)
  await mkdir(join(folder, 'folder.json'))
  const bad = ['cut', 'other', 'huge', 'folder']
  if (process.platform === 'linux') {
    makePipe(join(folder, 'pipe.json'))
    await symlink('/dev/zero', join(folder, 'device.json'))
    bad.push('pipe', 'device')
  }
  const lines: string[] = []
  const store = await DictionaryStore.open(voices, (line) => lines.push(line))
  assert.deepEqual(store.of(undefined).server, { GIF: 'jif' })
  assert.equal(lines.length, bad.length)
  for (const name of bad) assert(lines.some((line) => line.includes(`/${name}.json is no dictionary`)))
  assert.deepEqual((await readdir(folder)).sort(), ['all.json', 'quarantine'])

  const disk = failingOpens('EACCES')
  const unread = await DictionaryStore.open(voices, (line) => lines.push(line), disk.calls)
  assert.match(lines.at(-1)!, /all\.json is left out: .*told to fail/)
  const unavailable = (error: unknown) => error instanceof TtsError && error.status === 503
  await assert.rejects(unread.put(undefined, undefined, { SQL: 'sequel' }), unavailable)
  disk.code = undefined
  await unread.put(undefined, 'good', { SQL: 'sequel' })
  assert.deepEqual(unread.wordsFor(undefined, 'good'), { GIF: 'jif', SQL: 'sequel' })
})

/** Calls of which `open` fails with `code`, where there is one. */
function failingOpens(code?: string): { readonly calls: FileCalls; code: string | undefined } {
  const disk: { readonly calls: FileCalls; code: string | undefined } = {
    code,
    calls: {
      open: async (...args) => {
        if (disk.code !== undefined) throw Object.assign(new Error('told to fail'), { code: disk.code })
        return open(...args)
      },
      rename,
      rm,
    },
  }
  return disk
}

/** A pipe without a writer. */
function makePipe(path: string): void {
  assert.equal(koffi.load(null).func('int mkfifo(const char *path, unsigned int mode)')(path, 0o600), 0)
}
