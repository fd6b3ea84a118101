import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AUDIO_CASES } from '../../bench/micro/audio-cases.ts'
import { type Load, loadFrom } from '../../bench/micro/micro-case.ts'
import { POLICY_CASES } from '../../bench/micro/policy-cases.ts'
import { REQUEST_CASES } from '../../bench/micro/request-cases.ts'
import { repoRoot } from '../helpers/paths.ts'

const own = loadFrom(repoRoot)

it('every micro-benchmark computes the right thing, also after many runs', async () => {
  for (const each of [...AUDIO_CASES, ...POLICY_CASES, ...REQUEST_CASES]) {
    const open = await each.open(own)
    await open.check()
    for (let i = 0; i < 3; i++) await open.run()
    await open.check()
  }
})

it('a build that computes something else is refused, not timed', async () => {
  const faults: Record<string, Record<string, unknown>> = {
    ring: {
      RingReader: class {
        pop = () => 480
      },
    },
    'encode-pcm': {
      openEncoder: async () => ({ start: () => [], encode: () => new Uint8Array(9600), finish: () => [] }),
    },
    'scheduler-turn': {
      Scheduler: class {
        submit = () => {}
      },
    },
    sampler: { sampleRas: () => 1 },
    tokenizer: { TextTokenizer: { load: async () => ({ encodeUser: () => [1], decode: () => '' }) } },
  }
  for (const [name, fault] of Object.entries(faults)) {
    const load: Load = async <M>(path: string) => ({ ...(await own<object>(path)), ...fault }) as M
    const found = [...AUDIO_CASES, ...POLICY_CASES, ...REQUEST_CASES].find((each) => each.name === name)!
    const open = await found.open(load)
    await assert.rejects(async () => open.check(), Error, name)
  }
})
