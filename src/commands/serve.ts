/**
 * `npm run -s serve`: the server, from its arguments to a clean end.
 *
 * The port opens before the models do; until they are open, readiness says 503.
 */
import { cpus } from 'node:os'
import type { Logger } from 'pino'
import { type Cluster, openCluster } from '../cluster/cluster.ts'
import { type OpenCache, openCache } from '../cluster/redis-cache.ts'
import { loadConfig } from '../config/load-config.ts'
import { machineCores } from '../config/machine-cores.ts'
import { printConfig } from '../config/print-config.ts'
import { type Profile, pickProfile } from '../config/profile.ts'
import { expectedStepMs, type Machine, profileDoubts, stepDoubt } from '../config/profile-fit.ts'
import type { Config } from '../config/schema.ts'
import { bundleOf, EMBEDDED_NAME, EMBEDDED_VOICE } from '../convert/bundle-cache.ts'
import { describeError, TtsError } from '../core/errors.ts'
import { createMetrics, type Metrics } from '../core/metrics.ts'
import type { ThreadSplit } from '../core/thread-split.ts'
import { cudaFolders } from '../cuda/cuda-libraries.ts'
import { ortVersion } from '../engine/runtime/ort-version.ts'
import { type NamedDevice, parseDevices } from '../lanes/device-list.ts'
import { hardExit } from '../lanes/hard-exit.ts'
import { IdleMemory, WHOLE_PROCESS } from '../lanes/idle-memory.ts'
import { boundNativeHeap } from '../lanes/native-heap.ts'
import { createLogger, surviveOutputErrors } from '../server/log.ts'
import { createServer, type RunningServer } from '../server/server.ts'
import { ModelShelf } from '../speech/model-shelf.ts'
import { type OpenSynthesizer, openSynthesizer } from '../speech/open-synthesizer.ts'
import { chooseDevices, questionsOf } from './chosen-devices.ts'
import { fitToCards, fitToMemory } from './fit-memory.ts'
import { greet } from './greeting.ts'
import { ProgressLine } from './progress-line.ts'
import { readServeOptions } from './serve-options.ts'
import { type ServiceManager, serviceManager } from './service-manager.ts'
import { onStopRequest, type StopSignal } from './stop-signals.ts'

/** Wrong arguments or settings, or a model that cannot be served: starting again would not help. */
const EXIT_BAD_START = 2
/** A lane hung in a native call while the server stopped. */
const EXIT_STOP_FAILED = 70
const LANE_STOP_MS = 5000
/** A server whose parent is gone ends sooner: the next start needs its port. */
const ORPHAN_DRAIN_MS = 2000
const ADDRESS_PATIENCE_MS = ORPHAN_DRAIN_MS + LANE_STOP_MS
const ADDRESS_RETRY_MS = 200
/** Bytes above the least resident memory so far that are worth another look. */
const WORTH_TRIMMING = 32e6

// Before any thread starts that could allocate.
boundNativeHeap()
surviveOutputErrors()
await serve().catch((error: unknown) => {
  console.error(`serve: ${describeError(error)}`)
  hardExit(error instanceof TtsError ? EXIT_BAD_START : 1)
})

