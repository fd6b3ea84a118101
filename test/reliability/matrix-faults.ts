/** Rows of the fault matrix: faults survived. */
import { type MatrixRow, NO_GPU } from './matrix-row.ts'

export const FAULT_ROWS: readonly MatrixRow[] = [
  {
    id: 'B1',
    done: 'a lane dies in the middle of a speech; starts fail again and again; one input kills it each time',
    tests: [
      ['lanes/device.test.ts', 'a lane that throws fails what it had'],
      ['reliability/row-09-asked-again.test.ts', 'a part of which nothing was heard is made again'],
      ['reliability/row-09-asked-again.test.ts', 'a second death is the caller'],
      ['reliability/row-09-lanes-return.test.ts', 'a death and two failed starts'],
      ['reliability/row-09-lanes-return.test.ts', 'after five failures in a row'],
    ],
  },
  {
    id: 'B2',
    done: 'a model run throws: for one row, for the whole device',
    tests: [
      ['reliability/row-16-guilty-row.test.ts', 'whoever is to blame ends alone'],
      ['reliability/row-16-guilty-row.test.ts', 'a fault of the whole device'],
    ],
  },
  {
    id: 'B2b',
    done: 'a model run throws what a card says of itself, in either lane, on the only card and beside others',
    tests: [['reliability/row-b2b-lost-device.test.ts', '']],
    untried: NO_GPU,
  },
  {
    id: 'B3',
    done: 'a thread ends, at any moment, as one whose heap is full does',
    tests: [
      ['reliability/row-10-lane-deaths.test.ts', 'leaves no sessions'],
      ['reliability/row-10-voice-pool-deaths.test.ts', 'memory stays flat'],
      ['reliability/row-05-no-thread.test.ts', 'each is refused while threads fail'],
    ],
  },
  {
    id: 'B4',
    done: 'less memory than everybody wants; a control group with less than the server takes',
    tests: [
      ['synthesizer/conservation.test.ts', 'too little memory for everybody delays'],
      ['reliability/row-17-memory-plan.test.ts', 'all together fit where anything does'],
      ['reliability/row-b4-memory-group.test.ts', 'the kernel ends a server'],
    ],
  },
  {
    id: 'B5',
    done: 'runs say that a card has no memory left',
    tests: [
      ['reliability/row-b5-card-memory.test.ts', ''],
      ['engine/cuda-memory.test.ts', 'where the card is full'],
    ],
    untried: NO_GPU,
  },
  {
    id: 'B6',
    done: 'a lane or a decoder hangs, in JavaScript and in a native call; the whole process pauses',
    tests: [
      ['reliability/row-11-hung-lanes.test.ts', 'a lane that loops in JavaScript is ended'],
      ['reliability/row-11-hung-lanes.test.ts', 'a lane that hangs in a native call is reported'],
      ['reliability/row-11-hung-lanes.test.ts', 'a device that is slow is waited for as long as it works'],
      ['reliability/row-12-hung-decoding.test.ts', 'a decode that loops is ended'],
      ['lanes/watchdog.test.ts', 'a pause of the whole process'],
    ],
  },
  {
    id: 'B7',
    done: 'listeners that read slowly, or nothing',
    tests: [
      ['contract/http-flow.test.ts', 'a client that does not read pauses its own synthesis'],
      ['contract/ws-contract.test.ts', 'a peer that reads nothing pauses its speech'],
      ['reliability/row-03-stalled-listeners.test.ts', 'a newcomer is served beside stalled listeners'],
    ],
  },
  {
    id: 'B8',
    done: 'clients leave: at every stage, one and hundreds',
    tests: [
      ['contract/http-flow.test.ts', 'a client that leaves frees everything'],
      ['contract/ws-contract.test.ts', 'a peer that leaves frees everything'],
      ['contract/hand-over.test.ts', '900 clients that send a request and leave'],
      ['reliability/row-01-recordings.test.ts', 'two hundred abandoned recordings'],
      ['cluster/load.long.ts', 'two hundred listeners leave'],
    ],
  },
  {
    id: 'B9',
    done: 'the server or its parent is killed and started again; 200 kills while voices are stored',
    tests: [
      ['commands/serve.test.ts', 'a killed server is brought back'],
      ['commands/process-life.test.ts', 'a parent that is killed takes the server along'],
      ['cluster/kills.long.ts', 'killed at any moment'],
    ],
  },
  {
    id: 'B10',
    done: 'told to stop: with streams, out of time, impatiently, by a hang-up, with idle sockets',
    tests: [
      ['server/access.test.ts', 'a draining server finishes what runs'],
      ['server/ws-session-state.test.ts', 'a draining server hangs up on those'],
      ['commands/process-life.test.ts', 'is killed at the second signal'],
      ['commands/process-life.test.ts', 'a hang-up drains'],
    ],
  },
  {
    id: 'B11',
    done: 'a full disk, a closed pipe, a log reader that stopped',
    tests: [
      ['server/log.test.ts', 'a disk that is full does not end the process'],
      ['server/log.test.ts', 'a reader that went away'],
      ['server/log.test.ts', 'a reader that does not read'],
      ['reliability/row-15-full-disk.test.ts', 'a full disk refuses the upload'],
    ],
  },
  {
    id: 'B12',
    done: 'the clock of the machine jumps',
    tests: [
      ['reliability/row-b12-clock.test.ts', 'no duration is measured by the clock on the wall'],
      ['reliability/row-b12-clock.test.ts', 'a jump of the clock'],
      ['jobs/webhook.test.ts', 'a clock that is put back'],
    ],
  },
  {
    id: 'B13',
    done: 'one of three nodes behind HAProxy is killed, stopped, hung, slow, cut off; the balancer is read again, or one of two is killed',
    tests: [
      ['cluster/faults.test.ts', 'that is told to stop'],
      ['cluster/faults.test.ts', 'that is killed loses its own streams'],
      ['cluster/faults.test.ts', 'that hangs are cut'],
      ['cluster/rolling.long.ts', 'a restart of all nodes'],
      ['cluster/rolling.long.ts', 'a reload of the balancer'],
      ['cluster/rolling.long.ts', 'five times slower'],
      ['cluster/partition.long.ts', 'a node whose cable is pulled'],
      ['cluster/partition.long.ts', 'of two balancers one is killed'],
      ['cluster/shared-jobs.test.ts', 'a job whose nodes are killed'],
      ['jobs/cluster-lost.test.ts', 'whose node ended before its tickets'],
    ],
  },
  {
    id: 'B14',
    done: 'Redis is killed, hangs, is slow, is cut off, is full, has another password, comes back empty; the name service is silent',
    tests: [
      ['cluster/shared-limits.test.ts', 'each its part while Redis is dead'],
      ['cluster/shared-limits.test.ts', 'Redis that hangs costs a request a moment once'],
      ['cluster/shared-limits.test.ts', 'a Redis that is only slow'],
      ['cluster/shared-limits.test.ts', 'with a wrong password'],
      ['cluster/shared-limits.test.ts', 'a Redis that only reads'],
      ['cluster/shared-features.test.ts', 'a cache that hangs, is full'],
      ['cluster/shared-voices.test.ts', 'a store that lost everything is filled again'],
      ['cluster/partition.long.ts', 'a store that is cut off'],
      ['cluster/whole-nodes.long.ts', 'Redis that dies takes nothing along'],
      ['jobs/cluster-jobs.test.ts', 'without its store jobs are refused'],
      ['reliability/row-b14-no-names.test.ts', 'a silent name service'],
    ],
  },
  {
    id: 'B15',
    done: 'descriptors run out',
    tests: [
      ['reliability/row-05-descriptors.test.ts', '600 connections on 400 descriptors'],
      ['reliability/row-05-descriptors.test.ts', 'too few descriptors are named'],
    ],
  },
  {
    id: 'B16',
    done: 'a bundle that is missing, cut, of other bytes, of another format',
    tests: [
      ['reliability/row-14-bundle-hashes.test.ts', 'three changed bytes are found'],
      ['core/bundle.test.ts', 'a file that is missing or of another size'],
      ['core/bundle.test.ts', 'another format is refused'],
      ['fuzz/fuzz.test.ts', 'mutants at the door'],
    ],
  },
  {
    id: 'B17',
    done: 'an engine sends garbage',
    tests: [['lanes/slot-table.test.ts', 'a late message of an earlier utterance']],
    untried: 'lanes are threads of this process and share memory with it: there is no wire to garble',
  },
  {
    id: 'B18',
    done: 'a model that does not stop, or makes nothing',
    tests: [
      ['reliability/row-11-hung-lanes.test.ts', 'a speech that makes no audio ends'],
      ['reliability/row-21-hostile-prompts.test.ts', 'ten thousand letters without a blank'],
    ],
  },
]
