/** The page put together: the parts are modules of their own; here they are told of each other. */
import { adviceOn } from './advice.js'
import { openCode } from './code.js'
import { showNormalised } from './normalised.js'
import { openOwnVoice } from './own-voice.js'
import { openPanel } from './panel.js'
import { Player } from './player.js'
import { openPlayerView } from './player-view.js'
import { readRequest, withSeed } from './request.js'
import { fileOf } from './samples.js'
import { askJson, readSettings } from './server.js'
import { openSettings } from './settings.js'
import { encodedFile, makeTake } from './synthesis.js'
import { openTabs } from './tabs.js'
import { Take } from './take.js'
import { openTakes } from './takes.js'
import { isOurs, sampleFor, textFor } from './texts.js'
import { openTheme } from './theme.js'
import { openVoices } from './voices.js'
import { firstLanguage, languageNow, onLanguage, setLanguage, t } from './words.js'

const RETRY_MS = 2000

const at = (id) => document.getElementById(id)
const player = new Player()
const view = openPlayerView(at, player)
const sampler = new Player()
const samples = new Map()
let settings = { rate_limit: '', max_input_length: 4096, max_prompt_seconds: 30, formats: ['wav'] }
let running

const advice = (error) => adviceOn(error, settings.rate_limit)

function showError(error) {
  at('error').hidden = error === undefined
  at('error').textContent = error === undefined ? '' : advice(error)
  if (error?.status === 401) at('key-fold').open = true
}

const form = openSettings(at, () => changed())
const own = openOwnVoice(at, {
  maxSeconds: () => Math.floor(settings.max_prompt_seconds) - 1,
  failed: showError,
  async kept(id) {
    await voices.load(at('model').value)
    voices.choose(id)
  },
})
const voices = openVoices(at, {
  chosen(voice) {
    if (isOurs(at('text').value)) at('text').value = textFor(voice?.language ?? languageNow())
    changed()
  },
  hear,
  failed: showError,
})
const takes = openTakes(at, {
  play(take) {
    present(take)
    player.play()
  },
  again(request) {
    form.set(request)
    if (request.recording) own.set(request)
    voices.choose(request.voice)
    at('text').value = request.text
    changed()
    at('text').focus()
  },
  download: (take) => download(take, take.request.format),
})
const read = (recorded = own.read) =>
  readRequest(at, voices.chosen, voices.chosen === undefined ? recorded() : {}, form.takesInstruction())
/** For the code, which names a file instead. */
const unrecorded = () => ({ recording: new Blob(), transcript: at('transcript').value.trim() })
const code = openCode(at, () => read(unrecorded))
const said = showNormalised(
  at,
  () => ({ text: at('text').value, voice: voices.chosen, model: at('model').value }),
  advice,
)

/** The form is another. */
function changed() {
  const { length } = at('text').value
  const most = at('way').value === 'live' ? settings.max_live_length : settings.max_input_length
  at('counter').textContent = `${length} / ${most}`
  at('counter').classList.toggle('over', length > most)
  said.changed()
  code.show()
}

/** Shows a take in the player. */
function present(take) {
  sampler.pause()
  player.load(take)
  takes.choose(take)
  showFacts(take)
}

function showFacts(take) {
  at('first').textContent = take.firstMs === undefined ? '–' : `${Math.round(take.firstMs)} ms`
  at('length').textContent = take.length === 0 ? '–' : `${take.seconds.toFixed(2)} s`
  at('factor').textContent = take.factor === undefined ? '–' : take.factor.toFixed(3)
  at('underruns').textContent = take.length === 0 ? '–' : String(take.underruns)
  at('notes').replaceChildren(
    ...take.notes.map((note) => Object.assign(document.createElement('li'), { textContent: t(note) })),
  )
  at('download').disabled = !take.isDone
  at('download').textContent = t('download-as', { format: at('format').selectedOptions[0].text })
}

async function speak() {
  const request = withSeed(read())
  const take = new Take(request, request.rate)
  const stop = new AbortController()
  running = stop
  present(take)
  // At once, while the browser still knows of the click.
  player.play()
  try {
    await makeTake(take, stop.signal, settings.protocol, () => {
      player.grew()
      showFacts(take)
    })
  } finally {
    take.isDone = true
    if (take.length > 0) takes.add(take)
    player.grew()
    showFacts(take)
  }
}

async function onSpeak(event) {
  event.preventDefault()
  if (running) return
  showError()
  at('speak').disabled = true
  at('stop').hidden = false
  at('player').setAttribute('aria-busy', 'true')
  try {
    await speak()
  } catch (error) {
    if (error.name !== 'AbortError') showError(error)
  } finally {
    running = undefined
    at('speak').disabled = false
    at('stop').hidden = true
    at('player').removeAttribute('aria-busy')
  }
}

