/** The reader's own recording: chosen as a file or recorded, heard before it is used, and kept as a voice if wanted. */
import { openMicrophone } from './microphone.js'
import { wavFile } from './samples.js'
import { ask } from './server.js'
import { t } from './words.js'

/** Below this peak a recording counts as silent. */
const SILENT = 0.01

/** `acts`: `{ kept(id), failed(error), maxSeconds() }`. */
export function openOwnVoice(at, acts) {
  const preview = Object.assign(document.createElement('audio'), { controls: true })
  let recording
  let session

  function take(blob, words) {
    recording = blob
    URL.revokeObjectURL(preview.src)
    preview.src = URL.createObjectURL(blob)
    at('preview').replaceChildren(preview)
    at('recorded').textContent = words
    at('kept').textContent = ''
  }

  async function start() {
    const parts = []
    let length = 0
    let peak = 0
    const begun = { stop() {} }
    session = begun
    const microphone = await openMicrophone((samples) => {
      parts.push(samples)
      length += samples.length
      const level = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      peak = Math.max(peak, level)
      showLevel(level, length / microphone.rate)
      if (length / microphone.rate >= acts.maxSeconds()) stop()
    })
    begun.stop = () => {
      microphone.stop()
      const samples = new Float32Array(length)
      let place = 0
      for (const part of parts) {
        samples.set(part, place)
        place += part.length
      }
      const seconds = (length / microphone.rate).toFixed(1)
      take(wavFile(samples, microphone.rate), t(peak < SILENT ? 'recorded-silent' : 'recorded', { seconds }))
    }
    at('meter').hidden = false
    at('record').classList.add('on')
    at('record-text').textContent = t('record-stop')
  }

  function stop() {
    session?.stop()
    session = undefined
    at('meter').hidden = true
    at('timer').textContent = ''
    at('record').classList.remove('on')
    at('record-text').textContent = t('record')
  }

  function showLevel(level, seconds) {
    // Decibels from -50 to 0.
    const share = Math.max(0, 1 + (20 * Math.log10(Math.max(level, 1e-5))) / 50)
    at('meter').value = share
    at('timer').textContent = `${seconds.toFixed(1)} / ${acts.maxSeconds()} s`
  }

  async function keep() {
    at('kept').textContent = ''
    const form = new FormData()
    const id = at('keep-name').value.trim()
    const transcript = at('transcript').value.trim()
    form.append('id', id)
    form.append('prompt_text', transcript)
    if (transcript === '') form.append('prompt_mode', 'style')
    form.append('model', at('model').value)
    const description = at('keep-description').value.trim()
    if (description !== '') form.append('description', description)
    form.append('prompt_wav', need(), 'prompt')
    const { warnings = [] } = await (await ask('v1/voices', { method: 'POST', body: form })).json()
    at('kept').textContent = [t('kept', { voice: id }), ...warnings.map((one) => t(`prompt-${one}`))].join(
      ' ',
    )
    await acts.kept(id)
  }

  /** Throws where there is no recording yet. */
  function need() {
    if (session) stop()
    if (recording === undefined) throw new Error(t('no-recording'))
    return recording
  }

  const failing = (work) => async () => {
    try {
      await work()
    } catch (error) {
      stop()
      acts.failed(error)
    }
  }

  at('record').addEventListener(
    'click',
    failing(() => (session ? stop() : start())),
  )
  at('file').addEventListener('change', () => {
    const [file] = at('file').files
    if (file) take(file, t('chosen-file', { name: file.name, kilobytes: Math.ceil(file.size / 1024) }))
  })
  at('keep').addEventListener('click', failing(keep))
  return {
    read: () => ({ recording: need(), transcript: at('transcript').value.trim() }),
    /** As a take was made with. */
    set({ recording: before, transcript }) {
      take(before, '')
      at('transcript').value = transcript
    },
  }
}
