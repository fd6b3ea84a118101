/** The voices as cards: whose they are, a sample of each, and the one that is chosen. */
import { ask, askJson } from './server.js'
import { languageNow, onLanguage, t } from './words.js'

const OWN = '\u0000own'

/**
 * `acts`: `{ chosen(voice), hear(voice), failed(error) }`; a voice is what `/v1/voices` says of it, undefined for the
 * reader's own recording.
 */
export function openVoices(at, acts) {
  let voices = []
  let chosen
  let heard

  async function load(model) {
    const path = model ? `v1/voices?model=${encodeURIComponent(model)}` : 'v1/voices'
    voices = (await askJson(path)).voices
    if (chosen !== OWN && !voices.some(({ id }) => id === chosen)) chosen = first()
    showLanguages()
    show()
    reveal()
    tell()
  }

  /** One of the page's language, where there is one. */
  function first() {
    const fitting = voices.find(({ language }) => language?.startsWith(languageNow()))
    return (fitting ?? voices[0])?.id ?? OWN
  }

  const tell = () => acts.chosen(voices.find(({ id }) => id === chosen))

  function choose(id) {
    chosen = id
    show()
    tell()
  }

  function showLanguages() {
    const filter = at('voice-language')
    const before = filter.value
    const tags = [...new Set(voices.map(({ language }) => language ?? ''))].filter(Boolean).sort()
    filter.replaceChildren(
      new Option(t('all-languages'), ''),
      ...tags.map((tag) => new Option(nameOf(tag), tag)),
    )
    filter.value = tags.includes(before) ? before : ''
    filter.hidden = tags.length < 2
  }

  function show() {
    const language = at('voice-language').value
    const shown = voices.filter((voice) => language === '' || voice.language === language)
    const focused = document.activeElement?.id
    const { scrollTop } = at('voices')
    at('voices').replaceChildren(...shown.map(card))
    at('voices').scrollTop = scrollTop
    at('own-card').replaceChildren(ownCard())
    at('own').hidden = chosen !== OWN
    if (focused?.startsWith('voice-')) document.getElementById(focused)?.focus()
  }

  /** The list is scrolled so that the chosen card is in it. */
  function reveal() {
    const card = at('voices').querySelector(':checked')?.parentElement
    if (card) at('voices').scrollTop = card.offsetTop - at('voices').offsetTop
  }

  function card(voice) {
    const facts = [
      nameOf(voice.language),
      voice.gender ? t(`gender-${voice.gender}`) : undefined,
      voice.origin === 'user' ? t('stored') : undefined,
    ].filter(Boolean)
    const node = shell(voice.id, voice.id, facts.join(' · '), voice.description)
    const isHeard = heard?.id === voice.id
    const hear = button(
      `round small${isHeard ? ' playing' : ''}`,
      t(isHeard ? 'hush' : 'hear', { voice: voice.id }),
    )
    hear.id = `voice-hear-${voice.id}`
    hear.addEventListener('click', () => void acts.hear(voice))
    node.append(hear)
    if (voice.origin === 'user') {
      const remove = button('quiet remove', t('remove', { voice: voice.id }))
      remove.textContent = '×'
      remove.addEventListener('click', () => void removeVoice(voice))
      node.append(remove)
    }
    return node
  }

  function ownCard() {
    const node = shell(OWN, t('own-voice'), t('own-facts'))
    node.classList.add('mine')
    return node
  }

  function shell(id, name, facts, description) {
    const node = document.createElement('div')
    node.className = 'voice'
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'voice', value: id })
    input.id = id === OWN ? 'voice-own' : `voice-of-${id}`
    input.checked = id === chosen
    input.addEventListener('change', () => choose(id))
    const label = document.createElement('label')
    label.htmlFor = input.id
    label.append(line('strong', name), line('span', facts, 'facts'))
    if (description) label.append(line('span', description, 'about'))
    node.append(input, label)
    return node
  }

  async function removeVoice({ id, model }) {
    if (!confirm(t('remove-sure', { voice: id }))) return
    try {
      await ask(`v1/voices/${encodeURIComponent(id)}?model=${encodeURIComponent(model)}`, {
        method: 'DELETE',
      })
      await load(at('model').value)
    } catch (error) {
      acts.failed(error)
    }
  }

  at('voice-language').addEventListener('change', show)
  onLanguage(() => {
    showLanguages()
    show()
  })
  return {
    load,
    choose(id) {
      choose(id ?? OWN)
      reveal()
    },
    /** Which sample sounds now, if any. */
    hearing(voice) {
      heard = voice
      show()
    },
    get chosen() {
      return chosen === OWN ? undefined : chosen
    },
    find: (id) => voices.find((voice) => voice.id === id),
  }
}

const line = (name, textContent, className = '') =>
  Object.assign(document.createElement(name), { textContent, className })

function button(className, label) {
  const made = Object.assign(document.createElement('button'), { type: 'button', className })
  made.setAttribute('aria-label', label)
  return made
}

function nameOf(tag) {
  if (!tag) return ''
  try {
    return new Intl.DisplayNames([languageNow()], { type: 'language' }).of(tag)
  } catch {
    return tag
  }
}