async function serve(): Promise<void> {
  const { sources, printConfig: printOnly } = readServeOptions(process.argv.slice(2), process.env)
  const asked = loadConfig(sources)
  if (printOnly) return void process.stdout.write(printConfig(asked))

  const metrics = createMetrics()
  const logger = createLogger(asked.log.level, metrics, undefined, asked.log.format)
  const folders = cudaFolders(asked.cacheDir, asked.cuda.libraries)
  const chosen = await chooseDevices(asked.devices, questionsOf(folders))
  for (const line of chosen.why) logger.info(line)
  const card = { libraries: folders, captures: asked.cuda.graphs }
  const namedDevices = (split: ThreadSplit) => parseDevices(chosen.names, machineCores(), split, card)
  // Names first: a device that does not exist has no profile either, and `auto` has that of what it stands for.
  const [{ name: device }] = namedDevices({ llmThreadShare: 0, acousticLaneShare: 0 })
  const wanted = await chooseProfile(device, asked, logger)
  const devices = namedDevices(wanted)
  const models = modelFolders(asked)
  const onHost = devices.filter(({ device: { kind } }) => kind === 'cpu').length * models.length
  const fitting = fitToCards(wanted, chosen.cards, models.length, logger)
  const { config, profile } = fitToMemory(asked, fitting, onHost, logger)
  const shelf = new ModelShelf(models.map(({ name }) => name) as [string, ...string[]])
  const cluster = await openClusterOf(config, logger)
  const cache = openCacheOf(config, logger)
  const server = await listenWhenFree(() =>
    createServer({ config, synthesizer: shelf, logger, metrics, counts: cluster?.counts }),
  )
  const manager = serviceManager(process.env, (line) => logger.warn(line))
  const stopping = new AbortController()
  const opened: OpenSynthesizer[] = []
  stopOnSignals(stopping, { logger, server, opened, manager })

  for (const { name, folder } of models) {
    if (stopping.signal.aborted) return
    const synthesizer = await openModel(name, folder, {
      config,
      profile,
      devices,
      logger,
      metrics,
      cluster,
      cache,
      signal: stopping.signal,
    })
    opened.push(synthesizer)
    shelf.put(name, synthesizer.synthesizer)
  }
  giveBackIdleMemory(shelf, opened)
  process.send?.({
    ready: true,
    stopsWithinMs: config.server.drainNoticeMs + config.server.drainMs + 2 * LANE_STOP_MS,
  })
  manager.ready()
  greet(config, server, logger)
}

async function openClusterOf({ cluster }: Config, logger: Logger): Promise<Cluster | undefined> {
  if (cluster.redis === '') return undefined
  return await openCluster({
    url: cluster.redis,
    prefix: cluster.prefix,
    log: (level, line) => logger[level](line),
  })
}

function openCacheOf({ cluster }: Config, logger: Logger): OpenCache | undefined {
  if (cluster.cacheRedis === '') return undefined
  const log = (level: 'info' | 'warn', line: string) => logger[level](line)
  return openCache({ url: cluster.cacheRedis, prefix: cluster.prefix, log })
}

/** Under a parent the address may still be held by the server of a killed parent, about to end. */
async function listenWhenFree(create: () => Promise<RunningServer>): Promise<RunningServer> {
  const patience = process.send === undefined ? 0 : ADDRESS_PATIENCE_MS
  for (const since = performance.now(); ; ) {
    try {
      return await create()
    } catch (error) {
      const isTaken = error instanceof TtsError && error.code === 'BAD_CONFIG'
      if (!isTaken || performance.now() - since > patience) throw error
      await new Promise((resolve) => setTimeout(resolve, ADDRESS_RETRY_MS))
    }
  }
}

interface ModelFolder {
  readonly name: string
  readonly folder: string
}

function modelFolders({ models }: Config): readonly ModelFolder[] {
  const given = Object.entries(models).map(([name, folder]) => ({ name, folder }))
  return given.length > 0 ? given : [{ name: EMBEDDED_NAME, folder: EMBEDDED_VOICE }]
}

async function chooseProfile(device: string, config: Config, logger: Logger): Promise<Profile> {
  const { profile, file, why } = await pickProfile(device, config.profile)
  logger.info({ profile: file, device }, why)
  if (device.startsWith('cpu:'))
    for (const doubt of profileDoubts(profile, thisMachine())) logger.warn({ profile: file }, doubt)
  return profile
}

function thisMachine(): Machine {
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: machineCores() }
}

/** The main thread's part: voices without use, and what answers and uploads left behind. */
function giveBackIdleMemory(shelf: ModelShelf, opened: readonly OpenSynthesizer[]): void {
  const expire = () => opened.reduce((bytes, each) => bytes + each.expire(), 0)
  const memory = new IdleMemory(expire, performance.now(), WHOLE_PROCESS)
  let leastRss = Number.POSITIVE_INFINITY
  setInterval(() => {
    const rss = process.memoryUsage.rss()
    leastRss = Math.min(leastRss, rss)
    // Other threads leave something too, such as those that uploads were decoded in.
    if (rss > leastRss + WORTH_TRIMMING) memory.owe()
    const { active, queued } = shelf.status()
    memory.look(performance.now(), active + queued > 0)
  }, 1000).unref()
}

