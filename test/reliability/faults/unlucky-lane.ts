/**
 * A lane for tests whose fate is in its URL. `?do=die|loop|spin|hang|mute|slow|lose|short` is what an admitted utterance makes it do.
 * `starts` names a file that counts its starts, `stillborn=2,3` are the starts that fail. `do=ok` ends every utterance
 * at once, `slow` after `turns` turns of 50 ms, each of which works for it.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import koffi from 'koffi'
import { RingWriter } from '../../../src/audio/ring.ts'
import { LaneControl } from '../../../src/lanes/lane-control.ts'
import type { FromLane, LaneStart, ToAcousticLane, ToLlmLane } from '../../../src/lanes/messages.ts'
import { WorkMarks } from '../../../src/lanes/work-marks.ts'

const fate = new URL(import.meta.url).searchParams
const counter = fate.get('starts')
if (counter !== null) {
  appendFileSync(counter, '.')
  const number = String(readFileSync(counter).length)
  if (fate.get('stillborn')?.split(',').includes(number)) throw new Error(`stillborn at start ${number}`)
}

const start = workerData as LaneStart & { readonly port: MessagePort }
const control = new LaneControl(start.control)
const post = (message: FromLane) => start.port.postMessage(message)

const marks = new WorkMarks(start.workMarks)
/** Turns left of a slow utterance. */
let slow: { readonly slot: number; left: number } | undefined

post({ type: 'ready' })
while (!control.stopped) {
  const { bell } = control
  for (
    let left = receiveMessageOnPort(start.port);
    left !== undefined;
    left = receiveMessageOnPort(start.port)
  )
    apply(left.message as ToLlmLane | ToAcousticLane)
  if (slow !== undefined) work(slow)
  control.beat()
  control.waitForBell(bell, 50)
}
start.port.close()

function apply(message: ToLlmLane | ToAcousticLane): void {
  if (message.type === 'cancel') return post({ type: 'left', slot: message.slot, epoch: message.epoch })
  if (message.type !== 'admit') return
  const { slot, epoch } = message
  switch (fate.get('do')) {
    case 'die':
      throw new Error('told to die')
    case 'lose':
      // As the loop of real lanes does.
      post({ type: 'died', message: 'CUDA failure 700: illegal memory access', deviceLost: true })
      return process.exit(1)
    case 'short':
      post({ type: 'left', slot, epoch, failed: 'llm.onnx: CUDA failure 2: out of memory ; GPU=0' })
      return
    case 'loop':
      for (;;);
    case 'spin':
      control.inModel(1, () => {
        for (;;);
      })
      return
    case 'hang':
      control.inModel(1, () => koffi.load(null).func('int usleep(unsigned int microseconds)')(60_000_000))
      return
    case 'mute':
      return
    case 'slow':
      slow = { slot, left: Number(fate.get('turns')) }
      return
    default:
      if (start.role === 'acoustic') new RingWriter(Float32Array, start.audioRings[slot]!).end()
      post({ type: 'left', slot, epoch })
  }
}

function work(of: NonNullable<typeof slow>): void {
  marks.mark(of.slot)
  if (of.left-- > 0) return
  slow = undefined
  // The other lane has no part in it.
  const audio = new RingWriter(Float32Array, start.audioRings[of.slot]!)
  audio.push(new Float32Array(100))
  audio.end()
}
