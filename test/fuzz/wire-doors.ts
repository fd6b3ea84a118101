/** Doors of the wire: forms, messages of a WebSocket, texts with markup. */
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { zeroShotSchema } from '../../src/api/speech-params.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createMetrics } from '../../src/core/metrics.ts'
import { CallerRates } from '../../src/server/limits/caller-rates.ts'
import { Ledger } from '../../src/server/limits/ledger.ts'
import { RecentSpeech } from '../../src/server/limits/recent-speech.ts'
import { paceOf, RefusalPace } from '../../src/server/limits/refusal-pace.ts'
import { KeyRing } from '../../src/server/requests/key-ring.ts'
import { readForm, receiveForm } from '../../src/server/requests/multipart-form.ts'
import { formLimits } from '../../src/server/requests/prompt-form.ts'
import type { ServerContext } from '../../src/server/requests/server-context.ts'
import type { HttpExchange, WsSocket } from '../../src/server/transport/transport.ts'
import { WsSession } from '../../src/server/ws/ws-session.ts'
import { isSilent } from '../../src/text/language.ts'
import { speakable } from '../../src/text/speakable.ts'
import { ScriptedSynthesizer } from '../helpers/scripted-synthesizer.ts'
import { type Door, refusedOr } from './door.ts'

const CLIENT_FAULTS = [
  'INVALID_REQUEST',
  'INVALID_PARAMETER',
  'MISSING_PARAMETER',
  'FILE_TOO_LARGE',
  'TEXT_TOO_LONG',
  'OVERLOADED',
]
const WAIT_TURNS = 4000
/** Of a text with markup: enough for any two constructs. */
const MAX_CHARACTERS = 300

function newContext(): ServerContext & { readonly synthesizer: ScriptedSynthesizer } {
  const config = loadConfig({ set: ['limits.rate_limit=off', 'server.wsIdleFlushMs=1'] })
  const metrics = createMetrics()
  return {
    config,
    synthesizer: new ScriptedSynthesizer({ samplesPerCharacter: 8 }),
    metrics,
    ledger: new Ledger(config.limits, metrics),
    recent: new RecentSpeech(),
    refusals: new RefusalPace(paceOf(2, config.admission.maxWaitMs)),
    rates: new CallerRates('off', undefined),
    keys: new KeyRing([], '', () => {}),
    traces: undefined,
    log: pino({ level: 'silent' }),
    addressOf: () => 'client',
    scrape: assert.fail,
    isLeaving: false,
    jobs: undefined,
    isDraining: false,
  }
}

/** The first line is the content type, the rest the body, which arrives in three pieces. */
export function form(): Door {
  const context = newContext()
  return {
    name: 'form',
    words: [
      '\r\n',
      '\r\n\r\n',
      '--edge',
      '--edge--',
      'Content-Disposition: form-data; name="',
      'filename="a"',
      'Content-Type:',
      'tts_text',
      'prompt_wav',
      'boundary=',
      '; charset=utf-16',
      '%00',
      '&',
      '=',
      '{"',
      '":',
      'data:audio/wav;base64,',
    ],
    judge: async (bytes) => {
      const end = Math.max(0, bytes.indexOf('\n'))
      const type = bytes.subarray(0, end).toString('latin1')
      const outcome = await refusedOr(CLIENT_FAULTS, async () => {
        const exchange = arriving(type, bytes.subarray(end + 1))
        const received = await receiveForm(
          exchange,
          formLimits(context.config, new AbortController().signal),
          context.ledger.openUpload('client'),
        )
        try {
          return `taken: ${Object.keys(readForm(zeroShotSchema, received)).sort().join()}`
        } finally {
          received.release()
        }
      })
      assert.equal(context.ledger.counts().uploadBytes, 0, 'no byte of an upload stays held')
      return outcome
    },
  }
}

function arriving(contentType: string, body: Buffer): HttpExchange {
  const third = Math.ceil(body.length / 3)
  const head = { method: 'POST', path: '/', query: '', headers: [['content-type', contentType]] }
  return {
    head,
    closed: false,
    bodyEnded: false,
    awaitsContinue: false,
    onAbort: () => {},
    pauseBody: () => {},
    resumeBody: () => {},
    readBody: (listener: (chunk: Uint8Array, last: boolean) => void) => {
      void (async () => {
        for (const i of [0, 1, 2]) {
          listener(body.subarray(i * third, (i + 1) * third), i === 2)
          await nextTurn()
        }
      })()
    },
  } as unknown as HttpExchange
}

