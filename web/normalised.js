/** What the server will say of a text, shown under it while the reader has that open. */
import { postJson } from './server.js'

const QUIET_MS = 400

/** `read()` gives `{ text, voice, model }` as they stand now; `advice(error)` its words. */
export function showNormalised(at, read, advice) {
  const fold = at('said-fold')
  let waiting
  let asked = 0

  async function show() {
    const turn = ++asked
    const shown = await normalised(read()).catch((error) => ({ segments: [], warnings: [advice(error)] }))
    // A later answer may have come first.
    if (turn !== asked) return
    at('said').replaceChildren(...shown.segments.map((segment) => line('li', segment)))
    at('said-warnings').replaceChildren(...shown.warnings.map((warning) => line('p', warning)))
  }

  at('show-said').addEventListener('click', () => {
    fold.hidden = !fold.hidden
    at('show-said').setAttribute('aria-expanded', String(!fold.hidden))
    if (!fold.hidden) void show()
  })
  return {
    changed() {
      clearTimeout(waiting)
      if (!fold.hidden) waiting = setTimeout(show, QUIET_MS)
    },
  }
}

async function normalised({ text, voice, model }) {
  if (text.trim() === '') return { segments: [], warnings: [] }
  const body = { input: text, model, ...(voice === undefined ? {} : { voice }) }
  return (await postJson('v1/text/normalize', body)).json()
}

const line = (name, text) => Object.assign(document.createElement(name), { textContent: text.trim() })
