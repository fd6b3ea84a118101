/** Devices and synthesizers whose LLM lane has the given fate (`unlucky-lane.ts`). */
import { Device, type DeviceEvents } from '../../../src/lanes/device.ts'
import type { Lent } from '../../../src/lanes/utterance.ts'
import { TINY_TUNING } from '../../helpers/tiny-synthesizer.ts'

/** The entry of a lane with this fate. A worker's own URL loses its query, a module's does not. */
export function laneOf(fate: Record<string, string>): URL {
  const lane = new URL(`./unlucky-lane.js?${new URLSearchParams(fate)}`, import.meta.url)
  return new URL(`data:text/javascript,${encodeURIComponent(`await import(${JSON.stringify(lane.href)})`)}`)
}

export function openUnlucky(
  fate: Record<string, string>,
  events: Partial<DeviceEvents> = {},
  hungAfterMs = 1000,
  acousticFate: Record<string, string> = { do: 'ok' },
): Promise<Device> {
  return Device.start(
    {
      id: 0,
      name: 'test',
      bundleDir: '',
      device: { kind: 'cpu', index: 0, llmThreads: 1, acousticThreads: 1, acousticLanes: 1 },
      tuning: TINY_TUNING,
      slots: 3,
      audioRingSamples: 1000,
      sampleRate: 100,
      hungAfterMs,
      laneEntries: { llm: laneOf(fate), acoustic: laneOf(acousticFate) },
    },
    { onChange: () => {}, onHung: () => {}, log: () => {}, ...events },
  )
}

export function admitOne(device: Device): Lent {
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
      seed: 0,
      sampling: 'ras',
    },
    acoustic: { voiceKey: 'v', mode: 'blocks', speed: 1, seed: 0, sourceNoise: 'zero', expectedTokens: 1 },
  })
}

/** Waits for a condition, bounded only against never. */
export async function until(what: string, is: () => boolean): Promise<void> {
  for (let turn = 0; turn < 6000; turn++) {
    if (is()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`never: ${what}`)
}
