/** The page: what its controls do. Sound is played by `player.js`, asked for by `speech.js`, drawn by `pictures.js`. */
import { showNormalised } from './normalised.js'
import { drawLoad, drawSpectrogram, drawWave } from './pictures.js'
import { openPlayer } from './player.js'
import { speakLive, speakOverHttp } from './speech.js'
import { PcmReader, wavFile } from './wav.js'

const RATE = 24000
const OWN_VOICE = '\u0000own'
const HISTORY = 120
const REDRAW_MS = 120

const at = (id) => document.getElementById(id)
let recording
let running
let heard = new Float32Array(0)
let drawn = 0
const history = []

async function askServer(path) {
  const key = at('key').value
  const answer = await fetch(path, { headers: key ? { Authorization: `Bearer ${key}` } : {} })
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.json()
}

async function loadVoices() {
  const { voices } = await askServer('/v1/voices')
  const options = voices.map(({ id, language }) => new Option(language ? `${id} (${language})` : id, id))
  const before = at('voice').value
  at('voice').replaceChildren(...options, new Option('Your recording…', OWN_VOICE))
  if ([...at('voice').options].some(({ value }) => value === before)) at('voice').value = before
  showOwn()
}

function showOwn() {
  at('own').hidden = at('voice').value !== OWN_VOICE
}

function showError(error) {
  at('error').hidden = error === undefined
  at('error').textContent = error === undefined ? '' : error.message
}

/** Grows by doubling, so that a long speech is not copied for each piece. */
function keep(samples, length) {
  if (length + samples.length > heard.length) {
    const larger = new Float32Array(Math.max(heard.length * 2, length + samples.length, RATE))
    larger.set(heard.subarray(0, length))
    heard = larger
  }
  heard.set(samples, length)
  return length + samples.length
}

function draw(samples, force) {
  const now = performance.now()
  if (!force && now - drawn < REDRAW_MS) return
  drawn = now
  drawWave(at('wave'), samples)
  drawSpectrogram(at('spectrogram'), samples, RATE)
  at('axis-end').textContent = `${(samples.length / RATE).toFixed(1)} s`
}

async function speak() {
  const own = at('voice').value === OWN_VOICE
  const file = recording ?? at('file').files[0]
  if (own && !file) throw new Error('Choose an audio file or record one first.')
  const stop = new AbortController()
  const player = await openPlayer(RATE)
  running = { stop, player }
  let length = 0
  let first
  const pcm = new PcmReader()
  const asked = performance.now()
  const onPcm = (bytes) => {
    first ??= performance.now() - asked
    at('first').textContent = `${Math.round(first)} ms`
    const samples = pcm.push(bytes)
    length = keep(samples, length)
    player.play(samples)
    at('length').textContent = `${(length / RATE).toFixed(2)} s`
    draw(heard.subarray(0, length), false)
  }
  const request = {
    text: at('text').value,
    voice: at('voice').value,
    recording: own ? file : undefined,
    transcript: at('transcript').value,
    speed: at('speed').value,
    seed: at('seed').value,
    stream: at('way').value !== 'whole',
    rate: RATE,
    key: at('key').value,
    signal: stop.signal,
  }
  try {
    await (at('way').value === 'live' ? speakLive : speakOverHttp)(request, onPcm)
    at('factor').textContent = ((performance.now() - asked) / 1000 / (length / RATE)).toFixed(3)
    draw(heard.subarray(0, length), true)
    offer(heard.slice(0, length))
    const aborted = new Promise((resolve) => stop.signal.addEventListener('abort', () => resolve(undefined)))
    const underruns = await Promise.race([player.complete(), aborted])
    if (underruns !== undefined) at('underruns').textContent = String(underruns)
  } finally {
    // What the loudspeaker still has is heard before its context goes.
    setTimeout(() => player.close(), 200)
  }
}

function offer(samples) {
  const link = at('download')
  URL.revokeObjectURL(link.href)
  link.href = URL.createObjectURL(wavFile(samples, RATE))
  link.hidden = false
}

