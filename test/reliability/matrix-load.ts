/** Rows of the fault matrix: load held. */
import { type MatrixRow, NO_GPU } from './matrix-row.ts'

export const LOAD_ROWS: readonly MatrixRow[] = [
  {
    id: 'A1',
    done: 'a hundred HTTP streams and a hundred sockets at once',
    tests: [
      ['cluster/load.long.ts', 'a hundred streams and a hundred sockets'],
      ['synthesizer/independence.test.ts', 'are bit for bit what they are alone'],
    ],
  },
  {
    id: 'A1g',
    done: 'more and more listeners of a simulated GPU until one runs dry, then four fifths of them for eight minutes',
    tests: [['reliability/row-a1g-until-dry.test.ts', 'at four fifths of what runs']],
    untried: NO_GPU,
  },
  {
    id: 'A2',
    done: 'sockets up to the cap and one more, idle ones kept by pings',
    tests: [
      ['contract/ws-contract.test.ts', 'after the last free place is refused'],
      ['contract/ws-contract.test.ts', 'pings keep a socket'],
      ['reliability/row-06-sockets-of-one-address.test.ts', 'an address gets its share of sockets'],
      ['reliability/row-a2-idle-sockets.test.ts', 'a thousand idle sockets'],
    ],
  },
  {
    id: 'A3',
    done: 'ten thousand requests in one burst on eight slots and a queue of 64',
    tests: [
      ['cluster/load.long.ts', 'ten thousand requests in one burst'],
      ['server/access.test.ts', 'beyond the allowed syntheses at a time'],
    ],
  },
  {
    id: 'A4',
    done: 'more streams than can be heard, arriving by themselves',
    tests: [
      ['reliability/row-a4-goodput.test.ts', 'three times the listeners that a device carries'],
      ['scheduler/scheduler.test.ts', 'a stream that cannot be heard waits for a moment'],
    ],
  },
  {
    id: 'A5',
    done: 'a deadline shorter than the queue',
    tests: [
      ['scheduler/scheduler.test.ts', 'one that waits too long is told so at its time'],
      ['reliability/row-01-recordings.test.ts', 'a deadline ends the wait'],
    ],
  },
  {
    id: 'A6',
    done: 'one address with a crowd, another with one request',
    tests: [
      ['reliability/row-03-fair-share.test.ts', 'a newcomer goes before a crowd'],
      ['reliability/row-01-recordings.test.ts', 'clients take turns'],
    ],
  },
  {
    id: 'A7',
    done: 'more requests than the rate allows, on one node and on three, from IPv4 and IPv6',
    tests: [
      ['server/rate-limit.test.ts', 'each address starts as many syntheses'],
      ['server/rate-limit.test.ts', 'is forgotten where there are too many'],
      ['server/client-address.test.ts', 'of IPv6 by its /64'],
      ['cluster/shared-limits.test.ts', 'three nodes together admit exactly'],
    ],
  },
  {
    id: 'A8',
    done: 'uploads of the limit, beyond it, without length, and many at once',
    tests: [
      ['server/documented-errors.test.ts', 'a file of exactly the limit is taken'],
      ['server/hostile-forms.test.ts', 'hostile forms'],
      ['reliability/row-04-half-sent-messages.test.ts', 'parts of recordings count in the upload budget'],
      ['reliability/row-04-large-forms.test.ts', 'no turn of the event loop takes a tenth'],
    ],
  },
  {
    id: 'A9',
    done: 'metrics scraped while requests run, their names and labels judged',
    tests: [
      ['server/access.test.ts', 'metrics keep the rules of their names'],
      ['deploy/kit.test.ts', 'is in a real scrape'],
    ],
  },
  {
    id: 'A10',
    done: 'text over a socket, cut anywhere, as fast or slow as one writes',
    tests: [
      ['text/live-text.test.ts', 'however text is cut'],
      ['reliability/row-02-live-text.test.ts', 'nothing is lost, doubled or reordered'],
      ['synthesizer/conservation.test.ts', 'live text is spoken while it is written'],
    ],
  },
]
