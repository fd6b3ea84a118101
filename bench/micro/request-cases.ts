/** Tokenizing a text and parsing an upload: what happens to every request on its way in. */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import type { HttpExchange } from '../../src/server/transport/transport.ts'
import type { MicroCase } from './micro-case.ts'

/** Seen from `dist/bench/micro`. The checkpoint's own files: the same for both builds. */
const TOKENIZER = fileURLToPath(new URL('../../../demo/voice/CosyVoice-BlankEN', import.meta.url))
const TEXT =
  'The morning train left four minutes late, and nobody on the platform seemed to mind. 早上好，欢迎光临。'

const tokenizer: MicroCase = {
  name: 'tokenizer',
  what: '100 characters of English and Mandarin to ids',
  open: async (load) => {
    const { TextTokenizer } =
      await load<typeof import('../../src/text/tokenizer.ts')>('src/text/tokenizer.ts')
    const encoder = await TextTokenizer.load(TOKENIZER, { specials: {} })
    const run = () => encoder.encodeUser(TEXT)
    return {
      run,
      check: () => {
        const ids = run()
        assert(ids.length > 20 && ids.length < 2 * TEXT.length, `${ids.length} ids`)
        assert.equal(encoder.decode(ids), TEXT)
      },
    }
  },
}

const BOUNDARY = 'light-tts-bench'
const FILE = Buffer.alloc(1_000_000, 'RIFF and so on. ')

const multipart: MicroCase = {
  name: 'multipart',
  what: 'a form with 1 MB of audio, in reads of 64 KiB',
  open: async (load) => {
    const { receiveForm } = await load<typeof import('../../src/server/requests/multipart-form.ts')>(
      'src/server/requests/multipart-form.ts',
    )
    const { Ledger } = await load<typeof import('../../src/server/limits/ledger.ts')>(
      'src/server/limits/ledger.ts',
    )
    const { loadConfig } =
      await load<typeof import('../../src/config/load-config.ts')>('src/config/load-config.ts')
    const { createMetrics } = await load<typeof import('../../src/core/metrics.ts')>('src/core/metrics.ts')
    const ledger = new Ledger(loadConfig({}).limits, createMetrics())
    const limits = {
      maxFileBytes: 2_000_000,
      stallMs: 10_000,
      minBytesPerSecond: 1,
      lost: new AbortController().signal,
    }
    const run = async () => {
      const form = await receiveForm(exchangeOf(formBody()), limits, ledger.openUpload('127.0.0.1'))
      form.release()
      return form
    }
    return {
      run,
      check: async () => {
        const { fields, files } = await run()
        assert.equal(fields.get('tts_text'), TEXT)
        assert(Buffer.from(files.get('prompt_wav')!).equals(FILE))
        assert.equal(ledger.counts().uploadBytes, 0)
      },
    }
  },
}

function formBody(): Buffer {
  return Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="tts_text"\r\n\r\n${TEXT}\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="prompt_wav"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n`,
    ),
    FILE,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ])
}

/** The body of a request as a transport hands it over; nothing is answered. */
function exchangeOf(body: Buffer): HttpExchange {
  const refuse = () => assert.fail('a form is only received here')
  let paused = false
  let resume = () => {}
  return {
    head: {
      method: 'POST',
      path: '/inference_zero_shot',
      query: '',
      version: '1.1',
      headers: [
        ['content-type', `multipart/form-data; boundary=${BOUNDARY}`],
        ['content-length', String(body.length)],
      ],
      peer: '127.0.0.1',
    },
    commonHeaders: [],
    status: 0,
    decide: refuse,
    closed: false,
    bodyEnded: false,
    awaitsContinue: false,
    onAbort: () => {},
    readBody: (listener) => {
      let at = 0
      resume = () => {
        while (!paused && at < body.length) {
          const chunk = body.subarray(at, at + 65_536)
          at += chunk.length
          listener(chunk, at >= body.length)
        }
      }
      resume()
    },
    pauseBody: () => {
      paused = true
    },
    resumeBody: () => {
      paused = false
      setImmediate(resume)
    },
    send: refuse,
    beginStream: refuse,
    write: refuse,
    onWritable: () => {},
    endStream: refuse,
    destroy: () => {},
  }
}

export const REQUEST_CASES: readonly MicroCase[] = [tokenizer, multipart]
