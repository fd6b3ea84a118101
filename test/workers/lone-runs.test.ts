import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Bundle } from '../../src/core/bundle.ts'
import { loneRuns } from '../../workers/lone-runs.ts'

type Manifest = Bundle['manifest']

const files = [
  { name: 'flow.data', size: 300, sha256: '' },
  { name: 'flow-encoder.onnx', size: 20, sha256: '' },
  { name: 'hift.data', size: 5000, sha256: '' },
  { name: 'flowers.txt', size: 7000, sha256: '' },
]
const manifest = (acoustic: 'unet' | 'dit') =>
  ({ files, parameters: { acoustic } }) as unknown as Pick<Manifest, 'files' | 'parameters'>

it('a lone utterance has all threads where a copy of the flow leaves most of the memory', () => {
  assert.deepEqual(loneRuns(manifest('unet'), { loneThreads: 4 }, 640), { threads: 4, bytes: 320 })
  assert.equal(loneRuns(manifest('unet'), { loneThreads: 4 }, 639), undefined)
})

it('a lane without more threads, and a flow whose bytes would depend on them, have no such runs', () => {
  assert.equal(loneRuns(manifest('unet'), {}, 1e9), undefined)
  assert.equal(loneRuns(manifest('dit'), { loneThreads: 4 }, 1e9), undefined)
})
