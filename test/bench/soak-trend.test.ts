/** The soak's judgement: a planted rise is found whatever the noise, and noise without one is not. */
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { seededRandom } from '../../bench/load/random.ts'
import { KeptSamples } from '../../bench/soak/kept-samples.ts'
import { blocksOf, svgOf } from '../../bench/soak/picture.ts'
import { type Sample, trendOf } from '../../bench/soak/trend.ts'
import { testFolder } from '../helpers/proxy-process.ts'

/** A run of `seconds`: a warm-up, spikes of work, noise, and a rise per second. */
function run(seconds: number, risePerSecond: number, seed: number): Sample[] {
  const random = seededRandom(seed)
  return Array.from({ length: seconds }, (_, at) => {
    const warm = 300 * (1 - Math.exp(-at / (seconds / 12)))
    const spike = random() < 0.3 ? 200 * random() : 0
    return { at, value: 400 + warm + spike + 10 * random() + risePerSecond * at }
  })
}

test('a leak of a megabyte a second is found, level lines with spikes are not', () => {
  for (let seed = 1; seed <= 50; seed++) {
    assert.equal(trendOf(run(120, 0, seed), 60).rises, false, `level, seed ${seed}`)
    assert.equal(trendOf(run(120, 1, seed), 60).rises, true, `leak, seed ${seed}`)
    // Over two hours a hundredth of it is enough.
    assert.equal(trendOf(run(7200, 0.02, seed), 60).rises, true, `slow leak, seed ${seed}`)
  }
})

test('a falling line and a short run are level', () => {
  assert.equal(trendOf(run(120, -2, 1), 60).rises, false)
  assert.equal(trendOf([], 60).rises, false)
  assert.equal(trendOf([{ at: 1, value: 5 }], 60).rises, false)
})

test('the picture has every line, and says which rises', () => {
  const samples = run(120, 5, 1)
  const line = { name: 'memory <b>', unit: 'MB', samples, trend: trendOf(samples, 60) }
  const svg = svgOf('a & b', [line, { ...line, name: 'heap', trend: { ...line.trend, rises: false } }])
  assert.equal(svg.match(/<polyline/g)?.length, 2)
  assert.equal(svg.match(/rises/g)?.length, 1)
  assert(!svg.includes('<b>'))
  assert.match(blocksOf(line), /RISES$/)
})

test('a run that was cut short goes on: samples of each process are kept, and a line cut in its middle is left out', (t) => {
  const file = join(testFolder(t), 'new', 'soak.txt')
  const first = new KeptSamples(file)
  for (let at = 0; at <= 60; at++) first.add('memory', { at, value: 500 })
  first.add('heap', { at: 60, value: 40 })
  appendFileSync(file, 'memory 61.0 9')
  const second = new KeptSamples(file)
  assert.equal(second.seconds, 60)
  second.add('memory', { at: 0, value: 300 })
  second.add('memory', { at: 5, value: 301 })
  const third = new KeptSamples(file)
  assert.equal(third.seconds, 65)
  assert.equal(third.processes.length, 3)
  assert.deepEqual(third.all('memory').slice(-2), [
    { at: 60, value: 300 },
    { at: 65, value: 301 },
  ])
  assert.deepEqual(third.all('heap'), [{ at: 60, value: 40 }])
  // Without a file nothing is kept.
  assert.equal(new KeptSamples(undefined).seconds, 0)
})
