/** Backup and restore as an operator types them: of a running installation, into an empty one, over another, from damage. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { restoreBackup } from '../../src/backup/restore.ts'
import { saveBackup } from '../../src/backup/save.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Bundle } from '../../src/core/bundle.ts'
import { describeError } from '../../src/core/errors.ts'
import { encodeVoice, type Voice } from '../../src/core/voice.ts'
import { DictionaryStore } from '../../src/voice/dictionary-store.ts'
import { VoiceLibrary } from '../../src/voice/voice-library.ts'
import { repoRoot } from '../helpers/paths.ts'
import { testFolder } from '../helpers/proxy-process.ts'

/** What version 0.1.0 left: two voices, one of a key's and in Chinese, words for one of them, settings, keys. */
const OF_0_1_0 = join(repoRoot, 'test/fixtures/backup-0.1.0')

const OWNER = 'ab'.repeat(32)
const VOICE: Voice = {
  key: 'k',
  transcript: 'What she says.',
  mode: 'transcript',
  seconds: 0.04,
  language: undefined,
  speechTokens: Int32Array.of(7),
  mel: new Float32Array(2 * 80),
  embedding: new Float32Array(192),
}

function run(command: 'backup' | 'restore', ...args: readonly string[]) {
  const entry = join(repoRoot, 'dist/src/commands', `${command}.js`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

async function openVoices(folder: string) {
  const bundle = {
    manifest: { parameters: { features: { mel: { mels: 80 } }, llm: { speechTokenSize: 6561 } }, voices: [] },
    path: String,
  } as unknown as Bundle
  const events = { onQuarantine: (line: string) => assert.fail(line), onUnreadable: assert.fail }
  const library = await VoiceLibrary.open(bundle, join(folder, 'default'), events)
  return { library, words: await DictionaryStore.open(join(folder, 'default'), assert.fail) }
}

/** An installation with three voices, words, a key, and what is no voice: damage, half a write, a link. */
async function install(t: TestContext) {
  const root = testFolder(t)
  const voicesDir = join(root, 'voices')
  const { library, words } = await openVoices(voicesDir)
  await library.store('anna', VOICE, false)
  await library.store('小美', { ...VOICE, transcript: '你好。' }, false)
  await library.store('anna', { ...VOICE, owner: OWNER }, false)
  await words.put(undefined, 'anna', { nginx: 'engine x' })
  mkdirSync(join(voicesDir, 'default/quarantine'))
  writeFileSync(join(voicesDir, 'default/quarantine/old.voice'), 'damaged')
  writeFileSync(join(voicesDir, 'default/b.voice.1.1.partial'), 'half')
  symlinkSync('/etc/hostname', join(voicesDir, 'default/link.voice'))
  const keys = join(root, 'keys.yaml')
  writeFileSync(keys, `keys:\n  - name: shop\n    sha256: [${OWNER}]\n    scopes: [speak]\n`)
  const settings = join(root, 'settings.yaml')
  const values = { voicesDir, server: { keysFile: keys, port: 9001 }, limits: { rate_limit: 'off' } }
  writeFileSync(settings, JSON.stringify({ ...values, models: { 'a.b': '/models/a' } }))
  return { root, voicesDir, keys, settings }
}

it('what is backed up and put back on an empty machine is what was there: voices, words, settings, keys', async (t) => {
  const { root, voicesDir, keys, settings } = await install(t)
  const backup = join(root, 'backups/monday')
  const saved = run('backup', backup, '--config', settings)
  assert.deepEqual([saved.status, saved.stderr.includes('link.voice is left out')], [0, true], saved.stderr)
  assert.match(saved.stdout, /: 6 files, 3 of them voices, /)
  assert.equal(statSync(backup).mode & 0o077, 0, 'only its owner may read it')
  const was = { settings: loadConfig({ file: settings }), keys: readFileSync(keys, 'utf8') }
  for (const gone of [voicesDir, keys, settings]) rmSync(gone, { recursive: true })
  const restored = run('restore', backup, '--config', settings)
  assert.equal(restored.status, 0, restored.stderr)
  assert.match(restored.stdout, /\n5 files put back, 0 were there; a backup of 20/)
  assert.deepEqual(loadConfig({ file: settings }), was.settings)
  assert.equal(readFileSync(keys, 'utf8'), was.keys)
  const { library, words } = await openVoices(voicesDir)
  assert.deepEqual(
    library
      .list()
      .map(({ id }) => id)
      .sort(),
    ['anna', '小美'],
  )
  assert(library.has('anna', OWNER))
  assert.equal((await library.load('小美')).transcript, '你好。')
  assert.deepEqual(words.wordsFor(undefined, 'anna'), { nginx: 'engine x' })
  assert.deepEqual(
    readdirSync(join(voicesDir, 'default')).filter((name) => /partial|link/.test(name)),
    [],
  )
  // Once more: nothing is to be done.
  assert.match(run('restore', backup, '--config', settings).stdout, /^0 files put back, 5 were there/)
})

it('what version 0.1.0 left behind is served by this one', async (t) => {
  const root = testFolder(t)
  const settings = join(root, 'settings.yaml')
  const voicesDir = join(root, 'voices')
  const keysFile = join(root, 'keys.yaml')
  const { status, stderr } = run(
    'restore',
    OF_0_1_0,
    '--config',
    settings,
    ...['--set', `voicesDir=${voicesDir}`, '--set', `server.keysFile=${keysFile}`],
  )
  assert.equal(status, 0, stderr)
  const { library, words } = await openVoices(voicesDir)
  assert.deepEqual(
    library
      .list()
      .map(({ id }) => id)
      .sort(),
    ['anna', '小美'],
  )
  assert.equal((await library.load('小美')).transcript, '你好。')
  assert(library.has('anna', OWNER))
  assert.deepEqual(words.wordsFor(undefined, 'anna'), { nginx: 'engine x' })
  assert.equal(loadConfig({ file: settings }).limits.rate_limit, 'off')
  assert.match(readFileSync(keysFile, 'utf8'), /name: shop/)
})

it('a file that differs is not replaced unasked, and then nothing else is written either', async (t) => {
  const { root, voicesDir, settings } = await install(t)
  const backup = join(root, 'backup')
  assert.equal(run('backup', backup, '--config', settings).status, 0)
  const changed = join(voicesDir, 'default/anna.voice')
  const before = readFileSync(changed)
  const newer = encodeVoice({ ...VOICE, transcript: 'Something else.' })
  writeFileSync(changed, newer)
  const removed = join(voicesDir, 'default/dictionaries/all.json')
  rmSync(removed)
  const kept = join(voicesDir, 'default/later.voice')
  writeFileSync(kept, newer)
  const refused = run('restore', backup, '--config', settings)
  assert.equal(refused.status, 2)
  assert.match(refused.stderr, /anna\.voice, got one that differs from the backup; --replace/)
  assert.deepEqual([existsSync(removed), readFileSync(changed).equals(newer)], [false, true])
  assert.equal(run('restore', backup, '--config', settings, '--replace').status, 0)
  assert(readFileSync(changed).equals(before))
  assert(existsSync(removed) && existsSync(kept), 'what the backup does not know stays')
})

it('a damaged, foreign, cut or hostile backup is refused with a reason, and nothing is written', async (t) => {
  const root = testFolder(t)
  const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  const change = (
    folder: string,
    edit: (manifest: { format: unknown; files: { path: string }[] }) => void,
  ) => {
    const manifest = manifestOf(folder)
    edit(manifest)
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  }
  const leadTo = (path: string) => (folder: string) => change(folder, ({ files }) => (files[0]!.path = path))
  const voice = (folder: string) => join(folder, manifestOf(folder).files[0].path)
  const damages: Record<string, readonly [(folder: string) => void, RegExp]> = {
    'no list': [
      (folder) => rmSync(join(folder, 'manifest.json')),
      /expected a backup's manifest\.json in .*, got none/,
    ],
    'no JSON': [(folder) => writeFileSync(join(folder, 'manifest.json'), '{'), /got a file that is not JSON/],
    'a later format': [(folder) => change(folder, (all) => (all.format = 2)), /expected format 1, got 2/],
    'a changed byte': [
      (folder) => {
        const bytes = readFileSync(voice(folder))
        bytes[bytes.length - 1]! ^= 1
        writeFileSync(voice(folder), bytes)
      },
      /expected the bytes that were backed up, got others/,
    ],
    'a cut file': [(folder) => writeFileSync(voice(folder), 'x'), /expected \d+ bytes, got 1/],
    'a lost file': [(folder) => rmSync(voice(folder)), /expected the file .*, got none/],
    'a link': [
      (folder) => {
        rmSync(voice(folder))
        symlinkSync('/etc/hostname', voice(folder))
      },
      /expected a file, got something else/,
    ],
    'a path upwards': [leadTo('voices/../../x'), /expected a relative path of plain names/],
    'an absolute path': [leadTo('/tmp/x'), /expected a relative path of plain names/],
    'a hidden name': [leadTo('voices/.profile'), /expected a relative path of plain names/],
    'another part': [
      leadTo('elsewhere/x'),
      /expected a file in voices, jobs, got elsewhere\/x|expected the file/,
    ],
  }
  for (const [what, [damage, reason]] of Object.entries(damages)) {
    const folder = join(root, what)
    cpSync(OF_0_1_0, folder, { recursive: true })
    damage(folder)
    const target = join(root, `${what} target`)
    const config = loadConfig({ set: [`voicesDir=${target}`] })
    await assert.rejects(restoreBackup({ config, folder, replace: true }), (error: unknown) => {
      assert.match(describeError(error), reason, what)
      return true
    })
    assert(!existsSync(target), what)
  }
})

it('a backup is not made over another, nor inside of what it saves, nor of files that it cannot read', async (t) => {
  const { root, voicesDir, settings, keys } = await install(t)
  const config = loadConfig({ file: settings })
  const save = (folder: string) => saveBackup({ config, folder, note: () => {} })
  const refused = async (folder: string, reason: RegExp) => {
    await assert.rejects(save(folder), (error: unknown) => {
      assert.match(describeError(error), reason)
      return true
    })
  }
  await refused(root, /expected a folder that does not exist yet, got /)
  await refused(join(voicesDir, 'new/backup'), /expected a folder outside of what is saved/)
  rmSync(keys)
  await refused(join(root, 'backup'), /ENOENT.*keys\.yaml/)
  assert(!existsSync(join(root, 'backup')), 'a backup that was not finished is none')
  // One that was cut short leaves nothing that the next would take for its own.
  writeFileSync(keys, '')
  mkdirSync(join(root, 'backup.partial'), { recursive: true })
  writeFileSync(join(root, 'backup.partial/junk'), '')
  await save(join(root, 'backup'))
  assert(!existsSync(join(root, 'backup/junk')))
})

it('voices that come, change and go while a backup is made are in it whole or not at all', async (t) => {
  const { root, voicesDir, settings } = await install(t)
  rmSync(join(voicesDir, 'default/link.voice'))
  const { library } = await openVoices(voicesDir)
  const config = loadConfig({ file: settings })
  let isOver = false
  const churn = (async () => {
    for (let i = 0; !isOver; i++) {
      await library.store(`v${i % 7}`, { ...VOICE, transcript: `Number ${i}.` }, true)
      if (i % 3 === 0) await library.delete(`v${i % 7}`)
    }
  })()
  for (let round = 0; round < 8; round++) {
    const folder = join(root, `backup-${round}`)
    await saveBackup({ config, folder, note: () => {} })
    const to = join(root, `again-${round}`)
    await restoreBackup({ config: loadConfig({ set: [`voicesDir=${to}`] }), folder, replace: false })
    const { library: again } = await openVoices(to)
    assert(again.has('anna', undefined) && again.has('小美', undefined))
  }
  isOver = true
  await churn
})
