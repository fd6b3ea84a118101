/** `verify` as it is run: on a fresh conversion of the reference checkpoint, and on what was tampered with. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { encodeNpy } from '../../src/audio/npy.ts'
import { convert } from '../../src/convert/convert.ts'
import { goldenFloats } from '../helpers/npy.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'

const STAGES = [
  'bundle files',
  'tokenizer',
  'front end',
  'sampling',
  'resampling',
  'features',
  'speech tokens',
  'llm',
  'bistream',
  'encoder',
  'estimator',
  'estimator calls',
  'incremental flow',
  'f0',
  'source',
  'waveform',
  'pipeline',
]

interface Summary {
  readonly ok: boolean
  readonly stages: Readonly<Record<string, { outcome: string; compared: number }>>
  readonly misses: readonly { stage: string; case: string; detail?: string; figure?: number | string }[]
}

let folder: string
let bundle: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-verify-'))
  bundle = join(folder, 'bundle')
  await convert(goldenDir, bundle)
})
after(() => rm(folder, { recursive: true, force: true }))

function verify(...args: string[]): { status: number | null; lines: string[]; stderr: string } {
  const script = join(repoRoot, 'dist', 'src', 'commands', 'verify.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, lines: stdout.trimEnd().split('\n'), stderr }
}

const summaryOf = (lines: readonly string[]) => JSON.parse(lines.at(-1)!) as Summary

/** Stored arrays of one section alone, to be changed. */
async function sectionAlone(section: string): Promise<string> {
  const at = await mkdtemp(join(folder, 'expected-'))
  await mkdir(join(at, section))
  await cp(join(goldenDir, 'expected', section), join(at, section), { recursive: true })
  return at
}

it('a fresh conversion holds in every stage', () => {
  const { status, lines, stderr } = verify(bundle, join(goldenDir, 'expected'))
  assert.equal(stderr, '')
  const { ok, stages, misses } = summaryOf(lines)
  assert.deepEqual(misses, [])
  assert.equal(status, 0)
  assert.equal(ok, true)
  assert.deepEqual(Object.keys(stages), STAGES)
  for (const [name, { outcome, compared }] of Object.entries(stages)) {
    // Of the other family's estimator alone.
    const isOther = name === 'estimator calls'
    assert.equal(outcome, isOther ? 'skipped' : 'ok', name)
    assert(isOther || compared > 0, name)
  }
  const total = Object.values(stages).reduce((sum, { compared }) => sum + compared, 0)
  assert(total >= 130, `only ${total} comparisons`)
  assert.match(lines[0]!, /^stage +case +what +figure +limit ok$/)
  assert(lines.some((line) => /^f0 +f0 +Hz +\S+ +≤ 1\.0e-2 ok$/.test(line)))
})

it('what is not stored is skipped, never ok', async () => {
  const { status, lines } = verify(bundle, await sectionAlone('tokenizer'))
  const { stages } = summaryOf(lines)
  assert.equal(status, 0)
  for (const name of STAGES.slice(2)) assert.equal(stages[name]!.outcome, 'skipped', name)
})

it('a changed stored value is a miss of its stage', async () => {
  const at = await sectionAlone('hift')
  const { shape, data } = goldenFloats('hift/f0')
  data[7]! += 0.1
  await writeFile(join(at, 'hift', 'f0.npy'), encodeNpy(data, shape))
  const { status, lines } = verify(bundle, at)
  const { stages, misses } = summaryOf(lines)
  assert.equal(status, 1)
  assert.equal(stages.f0!.outcome, 'miss')
  assert.equal(misses[0]!.stage, 'f0')
  assert(Math.abs(Number(misses[0]!.figure) - 0.1) < 0.005)
})

it('a stored array that is cut off is a miss that names the file, and the other stages go on', async () => {
  const at = await sectionAlone('hift')
  const whole = await readFile(join(at, 'hift', 'f0.npy'))
  await writeFile(join(at, 'hift', 'f0.npy'), whole.subarray(0, -8))
  const { status, lines } = verify(bundle, at)
  const { stages, misses } = summaryOf(lines)
  assert.equal(status, 1)
  assert.match(misses[0]!.detail!, /hift\/f0\.npy/)
  assert.equal(stages.waveform!.outcome, 'ok')
})

it('a changed weight is a miss of the bundle’s files and of the stage that it is in', async () => {
  const copy = join(folder, 'changed')
  await cp(bundle, copy, { recursive: true })
  const weights = await readFile(join(copy, 'hift.data'))
  const view = new Float32Array(weights.buffer, weights.byteOffset, weights.length / 4)
  for (let i = 0; i < view.length; i += 50) view[i]! += 0.05
  await writeFile(join(copy, 'hift.data'), weights)
  const { status, lines } = verify(copy, await sectionAlone('hift'))
  const { misses } = summaryOf(lines)
  assert.equal(status, 1)
  const stages = new Set(misses.map(({ stage }) => stage))
  assert(stages.has('bundle files') && stages.has('f0') && stages.has('waveform'), [...stages].join())
  assert.match(misses[0]!.detail!, /hift\.data/)
})

it('what cannot be read is one line on standard error', async () => {
  await mkdir(join(folder, 'empty'))
  const cases: [string[], number, RegExp][] = [
    [[join(folder, 'nowhere'), goldenDir], 1, /^verify: .*nowhere.*no manifest\.json there\n$/],
    [[bundle, join(folder, 'nowhere')], 1, /^verify: .*nowhere.*ENOENT\n$/],
    [[bundle, join(folder, 'empty')], 1, /^verify: .*expected one of the folders tokenizer, .*got none\n$/],
    [[bundle], 2, /^error: missing required argument 'expected'\n$/],
  ]
  for (const [args, code, message] of cases) {
    const { status, stderr, lines } = verify(...args)
    assert.equal(status, code, args.join(' '))
    assert.match(stderr, message)
    assert.deepEqual(lines, [''])
  }
  const { status, lines } = verify('--help')
  assert.equal(status, 0)
  assert.match(lines.join('\n'), /<bundle>.*<expected>/s)
})
