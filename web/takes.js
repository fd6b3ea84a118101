/** The takes of this session, newest first: heard again, asked for again, kept as files. */
import { clock } from './player-view.js'
import { nameOfFormat } from './settings.js'
import { languageNow, onLanguage, t } from './words.js'

/** Samples of so many takes stay in the page's memory. */
const MOST = 30

/** `acts`: `{ play(take), again(request), download(take) }`. */
export function openTakes(at, acts) {
  let takes = []
  let current

  function show() {
    at('no-takes').hidden = takes.length > 0
    at('takes').replaceChildren(...takes.map(rowOf))
  }

  function rowOf(take) {
    const { request } = take
    const row = document.createElement('li')
    row.classList.toggle('current', take === current)
    const text = element('p', 'text', request.text)
    const voice = request.voice ?? t('own-voice')
    const facts = [
      voice,
      t(`way-${request.way}`),
      `${request.speed.toFixed(1)} ×`,
      `${t('seed')} ${request.seed}`,
      request.instruction,
      clock(take.seconds),
      take.madeAt.toLocaleTimeString(languageNow()),
    ].filter(Boolean)
    const about = element('p', 'about', facts.join(' · '))
    const words = document.createElement('div')
    words.append(text, about)
    const buttons = element('div', 'bar')
    buttons.append(
      button('play', () => acts.play(take), 'round small'),
      button('again', () => acts.again(request)),
      button('download-as', () => acts.download(take), '', { format: nameOfFormat(request.format) }),
      button('forget', () => {
        takes = takes.filter((one) => one !== take)
        show()
      }),
    )
    row.append(words, buttons)
    return row
  }

  onLanguage(show)
  show()
  return {
    add(take) {
      takes = [take, ...takes].slice(0, MOST)
      current = take
      show()
    },
    choose(take) {
      current = take
      show()
    },
    show,
  }
}

const element = (name, className, textContent) =>
  Object.assign(document.createElement(name), { className, ...(textContent ? { textContent } : {}) })

function button(word, act, className = 'quiet', values = {}) {
  const made = element('button', className)
  made.type = 'button'
  if (className.includes('round')) made.setAttribute('aria-label', t(word))
  else made.textContent = t(word, values)
  made.addEventListener('click', act)
  return made
}
