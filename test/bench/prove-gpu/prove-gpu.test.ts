/** The proof of a card, on a CPU: it proves itself at tiny size, goes on where it was cut, and says what it left out. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, it } from 'node:test'
import type { StepResult } from '../../../bench/prove-gpu/lines.ts'
import { repoRoot } from '../../helpers/paths.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-proof-'))
  process.on('exit', () => spawnSync('rm', ['-rf', folder]))
})

function prove(...args: string[]) {
  const entry = join(repoRoot, 'dist/bench/prove-gpu/main.js')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [entry, '--device', 'cpu', '--folder', folder, ...args],
    { cwd: repoRoot, encoding: 'utf8' },
  )
  const last = stdout.trim().split('\n').at(-1) ?? ''
  return { status, stdout, stderr, summary: last.startsWith('{') ? JSON.parse(last) : undefined }
}

const QUICK = [
  'card',
  'bundles',
  'placement',
  'residence',
  'captured',
  'models',
  'llm-times',
  'flow-times',
  'vocoder-times',
]

it('every quick step runs at tiny size: what can be compared is the same, times are told, the rest is left out', async () => {
  const { status, stdout, summary } = prove(...QUICK.flatMap((step) => ['--only', step]), '--minutes', '30')
  assert.equal(status, 0, stdout)
  assert.equal(summary.ok, true)
  assert.deepEqual(summary.missed, [])
  assert.deepEqual(summary.left_out, [
    'driver and card',
    'captured runs',
    'models of the published dimensions',
  ])
  for (const name of [
    'ms of an LLM step of 2 rows',
    'ms of an Euler step of 2 streams behind 75 tokens',
    'ms of a fork of a prompt of 100 tokens',
    'ms of a vocoder hop of 50 frames',
  ])
    assert(summary.figures[name] > 0, name)
  const files = await readdir(folder)
  for (const step of QUICK) assert(files.includes(`${step}.json`), step)
})

it('a resumed proof keeps what ran to its end, and runs what did not', async () => {
  const file = join(folder, 'placement.json')
  const before = await readFile(file, 'utf8')
  const cut = JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')) as StepResult
  await writeFile(join(folder, 'card.json'), JSON.stringify({ ...cut, isWhole: false, lines: [] }))
  const { stdout, summary } = prove('--resume', '--only', 'card', '--only', 'placement')
  assert.match(stdout, /placement: .*\(kept from before\)/)
  assert.doesNotMatch(stdout, /card: .*\(kept/)
  assert.equal(await readFile(file, 'utf8'), before)
  assert.deepEqual(summary.left_out, ['driver and card'])
})

it('a step without time is left out, and one that dies is a miss', async () => {
  const late = prove('--only', 'placement', '--minutes', '0.01')
  assert.deepEqual(late.summary.left_out, ['placement'])
  assert.equal(late.status, 1, 'nothing was compared')
  await rm(join(folder, 'bundles'), { recursive: true })
  await writeFile(join(folder, 'bundles'), 'no folder')
  const dead = prove('--only', 'placement')
  assert.equal(dead.status, 1)
  assert.deepEqual(dead.summary.missed, ['placement: how its process ended'])
})

it('a server is asked by more and more listeners', async () => {
  prove('--only', 'listeners', '--minutes', '30')
  const { isWhole, lines } = JSON.parse(await readFile(join(folder, 'listeners.json'), 'utf8')) as StepResult
  assert.equal(isWhole, true, JSON.stringify(lines))
  for (const count of [1, 2])
    for (const what of ['answers that failed', 'share of accepted answers with a gap', 'refused'])
      assert(
        lines.some(({ name }) => name === `${count} listeners: ${what}`),
        what,
      )
})

it('wrong arguments are one line and exit code 2', () => {
  for (const wrong of [
    ['--only', 'nothing'],
    ['--minutes', '0'],
    ['--device', 'tpu'],
    ['--size', 'huge'],
  ]) {
    const { status, stderr } = prove(...wrong)
    assert.equal(status, 2, wrong.join(' '))
    assert.match(stderr, /^error: [^\n]+\n$/)
  }
})
