/** The words of a take, the one being spoken marked. A take without times has no captions. */

/** `line` is the element; `show(take)` sets its words, `mark(seconds)` the one of now. */
export function openCaptions(line) {
  let words = []
  let shown
  let count = 0
  return {
    show(take) {
      if (shown === take && count === (take?.words.length ?? 0)) return
      shown = take
      count = take?.words.length ?? 0
      words = (take?.words ?? []).map(({ text, start, end }) => {
        const node = Object.assign(document.createElement('span'), { textContent: text })
        return { node, start, end }
      })
      line.replaceChildren(...words.flatMap(({ node }, i) => (i === 0 ? [node] : [' ', node])))
    },
    mark(seconds) {
      for (const { node, start, end } of words)
        node.classList.toggle('now', seconds >= start && seconds < end)
    },
  }
}
