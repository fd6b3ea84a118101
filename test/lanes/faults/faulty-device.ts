/** A device whose lanes fail on request (`faulty-lane.ts`). */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Device, type DeviceEvents } from '../../../src/lanes/device.ts'
import { hardExit } from '../../../src/lanes/hard-exit.ts'
import type { Lent } from '../../../src/lanes/utterance.ts'
import { TINY_TUNING } from '../../helpers/tiny-synthesizer.ts'

export const FAULTY = new URL('./faulty-lane.js', import.meta.url)
export const DIE = 1
export const HANG = 2
export const FAIL = 3

/** A device of faulty lanes, and its log. It is stopped when the test ends, however it ends. */
export async function open(
  test: Pick<TestContext, 'after'> | undefined,
  events: Partial<DeviceEvents> = {},
  acousticLanes = 1,
): Promise<{ device: Device; log: string[] }> {
  const log: string[] = []
  const device = await Device.start(
    {
      id: 0,
      name: 'test',
      bundleDir: '',
      device: { kind: 'cpu', index: 0, llmThreads: 1, acousticThreads: 1, acousticLanes },
      tuning: TINY_TUNING,
      slots: 3,
      audioRingSamples: 1000,
      sampleRate: 100,
      hungAfterMs: 1000,
      laneEntries: { llm: FAULTY, acoustic: FAULTY },
    },
    {
      onChange: () => {},
      onHung: () => assert.fail('not hung'),
      log: (level, message) => log.push(`${level}: ${message}`),
      ...events,
    },
  )
  test?.after(() => device.stop(1000))
  // An ordinary exit would wait for the native call that hangs.
  process.once('exit', (code) => {
    if (device.pulses('llm').some(({ inModel }) => inModel)) hardExit(code)
  })
  return { device, log }
}

/** Admits an utterance; `order` is what the LLM lane is told to do, `acousticOrder` what its acoustic lane is. */
export function admit(device: Device, order?: number, acousticOrder = 0): Lent {
  return device.admit({
    voice: {
      key: 'v',
      transcript: '',
      mode: 'style',
      seconds: 1,
      language: undefined,
      speechTokens: new Int32Array(1),
      mel: new Float32Array(160),
      embedding: new Float32Array(192),
    },
    priority: 'stream',
    arrivedMs: 0,
    expectedSeconds: 1,
    llm: {
      promptTextIds: new Int32Array(0),
      promptSpeechTokens: new Int32Array(0),
      textIds: new Int32Array(1),
      live: false,
      seed: order ?? 0,
      sampling: 'ras',
    },
    acoustic: {
      voiceKey: 'v',
      mode: 'blocks',
      speed: 1,
      seed: acousticOrder,
      sourceNoise: 'zero',
      expectedTokens: 1,
    },
  })
}
