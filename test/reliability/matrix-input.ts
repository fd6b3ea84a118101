/** Rows of the fault matrix: bad input. */
import type { MatrixRow } from './matrix-row.ts'

export const INPUT_ROWS: readonly MatrixRow[] = [
  {
    id: 'C1',
    done: 'malformed HTTP, first and later on a connection',
    tests: [
      ['contract/http-contract.test.ts', 'hostile framing is refused or cut'],
      ['reliability/row-19-strict-http.test.ts', 'each malformed request has its one status'],
      ['reliability/row-19-strict-http.test.ts', 'as a later request of a connection'],
    ],
  },
  {
    id: 'C2',
    done: 'slow heads, bodies and readers; connections whose other end is gone without a word',
    tests: [
      ['contract/http-flow.test.ts', 'slow clients'],
      ['reliability/row-04-slow-bodies.test.ts', 'the oldest slow body gives way'],
      ['reliability/row-c2-half-open.test.ts', 'clients whose cable is pulled'],
    ],
  },
  {
    id: 'C3',
    done: 'hostile multipart forms',
    tests: [
      ['server/hostile-forms.test.ts', 'hostile forms'],
      ['fuzz/fuzz.test.ts', 'mutants at the door'],
    ],
  },
  {
    id: 'C4',
    done: 'compressed bodies and frames',
    tests: [['contract/ws-contract.test.ts', 'compression is not agreed on']],
  },
  {
    id: 'C5',
    done: 'breaches of the WebSocket protocol, floods of pings',
    tests: [['reliability/row-20-websocket-protocol.test.ts', 'each breach has its close code']],
  },
  {
    id: 'C6',
    done: 'JSON that is none, or not what is due',
    tests: [
      ['server/ws-session-state.test.ts', 'a message out of its order'],
      ['contract/form-encodings.test.ts', 'what is wrong with such a form'],
      ['fuzz/fuzz.test.ts', 'mutants at the door'],
    ],
  },
  {
    id: 'C7',
    done: 'messages of a socket in any order',
    tests: [['server/ws-session-state.test.ts', 'whatever the order of messages and reports']],
  },
  {
    id: 'C8',
    done: 'recordings that lie about themselves',
    tests: [
      ['audio/wav-hostile.test.ts', 'impossible formats are refused'],
      ['audio/wav-hostile.test.ts', 'before any memory is taken'],
      ['audio/wav-hostile.test.ts', 'in linear time'],
      ['contract/prompt-recordings.test.ts', 'hostile recordings are the client'],
    ],
  },
  {
    id: 'C9',
    done: 'mutated recordings of every format',
    tests: [
      ['audio/wav-hostile.test.ts', 'mutated files end in a refusal'],
      ['audio/decode.test.ts', 'gives samples or a refusal'],
      ['audio/recorded-formats.test.ts', 'is decoded to its length'],
      ['fuzz/fuzz.test.ts', 'mutants at the door'],
    ],
  },
  {
    id: 'C10',
    done: 'hostile text, and ever longer text',
    tests: [
      ['text/properties.test.ts', 'no text throws'],
      ['text/linear.test.ts', 'about four times the work'],
      ['fuzz/fuzz.test.ts', 'mutants at the door'],
    ],
  },
  {
    id: 'C11',
    done: 'control tokens in every disguise',
    tests: [
      ['text/hostile.test.ts', 'in any disguise is letters, or nothing'],
      ['text/tokenizer.test.ts', 'user text never becomes a control token'],
    ],
  },
  {
    id: 'C12',
    done: 'names that are paths, and values out of range',
    tests: [
      ['core/bundle.test.ts', 'a manifest cannot name the file'],
      ['reliability/row-18-voices-of-keys.test.ts', 'in whatever spelling'],
      ['cluster/shared-voices.test.ts', 'are not kept, and told'],
      ['fuzz/fuzz.test.ts', 'mutants at the door'],
    ],
  },
  {
    id: 'C13',
    done: 'thousands of paths, methods and agents; hundreds of scrapers at once',
    tests: [
      ['reliability/row-c13-metric-series.test.ts', 'no client makes a series'],
      ['reliability/row-c13-metric-series.test.ts', 'hundreds of scrapes at once'],
    ],
  },
  {
    id: 'C14',
    done: 'the server and every command watched for what they connect to',
    tests: [['commands/telemetry.test.ts', '']],
  },
  {
    id: 'C15',
    done: 'foreign origins',
    tests: [['contract/ws-contract.test.ts', 'only by a handshake']],
  },
  {
    id: 'C16',
    done: 'each route with no, a wrong, an expired and a narrow key',
    tests: [
      ['server/access.test.ts', 'with keys, only probes and the page are open'],
      ['server/keys.test.ts', 'each key does what its scopes say'],
    ],
  },
  {
    id: 'C17',
    done: 'addresses that clients claim',
    tests: [
      ['server/client-address.test.ts', 'an untrusted peer is the client'],
      ['cluster/queue.test.ts', 'what a client says of its own address'],
    ],
  },
  {
    id: 'C18',
    done: 'unknown methods and paths',
    tests: [['reliability/row-19-strict-http.test.ts', 'each malformed request has its one status']],
  },
  {
    id: 'C19',
    done: 'everything at once, whole and mutated; for hours: `npm run -s soak -- --minutes 120`, `npm run -s fuzz -- --minutes 60`',
    tests: [
      ['reliability/row-c19-anything.test.ts', 'thousands of requests, right and wrong'],
      ['fuzz/fuzz.test.ts', 'mutants at the door'],
      ['bench/soak-trend.test.ts', ''],
    ],
  },
  {
    id: 'C20',
    done: 'line breaks and secrets in names, texts and keys',
    tests: [
      ['server/log.test.ts', 'a line is one line of JSON'],
      ['server/keys.test.ts', 'never what was said'],
      ['contract/http-contract.test.ts', 'is an ordinary refusal without internals'],
    ],
  },
]
