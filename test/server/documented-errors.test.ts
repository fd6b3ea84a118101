/** One case for every row of the API document's error table, with its exact words where it gives them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { errorBody } from '../../src/api/error-body.ts'
import { unsupportedAudio } from '../../src/audio/recording.ts'
import { PROMPT_WAV, startTestServer, type TestServerOptions, zeroShotForm } from '../helpers/test-server.ts'

interface Row {
  readonly options?: TestServerOptions
  readonly request: () => [path: string, init?: RequestInit]
  readonly status: number
  readonly body?: { message: string; detail: string; error_code: string }
  readonly code?: string
  readonly retryAfter?: boolean
}

const speak = (changes: Record<string, string | Blob | null>) => (): [string, RequestInit] => [
  '/inference_zero_shot',
  { method: 'POST', body: zeroShotForm(changes) },
]

const ROWS: Record<string, Row> = {
  '200 speech was made': { request: speak({}), status: 200 },
  '400 a parameter is missing': {
    request: speak({ tts_text: null }),
    status: 400,
    body: {
      message: 'Missing parameter',
      detail: 'tts_text: expected a value, got none',
      error_code: 'MISSING_PARAMETER',
    },
  },
  '400 the recording and its text are missing': {
    request: speak({ prompt_wav: null, prompt_text: null }),
    status: 400,
    body: {
      message: 'Missing parameter',
      detail: 'prompt_text: expected a value, got none; prompt_wav: expected a value, got none',
      error_code: 'MISSING_PARAMETER',
    },
  },
  '400 there is nothing to speak': {
    request: speak({ tts_text: ' \n ' }),
    status: 400,
    code: 'MISSING_PARAMETER',
  },
  '400 a field is unknown': { request: speak({ sped: '1' }), status: 400, code: 'INVALID_REQUEST' },
  '400 two voices': { request: speak({ voice: 'anna' }), status: 400, code: 'INVALID_REQUEST' },
  '400 the recording is text, not a file': {
    request: speak({ prompt_wav: 'https://169.254.169.254/latest' }),
    status: 400,
    body: {
      message: 'Malformed request',
      detail: 'prompt_wav: expected a file, got text: send it as a file',
      error_code: 'INVALID_REQUEST',
    },
  },
  '400 the recording is no audio': {
    request: speak({ prompt_wav: new Blob(['not a wav']) }),
    status: 400,
    body: {
      message: 'Unsupported audio format',
      detail: 'Only WAV format is supported',
      error_code: 'UNSUPPORTED_AUDIO',
    },
  },
  '404 no such endpoint': { request: () => ['/inference'], status: 404, code: 'NOT_FOUND' },
  '404 no such model': {
    request: speak({ tts_model_name: '../CosyVoice2' }),
    status: 404,
    code: 'MODEL_NOT_FOUND',
  },
  '404 a model in other letters is another': {
    request: speak({ tts_model_name: 'cosyvoice2' }),
    status: 404,
    code: 'MODEL_NOT_FOUND',
  },
  '404 no such voice': {
    request: speak({ voice: 'nobody', prompt_wav: null }),
    status: 404,
    code: 'VOICE_NOT_FOUND',
  },
  '405 no such method': {
    request: () => ['/inference_zero_shot', { method: 'PUT' }],
    status: 405,
    code: 'NOT_FOUND',
  },
  '413 the file is too large': {
    options: { set: ['limits.max_file_size=3000'] },
    request: speak({}),
    status: 413,
    body: {
      message: 'File too large',
      detail: 'expected at most 3000 bytes, got more',
      error_code: 'FILE_TOO_LARGE',
    },
  },
  '415 not a form': {
    request: () => [
      '/inference_zero_shot',
      { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } },
    ],
    status: 415,
    code: 'INVALID_REQUEST',
  },
  '422 the text is too long': {
    request: speak({ tts_text: '好'.repeat(1001) }),
    status: 422,
    body: {
      message: 'Text too long',
      detail: 'Maximum text length is 1000 characters',
      error_code: 'TEXT_TOO_LONG',
    },
  },
  '422 the text is too long for a configured limit': {
    options: { set: ['limits.max_text_length=5'] },
    request: speak({ tts_text: '一二三四五六', prompt_text: '一' }),
    status: 422,
    body: {
      message: 'Text too long',
      detail: 'Maximum text length is 5 characters',
      error_code: 'TEXT_TOO_LONG',
    },
  },
  '422 the speed is out of range': {
    request: speak({ speed: '2.5' }),
    status: 422,
    code: 'INVALID_PARAMETER',
  },
  '422 a format cannot have the rate': {
    request: speak({ response_format: 'mp3', sample_rate: '8001' }),
    status: 422,
    code: 'INVALID_PARAMETER',
  },
  '429 too many requests': {
    options: { set: ['limits.rate_limit=1/hour'] },
    request: speak({}),
    status: 429,
    code: 'RATE_LIMITED',
    retryAfter: true,
  },
  '503 no device is working': {
    options: { script: { state: 'failed' } },
    request: speak({}),
    status: 503,
    body: {
      message: 'Service unavailable',
      detail: 'no device is working at the moment; it is being started again',
      error_code: 'OVERLOADED',
    },
    retryAfter: true,
  },
  '500 the synthesis failed': {
    options: { script: { failAtChunk: 0 } },
    request: speak({}),
    status: 500,
    code: 'LANE_FAILED',
  },
  '503 the model is still loading': {
    options: { script: { state: 'loading' } },
    request: speak({}),
    status: 503,
    body: { message: 'Model not ready', detail: 'TTS model is still loading', error_code: 'MODEL_NOT_READY' },
    retryAfter: true,
  },
  '503 no slot and no place to wait': {
    options: { script: { slots: 0, queueLimit: 0 } },
    request: speak({}),
    status: 503,
    code: 'OVERLOADED',
    retryAfter: true,
  },
  '503 the synthesis came too late': {
    options: { script: { failAtChunk: 0, failCode: 'DEADLINE_EXCEEDED' } },
    request: speak({}),
    status: 503,
    code: 'DEADLINE_EXCEEDED',
    retryAfter: true,
  },
}

for (const [name, row] of Object.entries(ROWS)) {
  test(name, async (t) => {
    const { url } = await startTestServer(t, row.options)
    const ask = () => {
      const [path, init] = row.request()
      return fetch(url + path, init)
    }
    if (row.status === 429) assert.equal((await ask()).status, 200)
    const response = await ask()
    assert.equal(response.status, row.status)
    if (row.status === 200) {
      assert.equal(response.headers.get('content-type'), 'application/octet-stream')
      assert.equal(response.headers.get('transfer-encoding'), 'chunked')
      const wav = Buffer.from(await response.arrayBuffer())
      assert.equal(wav.toString('latin1', 0, 4), 'RIFF')
      return
    }
    assert.equal(response.headers.get('content-type'), 'application/json')
    const text = await response.text()
    assert.ok(text.length <= 1024)
    const body = JSON.parse(text)
    assert.deepEqual(Object.keys(body), ['message', 'detail', 'error_code'])
    if (row.body !== undefined) assert.deepEqual(body, row.body)
    if (row.code !== undefined) assert.equal(body.error_code, row.code)
    if (row.retryAfter === true) assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  })
}

test('a recording that nothing can read gets the document’s words, a broken one its own reason', () => {
  const broken = errorBody(unsupportedAudio('expected 8000–192000 Hz, got 4000 Hz'))
  assert.equal(broken.detail, 'expected 8000–192000 Hz, got 4000 Hz')
  const error = unsupportedAudio()
  assert.deepEqual(errorBody(error), {
    message: 'Unsupported audio format',
    detail: 'Only WAV format is supported',
    error_code: 'UNSUPPORTED_AUDIO',
  })
})

test('a file of exactly the limit is taken', async (t) => {
  const { url } = await startTestServer(t, { set: [`limits.max_file_size=${PROMPT_WAV.length}`] })
  const response = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: zeroShotForm() })
  assert.equal(response.status, 200)
  await response.arrayBuffer()
})
