/** What the server will say of a text, shown under it while the reader has that open. */
import { failure } from './speech.js'

const QUIET_MS = 400

/** `at(id)` finds an element; `ask()` gives `{ text, voice, key }` as they stand now. */
export function showNormalised(at, ask) {
  const fold = at('said-fold')
  let waiting
  let asked = 0

  async function show() {
    const turn = ++asked
    const { text, voice, key } = ask()
    let shown
    try {
      shown = text.trim() === '' ? { segments: [], warnings: [] } : await normalised(text, voice, key)
    } catch (error) {
      shown = { segments: [], warnings: [error.message] }
    }
    // A later answer may have come first.
    if (turn !== asked) return
    at('said').replaceChildren(...shown.segments.map((segment) => line('li', segment)))
    at('said-warnings').replaceChildren(...shown.warnings.map((warning) => line('p', warning)))
  }

  function changed() {
    clearTimeout(waiting)
    if (!fold.hidden) waiting = setTimeout(show, QUIET_MS)
  }

  at('show-said').addEventListener('click', () => {
    fold.hidden = !fold.hidden
    at('show-said').setAttribute('aria-expanded', String(!fold.hidden))
    if (!fold.hidden) void show()
  })
  at('text').addEventListener('input', changed)
  at('voice').addEventListener('change', changed)
}

async function normalised(text, voice, key) {
  const answer = await fetch('/v1/text/normalize', {
    method: 'POST',
    body: JSON.stringify(voice === undefined ? { input: text } : { input: text, voice }),
    headers: { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}) },
  })
  if (!answer.ok) throw await failure(answer)
  return answer.json()
}

const line = (name, text) => Object.assign(document.createElement(name), { textContent: text.trim() })
