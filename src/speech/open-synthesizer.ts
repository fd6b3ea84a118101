/** Puts a synthesizer together: bundle → devices → scheduler → voices. Construction order is the architecture. */
import { join } from 'node:path'
import { type Bundle, readBundle } from '../core/bundle.ts'
import type { FileCalls } from '../core/durable-file.ts'
import { TtsError } from '../core/errors.ts'
import { chosenSolver } from '../core/flow-solver.ts'
import { monotonicMs } from '../core/monotonic.ts'
import type { SharedCache } from '../core/shared-cache.ts'
import type { SharedFiles } from '../core/shared-files.ts'
import { unfitPlace } from '../core/weight-set.ts'
import { Device, type DeviceEvents } from '../lanes/device.ts'
import { EXIT_DEVICE_HUNG, hardExit } from '../lanes/hard-exit.ts'
import type { LaneDevice, LaneRole, LaneTuning } from '../lanes/messages.ts'
import { type AdmissionGate, Scheduler } from '../scheduler/scheduler.ts'
import { TextTokenizer } from '../text/tokenizer.ts'
import { warmRules } from '../text/warm-rules.ts'
import { DictionaryStore } from '../voice/dictionary-store.ts'
import { VoiceCache } from '../voice/voice-cache.ts'
import { type VoiceCaps, VoiceLibrary } from '../voice/voice-library.ts'
import { VoiceMaker } from '../voice/voice-maker.ts'
import { openVoiceTasks } from '../voice/voice-tasks.ts'
import { Admission } from './admission.ts'
import { Capacity, measureCapacity } from './capacity.ts'
import { foundInWords } from './found-in-words.ts'
import { capacityKey, keepCapacity, keptCapacity } from './kept-capacity.ts'
import { PromptRoom } from './prompt-room.ts'
import { sayAloud } from './say-aloud.ts'
import { LaneSynthesizer } from './synthesizer.ts'

export interface SynthesizerOptions {
  readonly bundleDir: string
  /** Name that clients ask for, beside `default`. */
  readonly modelName: string
  readonly devices: readonly {
    readonly name: string
    readonly device: LaneDevice
    readonly threads: number
  }[]
  readonly tuning: LaneTuning
  /** A solver of the flow, or `auto`. */
  readonly flowSolver?: string
  /** Which ids are barred before speech may end: see `LaneStart` of the lanes. */
  readonly compat?: 'own' | 'reference'
  /** Utterances that a device takes at once. */
  readonly slots: number
  readonly maxQueued: number
  /** Streams at once: as many as the machine is measured to carry, no more than `listeners`; undefined: slots alone decide. */
  readonly admission?: {
    readonly maxWaitMs: number
    readonly listeners: number | undefined
    /** Where measurements are kept. */
    readonly cacheDir: string
    /** What runs the models: a measurement with another version is not this one's. */
    readonly runtimeVersion: string
    readonly startWhenSafe: boolean
  }
  readonly maxTextLength: number
  /** Estimated seconds that one text may be said for; undefined: as long as it comes to. */
  readonly maxSpeechSeconds?: number
  readonly maxPromptSeconds: number
  readonly voiceCacheBytes: number
  /** Where users' voices are kept; undefined: nowhere. */
  readonly voicesDir: string | undefined
  /** How other nodes get what is kept there; undefined: there are none. */
  readonly shared?: { readonly voices: SharedFiles; readonly dictionaries: SharedFiles } | undefined
  /** How many voices are kept; undefined: as many as come. */
  readonly voiceCaps?: VoiceCaps
  /** Features of recordings that other nodes have extracted; undefined: none are known. */
  readonly features?: SharedCache | undefined
  readonly hungAfterMs: number
  readonly log: DeviceEvents['log']
  /** What a measured decoding step says of the profile, in words for the log. */
  readonly judgeStep?: (stepMs: number) => string | undefined
  /** A file of a stored voice was set aside. */
  readonly onQuarantine?: () => void
  /** File calls, and code of threads, in place of the product's own: how tests bring in faults. No setting leads here. */
  readonly fileCalls?: FileCalls
  readonly threadEntries?: Partial<Readonly<Record<LaneRole | 'voice', URL>>>
  /** ms that an utterance waited for its slot. */
  readonly onQueueWait?: (ms: number) => void
}

