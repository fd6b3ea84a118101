/** Two hundred kills at random moments while voices are stored: what was answered is there, and nothing is half there. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { VoiceLibrary } from '../../src/voice/voice-library.ts'
import { repoRoot } from '../helpers/paths.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { WRITER_BUNDLE } from './written-voices.ts'

const KILLS = 200
const WRITER = join(repoRoot, 'dist/test/cluster/voice-writer.js')

test('B9 killed at any moment of an upload, no voice is lost and none is half there', async (t) => {
  const folder = testFolder(t)
  const random = new SeededRandom(7)
  /** What was answered last and what may have been stored since; undefined among them: nothing was answered yet. */
  const kept = new Map<string, Set<number | undefined>>()
  let stored = 0
  /** ms that a store took lately: kills fall before, into and behind it, however busy the machine is. */
  let storeMs = 20
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    let begunMs: number | undefined
    child.stdout.on('data', (piece) => {
      text += piece
      if (begunMs === undefined && text.includes('begin')) {
        begunMs = performance.now()
        setTimeout(() => child.kill('SIGKILL'), random.below(Math.ceil(3 * storeMs)))
      }
      const answers = text.split('\nstored').length - 1
      if (begunMs !== undefined && answers > 0) storeMs = (performance.now() - begunMs) / answers
    })
    await once(child, 'close')
    for (const line of text.split('\n')) {
      const [word, id = '', value] = line.split(' ')
      if (word === 'begin') kept.set(id, new Set([...(kept.get(id) ?? [undefined]), Number(value)]))
      if (word === 'stored') {
        kept.set(id, new Set([Number(value)]))
        stored++
      }
    }
    const library = await VoiceLibrary.open(WRITER_BUNDLE, folder, {
      onQuarantine: assert.fail,
      onUnreadable: assert.fail,
    })
    for (const [id, values] of kept) {
      const found = library.has(id, undefined) ? (await library.load(id)).speechTokens[0] : undefined
      assert(values.has(found), `${id} is ${found ?? 'lost'}`)
    }
    assert(readdirSync(folder).every((name) => name.endsWith('.voice')))
  }
  t.diagnostic(`${stored} stores answered between ${KILLS} kills`)
  assert(stored > KILLS / 4)
})