async function onSpeak(event) {
  event.preventDefault()
  showError()
  for (const id of ['first', 'factor', 'length', 'underruns']) at(id).textContent = '–'
  at('download').hidden = true
  at('speak').disabled = true
  at('stop').disabled = false
  try {
    await speak()
  } catch (error) {
    if (error.name !== 'AbortError') showError(error)
  } finally {
    running = undefined
    at('speak').disabled = false
    at('stop').disabled = true
  }
}

async function record() {
  const button = at('record')
  if (record.stop) return record.stop()
  showError()
  if (navigator.mediaDevices === undefined) {
    showError(
      new Error(
        'Browsers give the microphone to pages on https or localhost only. Choose an audio file instead.',
      ),
    )
    return
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    const context = new AudioContext()
    await context.audioWorklet.addModule('/page/player-worklet.js')
    const source = context.createMediaStreamSource(stream)
    const recorder = new AudioWorkletNode(context, 'light-tts-recorder')
    const parts = []
    recorder.port.onmessage = ({ data }) => parts.push(data)
    source.connect(recorder)
    button.textContent = '■ Stop'
    const limit = setTimeout(() => record.stop(), 29_000)
    record.stop = () => {
      clearTimeout(limit)
      record.stop = undefined
      for (const track of stream.getTracks()) track.stop()
      button.textContent = '● Record'
      const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
      let length = 0
      for (const part of parts) {
        samples.set(part, length)
        length += part.length
      }
      recording = wavFile(samples, context.sampleRate)
      at('recorded').textContent = `${(length / context.sampleRate).toFixed(1)} s recorded`
      void context.close()
    }
  } catch (error) {
    showError(new Error(`The microphone cannot be used: ${error.message}`))
  }
}

const percent = (share) => `${Math.round(100 * share)} %`

function showStatus(status) {
  const text = { ready: 'ready', loading: 'loading the model…', draining: 'stopping', failed: 'failed' }
  at('state-text').textContent = text[status.state]
  document.querySelector('.dot').className = `dot ${status.state === 'ready' ? 'ready' : 'bad'}`
  at('active').textContent = status.active
  at('queued').textContent = status.queued
  at('batch').textContent = status.devices.reduce((sum, { llm_batch }) => sum + llm_batch, 0).toFixed(1)
  at('devices').replaceChildren(
    ...status.devices.map((device) => {
      const row = document.createElement('tr')
      for (const cell of [
        device.name,
        device.healthy ? 'healthy' : 'down',
        `${device.slots.used} / ${device.slots.total}`,
        percent(device.llm_busy),
        percent(device.acoustic_busy),
        `${(device.flow_state_bytes.used / 2 ** 20).toFixed(0)} MiB`,
      ]) {
        row.append(Object.assign(document.createElement('td'), { textContent: cell }))
      }
      return row
    }),
  )
  const mean = (key) => status.devices.reduce((sum, one) => sum + one[key], 0) / (status.devices.length || 1)
  history.push({ llm: Math.min(1, mean('llm_busy')), acoustic: Math.min(1, mean('acoustic_busy')) })
  if (history.length > HISTORY) history.shift()
  drawLoad(at('load'), history, HISTORY)
}

async function watch() {
  let known = false
  for (;;) {
    try {
      const status = await askServer('/v1/status')
      showStatus(status)
      if (!known && status.state === 'ready') {
        await loadVoices()
        known = true
      }
    } catch (error) {
      known = false
      at('state-text').textContent =
        error.message === '401' ? 'needs an API key (below right)' : 'not reachable'
      document.querySelector('.dot').className = 'dot bad'
    }
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}

at('form').addEventListener('submit', onSpeak)
at('stop').addEventListener('click', () => {
  running?.player.clear()
  running?.stop.abort(new DOMException('stopped', 'AbortError'))
})
at('voice').addEventListener('change', showOwn)
at('record').addEventListener('click', record)
at('file').addEventListener('change', () => {
  recording = undefined
  at('recorded').textContent = ''
})
at('speed').addEventListener('input', () => {
  at('speed-value').textContent = Number(at('speed').value).toFixed(1)
})
showNormalised(at, () => ({
  text: at('text').value,
  voice: [OWN_VOICE, ''].includes(at('voice').value) ? undefined : at('voice').value,
  key: at('key').value,
}))
void watch()
