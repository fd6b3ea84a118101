/**
 * A lane for tests that fails on request. By seed: 1 throws out of its thread, 2 hangs in a native call,
 * 3 fails its utterance. As an acoustic lane it throws for seed 1. It ends every other utterance at once.
 */

import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import koffi from 'koffi'
import { RingWriter } from '../../../src/audio/ring.ts'
import { LaneControl } from '../../../src/lanes/lane-control.ts'
import type { FromLane, LaneStart, ToAcousticLane, ToLlmLane } from '../../../src/lanes/messages.ts'

const DIE = 1
const HANG = 2
const FAIL = 3

const start = workerData as LaneStart & { readonly port: MessagePort }
const control = new LaneControl(start.control)
const post = (message: FromLane) => start.port.postMessage(message)
const sleep = koffi.load(null).func('int usleep(unsigned int microseconds)')

post({ type: 'ready' })
while (!control.stopped) {
  const { bell } = control
  for (
    let left = receiveMessageOnPort(start.port);
    left !== undefined;
    left = receiveMessageOnPort(start.port)
  )
    apply(left.message as ToLlmLane | ToAcousticLane)
  control.beat()
  control.waitForBell(bell, 50)
}
start.port.close()

function apply(message: ToLlmLane | ToAcousticLane): void {
  if (message.type !== 'admit') {
    if (message.type === 'cancel') post({ type: 'left', slot: message.slot, epoch: message.epoch })
    return
  }
  const { slot, epoch, utterance } = message
  if ('textIds' in utterance) {
    const order = utterance.seed
    if (order === DIE) throw new Error('told to die')
    if (order === HANG) control.inModel(1, () => sleep(60_000_000))
    post({ type: 'left', slot, epoch, ...(order === FAIL ? { failed: 'told to fail' } : {}) })
    return
  }
  if (utterance.seed === DIE) throw new Error('told to die')
  new RingWriter(Float32Array, start.audioRings[slot]!).end()
  post({ type: 'left', slot, epoch })
}