/** Messages are parted by 0x1e; one that begins with 0x01 is binary. */
export function websocket(): Door {
  const context = newContext()
  return {
    name: 'websocket',
    words: [
      '\x1e',
      '\x1e\x01',
      '{"',
      '":',
      'tts_text',
      'finish',
      'flush',
      'cancel',
      'contexts',
      'context_id',
      'voice',
      'anna',
      'prompt_text',
      'true',
      'null',
      '[',
      '\\ud800',
      '"speed":9',
      'RIFF',
    ],
    judge: async (bytes) => {
      const ends: number[] = []
      const told = new Set<string>()
      const socket: WsSocket = {
        closed: false,
        bufferedBytes: 0,
        send: (data) => void (typeof data === 'string' && told.add(toldBy(data))),
        ping: () => {},
        end: (code) => void ends.push(code),
        terminate: () => void ends.push(1006),
      }
      const session = new WsSession(context, socket, {
        client: 'client',
        key: undefined,
        checkKey: () => {},
        log: context.log,
        beginTrace: () => undefined,
        release: () => {},
      })
      for (const message of split(bytes, 0x1e)) {
        if (ends.length > 0) break
        const isBinary = message[0] === 1
        session.message(isBinary ? message.subarray(1) : message, isBinary)
        await nextTurn()
      }
      session.closed()
      const { synthesizer, ledger } = context
      for (let turn = 0; turn < WAIT_TURNS && isHeld(synthesizer, ledger); turn++) await nextTurn()
      assert(!isHeld(synthesizer, ledger), 'nothing stays held')
      for (const code of ends)
        assert([1000, 1001, 1003, 1006, 1007, 1008, 1009, 1011, 1013].includes(code), String(code))
      assert(!ends.includes(1011), 'no input is a fault of the server')
      return `closed with ${ends.join()}: ${[...told].sort().join()}`
    },
  }
}

/** The kind of a message that the server sent. */
function toldBy(message: string): string {
  const { error_code: code, type = '', detail = '' } = JSON.parse(message) as Record<string, string>
  return code === undefined ? type : `${code} ${detail.split(/[:,]/)[0]!.slice(0, 30)}`
}

function isHeld({ active, queued, voicesHeld }: ScriptedSynthesizer, ledger: Ledger): boolean {
  const { requests, uploadBytes } = ledger.counts()
  return active + queued + voicesHeld + requests + uploadBytes > 0
}

function split(bytes: Buffer, mark: number): Buffer[] {
  const parts: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, from)) {
    parts.push(bytes.subarray(from, at))
    from = at + 1
  }
  return [...parts, bytes.subarray(from)]
}

export const markup: Door = {
  name: 'markup',
  words: [
    '<speak>',
    '</speak>',
    '<break time="1s"/>',
    '<prosody rate="',
    '<say-as interpret-as="',
    '<phoneme alphabet="ipa" ph="',
    '<sub alias="',
    '&amp;',
    '&#0;',
    '<![CDATA[',
    ']]>',
    '<?xml',
    '<!DOCTYPE',
    '<!ENTITY',
    '```',
    '**',
    '# ',
    '|-|',
    '<|endofprompt|>',
    '[laughter]',
    '你好',
    '3/4',
    '$1.50',
  ],
  judge: (bytes) =>
    refusedOr(['INVALID_PARAMETER'], () => {
      const text = bytes.toString('utf8').slice(0, MAX_CHARACTERS)
      const { segments, warnings } = speakable(text, {
        countTokens: (part) => part.length,
        languages: ['zh', 'en'],
      })
      for (const { text: said, pauseMs, rate } of segments) {
        assert(!isSilent(said) && !/<\|/.test(said.replace(text, '')), said)
        assert(pauseMs >= 0 && pauseMs <= 60_000 && rate >= 0.1 && rate <= 10, `${pauseMs} ${rate}`)
      }
      return `said, ${warnings.map(({ code }) => code).join()}`
    }),
}
