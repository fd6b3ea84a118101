/**
 * The loop that every lane's thread runs, from loading to its end.
 *
 * One turn: read the bell → drain the inbox → take a turn. If there was nothing to do, wait for the bell to differ from
 * what was read; see lane-control.ts for why in this order. The thread never returns to its event loop while it serves,
 * but on a card now and then: model runs are synchronous, and messages are taken by hand.
 */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type Bundle, readBundle } from '../src/core/bundle.ts'
import { isDeviceLost } from '../src/core/device-fault.ts'
import { describeError } from '../src/core/errors.ts'
import { cudaProvider } from '../src/engine/runtime/cuda-provider.ts'
import { openRuntime } from '../src/engine/runtime/open-runtime.ts'
import type { DeviceMemory, ProviderOptions, Runtime, SessionOptions } from '../src/engine/runtime/runtime.ts'
import { IdleMemory } from '../src/lanes/idle-memory.ts'
import { LaneControl } from '../src/lanes/lane-control.ts'
import type { FromLane, LaneDevice, LaneStart, LaneStats } from '../src/lanes/messages.ts'

/** Sleep between looks while there is nothing to do: only a bound on how late a missed bell could be. */
const IDLE_WAIT_MS = 500
const STATS_EVERY_MS = 1000
/** On a card: arrays that are not reachable any more give their memory back in the event loop. */
const YIELD_EVERY_MS = 50

export interface LaneContext {
  readonly start: LaneStart
  readonly control: LaneControl
  readonly runtime: Runtime
  readonly bundle: Bundle
  readonly post: (message: FromLane) => void
}

export interface LaneWork<Message> {
  apply(message: Message): void
  /** False when there was nothing to do. */
  turn(): boolean
  /** Of one decoding step, from an LLM lane. */
  readonly stepMs?: number
  /** Every few seconds: lets go of what was not used since the last call; bytes freed. `silence`: there is no work. */
  expire(silence: boolean): number
  stats(): Omit<LaneStats, 'busy'>
}

/** Runs this thread as a lane: `open` loads its models and returns its work. Ends when main asks, or when it dies. */
export async function serveLane<Message>(
  open: (context: LaneContext) => Promise<LaneWork<Message>>,
): Promise<void> {
  const start = workerData as LaneStart & { readonly port: MessagePort }
  const control = new LaneControl(start.control)
  const post = (message: FromLane) => start.port.postMessage(message)
  try {
    const bundle = await readBundle(start.bundleDir)
    const { libraries } = start.device
    const runtime = await openRuntime({
      sessions: start.sessions,
      blocks: start.blocks,
      ...(libraries === undefined ? {} : { cuda: libraries }),
    })
    const work = await open({ start, control, runtime, bundle, post })
    post({ type: 'ready', ...(work.stepMs === undefined ? {} : { stepMs: work.stepMs }) })
    await serve(work, { control, port: start.port, post, card: cardOf(runtime, start.device) })
  } catch (error) {
    post({ type: 'died', message: describeError(error), deviceLost: isDeviceLost(error) })
    process.exitCode = 1
  } finally {
    start.port.close()
  }
}

interface Serving {
  readonly control: LaneControl
  readonly port: MessagePort
  readonly post: (message: FromLane) => void
  /** Memory of the lane's card, where it has one. */
  readonly card: DeviceMemory | undefined
}

async function serve<Message>(
  work: LaneWork<Message>,
  { control, port, post, card }: Serving,
): Promise<void> {
  let reported = performance.now()
  let yielded = reported
  let busyBefore = control.observe().busyMs
  const memory = new IdleMemory((silence) => {
    if (silence) card?.trim?.()
    return work.expire(silence)
  }, performance.now())
  while (!control.stopped) {
    const { bell } = control
    for (let left = receiveMessageOnPort(port); left !== undefined; left = receiveMessageOnPort(port)) {
      work.apply(left.message as Message)
    }
    const busy = work.turn()
    control.works(busy)
    control.beat()
    const now = performance.now()
    if (now - reported > STATS_EVERY_MS) {
      const { busyMs } = control.observe()
      post({ type: 'stats', stats: { ...work.stats(), busy: (busyMs - busyBefore) / (now - reported) } })
      reported = now
      busyBefore = busyMs
    }
    memory.look(now, busy)
    if (card !== undefined && now - yielded > YIELD_EVERY_MS) {
      await new Promise((resolve) => setImmediate(resolve))
      yielded = performance.now()
    }
    if (!busy) control.waitForBell(bell, IDLE_WAIT_MS)
  }
}

function cardOf(runtime: Runtime, { kind, index }: LaneDevice): DeviceMemory | undefined {
  return kind === 'cuda' ? runtime.memory(cudaProvider(index)) : undefined
}

/** Session options of a lane on its device. Waiting threads never spin: the lanes share the machine's cores. */
export function sessionOptions(device: LaneDevice, threads: number): SessionOptions {
  const provider: ProviderOptions = device.kind === 'cuda' ? cudaProvider(device.index) : { kind: 'cpu' }
  return { intraOpThreads: threads, spin: false, provider }
}
