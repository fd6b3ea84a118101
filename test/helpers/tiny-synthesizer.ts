/** The reference checkpoint behind real lanes, for tests of everything between the front end and the models. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { convert } from '../../src/convert/convert.ts'
import { concatFloats } from '../../src/core/float-arrays.ts'
import type { SpeechOptions, SpeechStream } from '../../src/core/speech-port.ts'
import { parseDevices } from '../../src/lanes/device-list.ts'
import type { LaneTuning } from '../../src/lanes/messages.ts'
import { type OpenSynthesizer, openSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { goldenDir } from './paths.ts'

/** ms in which nothing may be done for an utterance: on a busy machine one of low priority waits for minutes. */
const PATIENCE_MS = 600_000

export const TINY_TUNING: LaneTuning = {
  llmSlots: 8,
  llmMaxBatch: 8,
  kvCapacity: 1024,
  prefillChunk: 32,
  prefillChunkIdle: 128,
  minLeadTokens: 32,
  maxLeadTokens: 100,
  acousticBatch: 1,
  maxHopBlocks: 4,
  hopGrowthMs: 500,
  batchBoundMs: 2000,
  flowStateBytes: 5e8,
}

export interface TinyBundle {
  readonly dir: string
  remove(): Promise<void>
}

export async function convertTiny(checkpoint = goldenDir): Promise<TinyBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-tiny-'))
  const dir = join(folder, 'bundle')
  await convert(checkpoint, dir)
  return { dir, remove: () => rm(folder, { recursive: true }) }
}

export interface TinyOptions {
  readonly devices?: string
  readonly slots?: number
  readonly maxQueued?: number
  readonly tuning?: Partial<LaneTuning>
  readonly voicesDir?: string
  /** Faults, and what else the options of a synthesizer are. */
  readonly also?: Partial<Parameters<typeof openSynthesizer>[0]>
}

/** With a test, the synthesizer is closed when that ends, however it ends. */
export async function openTiny(
  bundle: TinyBundle,
  options: TinyOptions = {},
  test?: Pick<TestContext, 'after'>,
): Promise<OpenSynthesizer> {
  const opened = await openSynthesizer({
    bundleDir: bundle.dir,
    modelName: 'tiny',
    devices: parseDevices((options.devices ?? 'cpu:2').split(','), 2, {
      llmThreadShare: 0.5,
      acousticLaneShare: 1,
    }),
    tuning: { ...TINY_TUNING, ...options.tuning },
    slots: options.slots ?? 16,
    maxQueued: options.maxQueued ?? 64,
    maxTextLength: 1000,
    maxPromptSeconds: 30,
    voiceCacheBytes: 1e8,
    voicesDir: options.voicesDir,
    hungAfterMs: 20_000,
    log: (level, message) => {
      if (level === 'error') process.stderr.write(`${message}\n`)
    },
    ...options.also,
  })
  test?.after(() => opened.close(1000))
  return opened
}

export interface Ask {
  readonly text: string
  readonly seed: number
  readonly priority?: SpeechOptions['priority']
  readonly speed?: number
  readonly voice?: string
  readonly timeoutMs?: number
}

/** Asks for a speech with a stored voice; the voice is let go when the stream has ended, however it ends. */
export async function ask({ synthesizer }: OpenSynthesizer, request: Ask): Promise<SpeechStream> {
  const {
    text,
    seed,
    priority = 'stream',
    speed = 1,
    voice: id = 'zero_shot_spk',
    timeoutMs = PATIENCE_MS,
  } = request
  const voice = await synthesizer.prepareVoice({ kind: 'stored', id }, 'default')
  try {
    return synthesizer.speak(text, optionsOf({ voice, seed, priority, speed, timeoutMs }))
  } finally {
    voice.release()
  }
}

export function optionsOf(
  given: Pick<SpeechOptions, 'voice' | 'seed'> & Partial<SpeechOptions>,
): SpeechOptions {
  return { model: 'default', speed: 1, priority: 'stream', sampling: 'ras', timeoutMs: PATIENCE_MS, ...given }
}

/** All samples of a stream. */
export async function listen(stream: Pick<SpeechStream, 'next'>): Promise<Float32Array> {
  const parts: Float32Array[] = []
  for (let part = await stream.next(); part !== undefined; part = await stream.next()) parts.push(part)
  return concatFloats(parts)
}

export function digest(samples: Float32Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
  return `${samples.length}:${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
}

/** 100 ms are promised (and take 10 to 60 on an idle machine); others may be working on this one. */
const REST_TURNS = 400

/** Soon after the last listener has left nothing is held. */
export async function assertAtRest({ synthesizer }: OpenSynthesizer): Promise<void> {
  const rest = { active: 0, queued: 0, slots: 0, voices: 0 }
  for (let turn = 0; turn < REST_TURNS; turn++) {
    if (JSON.stringify(synthesizer.held()) === JSON.stringify(rest)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.deepEqual(synthesizer.held(), rest, 'something is still held long after the last listener left')
}