interface OpenModelParts {
  readonly config: Config
  readonly profile: Profile
  readonly devices: readonly NamedDevice[]
  readonly logger: Logger
  readonly metrics: Metrics
  readonly cluster: Cluster | undefined
  readonly cache: OpenCache | undefined
  readonly signal: AbortSignal
}

async function openModel(
  name: string,
  folder: string,
  { config, profile, devices, logger, metrics, cluster, cache, signal }: OpenModelParts,
): Promise<OpenSynthesizer> {
  const line = new ProgressLine(process.stderr)
  const started = performance.now()
  const bundleDir = await bundleOf(folder, {
    cacheDir: config.cacheDir,
    dtype: profile.weights,
    trust: config.trustBundles,
    onProgress: (progress) => line.show(progress),
    note: (text) => logger.info({ model: name }, text),
    signal,
  }).finally(() => line.end())
  const synthesizer = await openSynthesizer({
    bundleDir,
    modelName: name,
    devices,
    flowSolver: config.flow.solver,
    compat: config.server.compat === 'reference' ? 'reference' : 'own',
    tuning: profile.tuning,
    slots: profile.slots,
    ...(config.capacity === 'profile'
      ? {}
      : {
          admission: {
            maxWaitMs: config.admission.maxWaitMs,
            listeners: config.capacity === 'measured' ? undefined : Number(config.capacity),
            cacheDir: config.cacheDir,
            runtimeVersion: ortVersion(),
            startWhenSafe: config.stream.startWhenSafe,
          },
        }),
    maxQueued: profile.maxQueued,
    maxTextLength: config.limits.max_text_length,
    maxSpeechSeconds: config.limits.max_speech_seconds,
    maxPromptSeconds: config.limits.max_prompt_seconds,
    voiceCacheBytes: config.voiceCacheMib * 1024 * 1024,
    // Features belong to a model, so each has its own folder.
    voicesDir: `${config.voicesDir}/${name}`,
    shared: cluster && {
      voices: cluster.files(`voices:${name}`),
      dictionaries: cluster.files(`dictionaries:${name}`),
    },
    // The key of a voice names the model that its features belong to.
    features: cache?.of('features'),
    voiceCaps: { voices: config.limits.max_voices, bytes: config.limits.max_voices_bytes },
    hungAfterMs: config.server.hungAfterMs,
    onQueueWait: (ms) => metrics.queueWait.observe(ms / 1000),
    onQuarantine: () => metrics.voicesQuarantined.inc(),
    log: (level, message) => logger[level]({ model: name }, message),
    // Profiles are made with the embedded voice; of other models they say nothing.
    ...(folder === EMBEDDED_VOICE
      ? { judgeStep: (ms: number) => stepDoubt(ms, expectedStepMs(profile)) }
      : {}),
  })
  logger.info(
    { model: name, bundle: bundleDir, ms: Math.round(performance.now() - started) },
    'model is ready',
  )
  return synthesizer
}

/** First signal, or the parent's death: finish what runs, take nothing new. Second signal: end now. */
function stopOnSignals(
  stopping: AbortController,
  {
    logger,
    server,
    opened,
    manager,
  }: {
    readonly logger: Logger
    readonly server: RunningServer
    readonly opened: readonly OpenSynthesizer[]
    readonly manager: ServiceManager
  },
): void {
  const tooLong = new AbortController()
  const stop = async (signal: StopSignal | 'disconnect') => {
    stopping.abort()
    manager.stopping()
    logger.info({ signal }, 'stopping: running syntheses may finish, nothing new is taken')
    await Promise.race([server.drain(), new Promise((resolve) => (tooLong.signal.onabort = resolve))])
    await server.close()
    const ended = await Promise.all(opened.map((each) => each.close(LANE_STOP_MS)))
    logger.info('stopped')
    // The log is written by another turn of the loop; lanes that have ended keep nothing.
    setTimeout(() => hardExit(ended.every(Boolean) ? 0 : EXIT_STOP_FAILED), 50)
  }
  onStopRequest({
    stop: (signal) => void (stopping.signal.aborted || stop(signal)),
    stopNow: (signal) => hardExit(signal === 'SIGINT' ? 130 : 143),
    orphaned: () => {
      setTimeout(() => tooLong.abort(), ORPHAN_DRAIN_MS).unref()
      if (!stopping.signal.aborted) void stop('disconnect')
    },
  })
}
