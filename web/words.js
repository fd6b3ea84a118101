/** The words of the page in the reader's language: `data-t` in the HTML names an entry of `words-*.js`. */
import { keep, kept } from './kept.js'
import { english } from './words-en.js'
import { chinese } from './words-zh.js'

const LANGUAGES = { en: english, zh: chinese }

let language = 'en'
const listeners = []

/** The entry with `{name}` filled in. */
export function t(key, values = {}) {
  const text = LANGUAGES[language][key] ?? english[key] ?? key
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}

export const languageNow = () => language

/** Called after each change of language. */
export function onLanguage(listener) {
  listeners.push(listener)
}

/** What was chosen before, else the browser's. */
export function firstLanguage() {
  const chosen = kept('language')
  if (chosen in LANGUAGES) return chosen
  return /^zh\b/i.test(navigator.language) ? 'zh' : 'en'
}

export function setLanguage(next) {
  language = next
  keep('language', next)
  document.documentElement.lang = next
  translate(document)
  for (const listener of listeners) listener()
}

export function translate(root) {
  for (const [attribute, set] of [
    ['data-t', (node, text) => node.replaceChildren(text)],
    ['data-t-label', (node, text) => node.setAttribute('aria-label', text)],
    ['data-t-hint', (node, text) => node.setAttribute('placeholder', text)],
  ]) {
    for (const node of root.querySelectorAll(`[${attribute}]`)) set(node, t(node.getAttribute(attribute)))
  }
}
