/** Choices that this browser keeps. Storage may be forbidden: then they last until the page is closed. */
export function kept(name) {
  try {
    return localStorage.getItem(`light-tts-${name}`)
  } catch {
    return null
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`light-tts-${name}`, value)
  } catch {}
}
