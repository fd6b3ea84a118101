/** The settings of a request: what there is to choose from, and what the model takes. */
import { askJson } from './server.js'
import { t } from './words.js'

const RATES = [8000, 16000, 22050, 24000, 44100, 48000]
const NAMES = { wav: 'WAV', pcm: 'PCM', mp3: 'MP3', opus: 'Opus', flac: 'FLAC', aac: 'AAC', mulaw: 'µ-law' }

export const nameOfFormat = (format) => NAMES[format] ?? format

/** `changed()` is called where this changes what is asked for. */
export function openSettings(at, changed) {
  let models = []

  const model = () => models.find(({ id }) => id === at('model').value)

  function showSpeed() {
    at('speed-value').textContent = `${Number(at('speed').value).toFixed(1)} ×`
  }

  function showInstruction() {
    at('instruction-row').hidden = !takesInstruction()
  }

  const takesInstruction = () => model()?.instructions === true

  at('speed').addEventListener('input', showSpeed)
  at('model').addEventListener('change', showInstruction)
  return {
    takesInstruction,
    /** What the server can make; see `/page/settings`. */
    offer({ formats, max_instruction_length }) {
      if (at('format').options.length === 0) {
        at('format').replaceChildren(...formats.map((name) => new Option(nameOfFormat(name), name)))
        at('rate').replaceChildren(...RATES.map((rate) => new Option(`${rate / 1000} kHz`, rate)))
        at('rate').value = '24000'
      }
      at('instruction').maxLength = max_instruction_length
      changed()
    },
    async loadModels() {
      models = (await askJson('v1/models')).data
      const before = at('model').value
      at('model').replaceChildren(...models.map(({ id }) => new Option(id, id)))
      if (models.some(({ id }) => id === before)) at('model').value = before
      showInstruction()
    },
    /** As a take was asked for. */
    set({ model, way, format, rate, speed, seed, instruction }) {
      at('model').value = model
      at('way').value = way
      at('format').value = format
      at('rate').value = String(rate)
      at('speed').value = String(speed)
      at('seed').value = String(seed)
      at('instruction').value = instruction ?? ''
      showSpeed()
      showInstruction()
    },
    translate: () => at('seed').setAttribute('placeholder', t('seed-hint')),
  }
}
