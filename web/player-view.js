/** The player's controls and pictures: what is heard, where it is, and the way to any other place. */
import { openCaptions } from './captions.js'
import { drawSpectrogram, drawWave } from './pictures.js'
import { t } from './words.js'

/** Pictures are drawn again at most so often while audio comes. */
const REDRAW_MS = 150
const STEP_S = 2

export function openPlayerView(at, player) {
  const captions = openCaptions(at('captions'))
  const scope = at('scope')
  let drawnAt = 0
  let later
  let isDragging = false
  let ratio = window.devicePixelRatio

  function draw() {
    clearTimeout(later)
    later = undefined
    drawnAt = performance.now()
    const samples = player.take?.samples ?? new Float32Array(0)
    drawWave(at('wave'), samples)
    drawSpectrogram(at('spectrogram'), samples, player.take?.rate ?? 24000)
    at('scope-empty').hidden = samples.length > 0
  }

  function drawSoon() {
    later ??= setTimeout(draw, Math.max(0, REDRAW_MS - (performance.now() - drawnAt)))
  }

  function showPlace() {
    const { take, position } = player
    const seconds = take?.seconds ?? 0
    at('seek').max = String(seconds)
    if (!isDragging) at('seek').value = String(position)
    at('seek').setAttribute(
      'aria-valuetext',
      t('position', { at: position.toFixed(1), of: seconds.toFixed(1) }),
    )
    at('time').textContent = `${clock(position)} / ${clock(seconds)}`
    scope.style.setProperty('--at', seconds === 0 ? 0 : position / seconds)
    captions.mark(position)
  }

  function show() {
    const { take, isPlaying } = player
    const has = take !== undefined && take.length > 0
    scope.classList.toggle('has', has)
    at('scope-empty').textContent = t(take && !take.isDone ? 'waiting' : 'scope-empty')
    at('play').classList.toggle('playing', isPlaying)
    at('play').setAttribute('aria-label', t(isPlaying ? 'pause' : 'play'))
    for (const id of ['play', 'replay', 'seek']) at(id).disabled = !has
    captions.show(take)
    showPlace()
    drawSoon()
  }

  function follow() {
    if (player.isPlaying) showPlace()
    // The window has come to a finer or a coarser screen.
    if (ratio !== window.devicePixelRatio) drawSoon()
    ratio = window.devicePixelRatio
    requestAnimationFrame(follow)
  }

  function seekTo(event) {
    const { left, width } = scope.getBoundingClientRect()
    if (player.take) player.seek(((event.clientX - left) / width) * player.take.seconds)
  }

  player.addEventListener('change', show)
  at('play').addEventListener('click', () => player.toggle())
  at('replay').addEventListener('click', () => {
    player.seek(0)
    player.play()
  })
  at('seek').addEventListener('input', () => {
    isDragging = true
    player.seek(Number(at('seek').value))
    isDragging = false
  })
  at('volume').addEventListener('input', () => {
    player.volume = Number(at('volume').value)
  })
  scope.addEventListener('pointerdown', (event) => {
    if (!player.take) return
    scope.setPointerCapture(event.pointerId)
    seekTo(event)
  })
  scope.addEventListener('pointermove', (event) => {
    if (scope.hasPointerCapture(event.pointerId)) seekTo(event)
  })
  document.addEventListener('keydown', (event) => {
    const isFree = !/^(INPUT|TEXTAREA|SELECT|BUTTON|A|SUMMARY|AUDIO)$/.test(event.target.tagName)
    if (!isFree || !player.take || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === ' ') player.toggle()
    else if (event.key === 'ArrowLeft') player.seek(player.position - STEP_S)
    else if (event.key === 'ArrowRight') player.seek(player.position + STEP_S)
    else return
    event.preventDefault()
  })
  new ResizeObserver(drawSoon).observe(scope)
  show()
  requestAnimationFrame(follow)
  return { show, drawSoon }
}

export function clock(seconds) {
  const tenths = Math.floor(seconds * 10)
  const rest = tenths % 600
  return `${Math.floor(tenths / 600)}:${rest < 100 ? '0' : ''}${(rest / 10).toFixed(1)}`
}