/** A short text in a voice, made once. */
async function hear(voice) {
  const { id, model, language } = voice
  if (sampler.isPlaying) {
    const isSame = sampler.take?.request.voice === id
    sampler.pause()
    voices.hearing(undefined)
    if (isSame) return
  }
  showError()
  player.pause()
  const name = `${model} ${id}`
  const request = {
    text: sampleFor(language),
    model,
    voice: id,
    way: 'stream',
    format: 'wav',
    rate: 24000,
    speed: 1,
    seed: 1,
  }
  const known = samples.get(name)
  const take = known ?? new Take(request, request.rate)
  samples.set(name, take)
  sampler.load(take)
  sampler.play()
  voices.hearing(voice)
  if (known) return
  try {
    await makeTake(
      take,
      new AbortController().signal,
      settings.protocol,
      () => sampler.take === take && sampler.grew(),
    )
    take.isDone = true
    if (sampler.take === take) sampler.grew()
  } catch (error) {
    samples.delete(name)
    sampler.pause()
    voices.hearing(undefined)
    showError(error)
  }
}

/** In the format of now, or in the one that a take was made for. */
async function download(take, format) {
  const button = at('download')
  button.disabled = true
  button.textContent = t('preparing')
  try {
    if (!take.files.has(format)) {
      take.files.set(format, fileOf(take.samples, take.rate, format) ?? (await encodedFile(take, format)))
    }
    const link = document.createElement('a')
    link.href = URL.createObjectURL(take.files.get(format))
    link.download = `light-tts-${take.request.seed}.${{ opus: 'ogg', mulaw: 'ulaw' }[format] ?? format}`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), RETRY_MS)
  } catch (error) {
    showError(error)
  } finally {
    if (player.take) showFacts(player.take)
  }
}

const STATES = { ready: 'ready', loading: 'loading', draining: 'draining', failed: 'failed' }

function showState(word) {
  at('state-text').textContent = t(word)
  at('state').querySelector('.dot').className = `dot ${word === 'ready' ? 'ready' : 'bad'}`
  at('state').dataset.word = word
}

const panel = openPanel(at('server'), {
  heard: (status) => showState(STATES[status.state]),
  failed: (error) => showState(error.status === 401 ? 'needs-key' : 'unreachable'),
})

/** Asks until the server is ready and its voices are known. */
async function connect() {
  try {
    settings = await readSettings()
    form.offer(settings)
    const { state } = await askJson('v1/status')
    showState(STATES[state])
    if (state === 'ready') {
      await form.loadModels()
      await voices.load(at('model').value)
      return
    }
  } catch (error) {
    showState(error.status === 401 ? 'needs-key' : 'unreachable')
    if (error.status === 401) at('key-fold').open = true
  }
  setTimeout(connect, RETRY_MS)
}

sampler.addEventListener('end', () => voices.hearing(undefined))
player.addEventListener('end', () => showFacts(player.take))
at('form').addEventListener('submit', onSpeak)
at('form').addEventListener('input', changed)
at('model').addEventListener('change', () => voices.load(at('model').value).catch(showError))
at('download').addEventListener('click', () => download(player.take, at('format').value))
at('format').addEventListener('change', () => player.take && showFacts(player.take))
at('stop').addEventListener('click', () => {
  player.pause()
  running?.abort(new DOMException('stopped', 'AbortError'))
})
document.addEventListener('keydown', (event) => {
  const isWanted = event.key === 'Enter' && (event.ctrlKey || event.metaKey)
  if (isWanted && !at('playground').hidden) at('form').requestSubmit()
})
const chooseTab = openTabs([at('tab-playground'), at('tab-server')], (tab) => {
  const isServer = tab === at('tab-server')
  at('playground').hidden = isServer
  if (isServer) panel.open()
  else panel.close()
  history.replaceState(null, '', isServer ? '#server' : '#')
})
at('language').addEventListener('change', () => setLanguage(at('language').value))
onLanguage(() => {
  if (at('state').dataset.word) showState(at('state').dataset.word)
  if (isOurs(at('text').value))
    at('text').value = textFor(voices.find(voices.chosen)?.language ?? languageNow())
  if (player.take) showFacts(player.take)
  view.show()
  form.translate()
  changed()
})
openTheme(at('theme'), view.drawSoon)
setLanguage(firstLanguage())
at('language').value = languageNow()
if (location.hash === '#server') chooseTab(at('tab-server'))
void connect()
