/** Rows of the fault matrix: leaks. */
import { type MatrixRow, NO_GPU } from './matrix-row.ts'

export const LEAK_ROWS: readonly MatrixRow[] = [
  {
    id: 'D1',
    done: 'memory after work, and a check that is shown able to fail',
    tests: [
      ['bench/soak-trend.test.ts', ''],
      ['reliability/row-17-idle-memory.test.ts', 'leave by themselves'],
    ],
  },
  {
    id: 'D2',
    done: 'what a server leaves in its process',
    tests: [
      ['reliability/invariant.test.ts', 'leaves nothing in its process'],
      ['reliability/invariant.test.ts', 'a planted leak of each kind'],
    ],
  },
  {
    id: 'D3',
    done: 'slots and rings over any order of takes and gives',
    tests: [
      ['lanes/slot-table.test.ts', 'no order of takes and leaves'],
      ['server/rest-check.test.ts', 'a planted leak of any kind'],
    ],
  },
  {
    id: 'D4',
    done: 'lanes that die again and again',
    tests: [['reliability/row-10-lane-deaths.test.ts', 'memory stays flat']],
  },
  {
    id: 'D5',
    done: 'more voices than the cache holds',
    tests: [
      ['voice/voice-cache.test.ts', 'a held voice is never evicted'],
      ['voice/voice-cache.test.ts', 'bytes stay within the budget'],
      ['reliability/row-d5-many-voices.test.ts', 'ten thousand voices'],
    ],
  },
  {
    id: 'D6',
    done: 'blocks of a card that counts them, after the churn of many utterances and in silence',
    tests: [['reliability/row-d6-card-memory.test.ts', '']],
    untried: NO_GPU,
  },
]
