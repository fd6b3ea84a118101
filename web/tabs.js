/** Tabs as the keyboard knows them: arrows go round, Home and End to the ends; one of them can be reached by Tab. */

/** `chosen(tab)` is called for each change. */
export function openTabs(tabs, chosen) {
  function choose(tab) {
    for (const one of tabs) {
      one.setAttribute('aria-selected', String(one === tab))
      one.tabIndex = one === tab ? 0 : -1
    }
    chosen(tab)
  }
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab))
    tab.addEventListener('keydown', ({ key }) => {
      const next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[key]
      if (next === undefined) return
      const to = tabs[(next + tabs.length) % tabs.length]
      to.focus()
      choose(to)
    })
  }
  return choose
}