export interface OpenSynthesizer {
  readonly synthesizer: LaneSynthesizer
  readonly bundle: Bundle
  /** Recordings that are being prepared, or wait for it. */
  readonly preparing: number
  /** Every few seconds: lets go of voices without use since the last call, and of rings' memory; bytes freed of voices. */
  expire(): number
  /** Ends everything, at once: utterances under way fail. False where a lane did not end in time. */
  close(timeoutMs: number): Promise<boolean>
}

/** Seconds of audio that an audio ring holds: what a listener's lane may be ahead of its listener. */
const RING_SECONDS = 8
/** ms in which waiting requests are refused, before a process without a device ends. */
const LAST_ANSWERS_MS = 300

const THREAD_ENTRIES = {
  llm: new URL('../../workers/llm-lane.js', import.meta.url),
  acoustic: new URL('../../workers/acoustic-lane.js', import.meta.url),
  voice: new URL('../../workers/voice-task.js', import.meta.url),
}

export async function openSynthesizer(options: SynthesizerOptions): Promise<OpenSynthesizer> {
  const { tuning, log } = options
  const bundle = await readBundle(options.bundleDir)
  for (const { device } of options.devices) {
    const unfit = unfitPlace(bundle.manifest.weights, { kind: device.kind, together: tuning.acousticBatch })
    if (unfit !== undefined) throw new TtsError('BAD_CONFIG', options.bundleDir, unfit)
  }
  const tokenizer = await TextTokenizer.load(join(options.bundleDir, 'tokenizer'), bundle.manifest.text)
  const dictionaries = await DictionaryStore.open(
    options.voicesDir,
    (line) => log('error', line),
    options.fileCalls,
    options.shared?.dictionaries,
  )
  const devices: Device[] = []
  const voices = new VoiceCache(options.voiceCacheBytes, (key) => {
    for (const device of devices) device.dropVoice(key)
  })
  const libraryEvents = {
    onQuarantine: (line: string) => {
      log('error', line)
      options.onQuarantine?.()
    },
    onUnreadable: (line: string) => log('error', line),
    onGone: (key: string) => voices.retire(key),
    shared: options.shared?.voices,
    ...(options.fileCalls === undefined ? {} : { fileCalls: options.fileCalls }),
  }
  const library = await VoiceLibrary.open(bundle, options.voicesDir, libraryEvents, options.voiceCaps)
  const hung = (what: string) => {
    log('error', `${what} hangs in a native call; ending the process`)
    hardExit(EXIT_DEVICE_HUNG)
  }
  const { bundleDir, modelName, maxPromptSeconds, hungAfterMs } = options
  const entries = { ...THREAD_ENTRIES, ...options.threadEntries }
  const tasks = openVoiceTasks(
    { bundleDir, modelName, maxPromptSeconds },
    { taskLimitMs: hungAfterMs, entry: entries.voice, onHung: () => hung('the voice pool') },
  )

  warmRules((text) => tokenizer.encodeUser(text).length)
  let isEnding = false
  const endIfLost = () => {
    if (isEnding || !devices.every(({ lost }) => lost)) return
    isEnding = true
    scheduler?.close()
    log('error', 'no device can be brought back; ending the process, so that a fresh one is started')
    setTimeout(() => hardExit(EXIT_DEVICE_HUNG), LAST_ANSWERS_MS)
  }
  let scheduler: Scheduler | undefined
  try {
    for (const [id, { name, device }] of options.devices.entries()) {
      devices.push(
        await Device.start(
          {
            id,
            name,
            device,
            tuning,
            compat: options.compat ?? 'own',
            flowSolver: chosenSolver(options.flowSolver ?? 'auto', bundle.manifest.flowGraph, device.kind),
            bundleDir: options.bundleDir,
            slots: options.slots,
            audioRingSamples: RING_SECONDS * bundle.manifest.parameters.hift.sampleRate,
            sampleRate: bundle.manifest.parameters.hift.sampleRate,
            hungAfterMs: options.hungAfterMs,
            ...(options.judgeStep === undefined ? {} : { judgeStep: options.judgeStep }),
            laneEntries: entries,
          },
          {
            onChange: () => {
              scheduler?.turn()
              if (scheduler !== undefined) endIfLost()
            },
            onHung: (role) => hung(`device ${name}: its ${role} lane`),
            log,
          },
        ),
      )
    }
  } catch (error) {
    await Promise.all([tasks.close(), ...devices.map((device) => device.stop(1000))])
    throw error instanceof TtsError
      ? error
      : new TtsError('INTERNAL', 'cannot start', String(error), { cause: error })
  }

  const { features, flow } = bundle.manifest.parameters
  const framesPerSecond = features.tokenRate * flow.tokenMelRatio
  const metered = devices.map((device, i) => {
    const { kind, acousticLanes } = options.devices[i]!.device
    const { threads } = options.devices[i]!
    return { device, lanes: acousticLanes, cores: kind === 'cpu' ? threads : undefined }
  })
  const key = capacityKey([
    options.admission?.runtimeVersion ?? '',
    bundleDir,
    ...options.devices.map(({ name }) => name),
    JSON.stringify([tuning, options.flowSolver]),
  ])
  const kept =
    options.admission === undefined ? undefined : await keptCapacity(options.admission.cacheDir, key)
  const capacity = new Capacity(metered, framesPerSecond, (kept ?? ASSUMED_RATE) / devices.length)
  const admission =
    options.admission === undefined
      ? undefined
      : new Admission({ ...options.admission, rate: () => capacity.rate })
  let open = false
  const gate: AdmissionGate | undefined = admission && {
    maxWaitMs: admission.maxWaitMs,
    // What is measured must not be kept out by what is not known yet.
    admits: (request) => !open || admission.admits(request),
    secondsUntil: (request, before) => (open ? admission.secondsUntil(request, before) : 0),
  }
  scheduler = new Scheduler(
    devices.map((device) => ({
      id: device.id,
      view: (voiceKey) => ({
        id: device.id,
        healthy: device.healthy,
        freeSlots: device.freeSlots,
        backlogSeconds: device.backlogSeconds,
        audioSecondsPerSecond: capacity.rateOf(device),
        hasVoice: device.hasVoice(voiceKey),
      }),
    })),
    { maxQueued: options.maxQueued, batchBoundMs: tuning.batchBoundMs },
    {
      nowMs: monotonicMs,
      after: (delayMs, act) => {
        const timer = setTimeout(act, delayMs)
        return () => clearTimeout(timer)
      },
    },
    gate,
  )
  const synthesizer = new LaneSynthesizer({
    bundle,
    models: [options.modelName],
    tokenizer,
    devices,
    scheduler,
    voices,
    library,
    dictionaries,
    maker: new VoiceMaker(tasks.pool, options.features),
    maxTextLength: options.maxTextLength,
    promptRoom: new PromptRoom(tokenizer, bundle.manifest.parameters.features.tokenRate, tuning.kvCapacity),
    maxSpeechSeconds: options.maxSpeechSeconds ?? Number.POSITIVE_INFINITY,
    admission,
    rate: () => capacity.rate,
    costs: () => capacity.costs,
    onQueueWait: options.onQueueWait ?? (() => {}),
  })
  if (options.admission !== undefined && kept === undefined && synthesizer.listVoices().length > 0) {
    const speakers = 2 * metered.reduce((sum, { lanes }) => sum + lanes, 0)
    const measured = await measureCapacity(capacity, speakers, (speaker, signal) =>
      sayAloud(synthesizer, speaker, signal),
    )
    // What others took of the machine is gone at the next start.
    if (measured.undisturbed) await keepCapacity(options.admission.cacheDir, key, measured.rate)
  }
  open = true
  if (admission !== undefined)
    log(admission.warning === undefined ? 'info' : 'warn', foundInWords(admission, capacity.costs))
  return {
    synthesizer,
    bundle,
    get preparing() {
      return tasks.size
    },
    expire: () => {
      for (const device of devices) device.expire()
      return voices.expire()
    },
    close: async (timeoutMs) => {
      synthesizer.drain()
      capacity.close()
      const ended = await Promise.all(devices.map((device) => device.stop(timeoutMs)))
      await tasks.close()
      return ended.every((each) => each)
    },
  }
}

/** Seconds of audio per second that a device is assumed to make, for estimating waits. */
const ASSUMED_RATE = 10
