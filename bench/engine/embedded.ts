/** The embedded voice, or any bundle, behind real lanes, for benchmarks of what stands around them. */
import { availableParallelism } from 'node:os'
import { loadConfig } from '../../src/config/load-config.ts'
import { type Profile, pickProfile } from '../../src/config/profile.ts'
import { bundleOf, EMBEDDED_NAME, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { parseDevices } from '../../src/lanes/device-list.ts'
import type { LaneDevice } from '../../src/lanes/messages.ts'
import { type OpenSynthesizer, openSynthesizer } from '../../src/speech/open-synthesizer.ts'

export interface EmbeddedOptions {
  readonly profileFile?: string
  /** Instead of the profile's own parameters. */
  readonly tuning?: Partial<Profile['tuning']>
  readonly onQueueWait?: (ms: number) => void
  /** Whether a lone utterance's runs may take all cores; true where not given. */
  readonly lone?: boolean
}

/** `devices` such as `cpu:2`, with the parameters of their profile or of the one in `profileFile`. */
export async function openEmbedded(
  devices: string,
  { profileFile = '', tuning = {}, onQueueWait = () => {}, lone = true }: EmbeddedOptions = {},
): Promise<OpenSynthesizer> {
  const { profile } = await pickProfile(devices.split(',')[0]!, profileFile)
  const bundleDir = await bundleOf(EMBEDDED_VOICE, {
    cacheDir: loadConfig({}).cacheDir,
    dtype: profile.weights,
  })
  return openBehindLanes(bundleDir, devices, { profileFile, tuning, onQueueWait, lone })
}

export async function openBehindLanes(
  bundleDir: string,
  devices: string,
  { profileFile = '', tuning = {}, onQueueWait = () => {}, lone = true }: EmbeddedOptions = {},
): Promise<OpenSynthesizer> {
  const { limits, server } = loadConfig({})
  const names = devices.split(',')
  const { profile } = await pickProfile(names[0]!, profileFile)
  const named = parseDevices(names, availableParallelism(), profile)
  return openSynthesizer({
    bundleDir,
    modelName: EMBEDDED_NAME,
    devices: lone ? named : named.map((each) => ({ ...each, device: withoutLone(each.device) })),
    tuning: { ...profile.tuning, ...tuning },
    slots: profile.slots,
    maxQueued: profile.maxQueued,
    maxTextLength: limits.max_text_length,
    maxPromptSeconds: limits.max_prompt_seconds,
    voiceCacheBytes: 1e8,
    voicesDir: undefined,
    hungAfterMs: server.hungAfterMs,
    log: () => {},
    onQueueWait,
  })
}

function withoutLone({ loneThreads: _, ...device }: LaneDevice): LaneDevice {
  return device
}
