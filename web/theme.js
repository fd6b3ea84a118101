/** Light, dark, or as the system has it. */
import { keep, kept } from './kept.js'

const THEMES = ['auto', 'light', 'dark']

/** `select` chooses; `changed()` is called whenever other colours are shown. */
export function openTheme(select, changed) {
  const show = (theme) => {
    document.documentElement.dataset.theme = theme
    select.value = theme
    changed()
  }
  select.addEventListener('change', () => {
    keep('theme', select.value)
    show(select.value)
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed)
  const chosen = kept('theme')
  show(THEMES.includes(chosen) ? chosen : 'auto')
}
