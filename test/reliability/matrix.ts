/**
 * The faults that the product promises to survive, each with what a test does and where. What was seen is the tests' own
 * titles, so the page that `node dist/test/reliability/page.js` writes cannot promise what no test says.
 */

export interface MatrixRow {
  readonly id: string
  /** What is done to the server. */
  readonly done: string
  /** File under `test/`, and a part of a title in it that no other title there has. */
  readonly tests: readonly (readonly [file: string, title: string])[]
  /** What no test does, and why. */
  readonly untried?: string
}

const NO_GPU = 'needs a GPU; none is at hand where tests run'

export const MATRIX: Readonly<Record<string, readonly MatrixRow[]>> = {
  'Load held': [
    {
      id: 'A1',
      done: 'a hundred HTTP streams and a hundred sockets at once',
      tests: [
        ['cluster/load.long.ts', 'a hundred streams and a hundred sockets'],
        ['synthesizer/independence.test.ts', 'are bit for bit what they are alone'],
      ],
    },
    { id: 'A1g', done: 'the same on a GPU until a listener runs dry', tests: [], untried: NO_GPU },
    {
      id: 'A2',
      done: 'sockets up to the cap and one more, idle ones kept by pings',
      tests: [
        ['contract/ws-contract.test.ts', 'after the last free place is refused'],
        ['contract/ws-contract.test.ts', 'pings keep a socket'],
        ['reliability/row-06-sockets-of-one-address.test.ts', 'an address gets its share of sockets'],
      ],
      untried: 'memory of a thousand idle sockets is not measured',
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
      tests: [['scheduler/scheduler.test.ts', 'a stream that cannot be heard waits for a moment']],
      untried: 'goodput at three times the capacity is a benchmark, not a test: `npm run -s load -- --sweep`',
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
  ],
  'Faults survived': [
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
      untried: `what a poisoned CUDA context does (B2b) ${NO_GPU}`,
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
      done: 'less memory than everybody wants',
      tests: [
        ['synthesizer/conservation.test.ts', 'too little memory for everybody delays'],
        ['reliability/row-17-memory-plan.test.ts', 'all together fit where anything does'],
      ],
      untried:
        'a control group that kills the process needs rights that CI does not have; the parent restarts it as after B9',
    },
    { id: 'B5', done: 'memory of a GPU runs out', tests: [], untried: NO_GPU },
    {
      id: 'B6',
      done: 'a lane or a decoder hangs, in JavaScript and in a native call; the whole process pauses',
      tests: [
        ['reliability/row-11-hung-lanes.test.ts', 'a lane that loops in JavaScript is ended'],
        ['reliability/row-11-hung-lanes.test.ts', 'a lane that hangs in a native call is reported'],
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
      tests: [['reliability/row-b12-clock.test.ts', 'no duration is measured by the clock on the wall']],
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
      ],
    },
    {
      id: 'B14',
      done: 'Redis is killed, hangs, is slow, is cut off, is full, has another password, comes back empty',
      tests: [
        ['cluster/shared-limits.test.ts', 'each its part while Redis is dead'],
        ['cluster/shared-limits.test.ts', 'Redis that hangs costs a request a moment once'],
        ['cluster/shared-limits.test.ts', 'a Redis that is only slow'],
        ['cluster/shared-limits.test.ts', 'with a wrong password'],
        ['cluster/shared-voices.test.ts', 'a store that lost everything is filled again'],
        ['cluster/partition.long.ts', 'a store that is cut off'],
        ['cluster/whole-nodes.long.ts', 'Redis that dies takes nothing along'],
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
  ],
  'Bad input': [
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
      done: 'slow heads, bodies and readers',
      tests: [
        ['contract/http-flow.test.ts', 'slow clients'],
        ['reliability/row-04-slow-bodies.test.ts', 'the oldest slow body gives way'],
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
        ['audio/wav-reader.test.ts', 'impossible formats are refused'],
        ['audio/wav-reader.test.ts', 'before any memory is taken'],
        ['audio/wav-reader.test.ts', 'in linear time'],
        ['contract/prompt-recordings.test.ts', 'hostile recordings are the client'],
      ],
    },
    {
      id: 'C9',
      done: 'mutated recordings of every format',
      tests: [
        ['audio/wav-reader.test.ts', 'mutated files end in a refusal'],
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
      done: 'thousands of paths, methods and agents',
      tests: [['reliability/row-c13-metric-series.test.ts', 'no client makes a series']],
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
      done: 'everything at once for a long time',
      tests: [['bench/soak-trend.test.ts', '']],
      untried: 'the soak itself is a command: `npm run -s soak -- --minutes 120`',
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
  ],
  Leaks: [
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
      ],
    },
    { id: 'D6', done: 'memory of a GPU after churn', tests: [], untried: NO_GPU },
  ],
}
