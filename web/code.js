/** The request as it stands, as code to copy. */
import { address } from './server.js'
import { snippetsOf } from './snippets.js'
import { openTabs } from './tabs.js'
import { t } from './words.js'

const LANGUAGES = ['curl', 'python', 'javascript']
const SHOWN_MS = 2000

/** `read()` gives the request of now, also without a recording. */
export function openCode(at, read) {
  let language = 'curl'

  function show() {
    if (at('code-fold').hidden) return
    at('code').textContent = snippetsOf(read(), address('.').href, at('key').value !== '')[language]
    at('code').setAttribute('aria-labelledby', `code-${language}`)
  }

  // What may scroll can be reached by the keyboard.
  at('code').tabIndex = 0
  openTabs(
    LANGUAGES.map((name) => at(`code-${name}`)),
    (tab) => {
      language = tab.id.slice('code-'.length)
      show()
    },
  )
  at('show-code').addEventListener('click', () => {
    at('code-fold').hidden = !at('code-fold').hidden
    at('show-code').setAttribute('aria-expanded', String(!at('code-fold').hidden))
    show()
  })
  at('copy').addEventListener('click', async () => {
    at('copy').textContent = t((await copied(at('code'))) ? 'copied' : 'copy-failed')
    setTimeout(() => {
      at('copy').textContent = t('copy')
    }, SHOWN_MS)
  })
  at('form').addEventListener('input', show)
  return { show }
}

/** Plain http off localhost has no clipboard for pages; a selection can be copied there. */
async function copied(node) {
  try {
    await navigator.clipboard.writeText(node.textContent)
    return true
  } catch {
    getSelection().selectAllChildren(node)
    const isCopied = document.execCommand('copy')
    getSelection().removeAllRanges()
    return isCopied
  }
}
