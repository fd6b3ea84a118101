/** The text of a take, the words marked that are being spoken, where the server has told their times. */

/** `box` is the element; `show(take)` sets its text, `mark(seconds)` the words of now. */
export function openCaptions(box) {
  let words = []
  let shown
  let count = 0
  // What may scroll can be reached by the keyboard.
  box.tabIndex = 0

  function show(take) {
    if (shown === take && count === take?.words.length) return
    shown = take
    count = take?.words.length
    const text = take?.request.text ?? ''
    words = (take?.words ?? []).map((word) => {
      const node = document.createElement('span')
      node.textContent = text.slice(word.from, word.to)
      return { ...word, node }
    })
    let at = 0
    box.replaceChildren()
    for (const { node, from, to } of words) {
      box.append(text.slice(at, from), node)
      at = Math.max(at, to)
    }
    box.append(text.slice(at))
  }

  function mark(seconds) {
    for (const { node, start, end } of words) {
      const isNow = seconds >= start && seconds < end
      if (isNow && !node.classList.contains('now')) reveal(node)
      node.classList.toggle('now', isNow)
    }
  }

  /** Within the box alone: the page itself must not move. */
  function reveal(node) {
    box.scrollTop = node.offsetTop - box.offsetTop - (box.clientHeight - node.offsetHeight) / 2
  }
  return { show, mark }
}
