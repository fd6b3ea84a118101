/** Small charts of the last minutes: lines and bars on a canvas, with the newest value beside their title. */
import { blank, colour } from './pictures.js'

/**
 * A figure in `parent`. `draw(lines, { most, now, scale })`: each line `{ values, colour, isBar, name }` with values oldest first,
 * undefined where there is none; `most` is the top of the scale unless a value is higher; `now` a text, `scale(value)` another.
 */
export function openChart(parent, title) {
  const figure = document.createElement('figure')
  const caption = document.createElement('figcaption')
  const name = document.createElement('span')
  const value = document.createElement('strong')
  const canvas = document.createElement('canvas')
  canvas.setAttribute('role', 'img')
  caption.append(name, value)
  const key = document.createElement('p')
  const top = document.createElement('span')
  figure.append(caption, canvas, key)
  parent.append(figure)

  let last = [[], { most: 1, now: '–' }]
  function draw(lines, about) {
    last = [lines, about]
    const { most, now, scale: written = String } = about
    value.textContent = now
    canvas.setAttribute('aria-label', `${title()}: ${now}`)
    const { paint, width, height, scale } = blank(canvas)
    const highest = Math.max(
      most,
      ...lines.flatMap(({ values }) => values.filter((one) => one !== undefined)),
    )
    top.textContent = written(highest)
    key.replaceChildren(top, ...lines.filter(({ name }) => name).map(keyOf))
    grid(paint, width, height, colour(canvas, '--line'), scale)
    for (const line of lines) {
      paint.fillStyle = paint.strokeStyle = colour(canvas, line.colour)
      if (line.isBar) drawBars(paint, line.values, highest, width, height)
      else drawLine(paint, line.values, highest, width, height, scale)
    }
  }
  function translate() {
    name.textContent = title()
    draw(...last)
  }
  new ResizeObserver(() => draw(...last)).observe(canvas)
  translate()
  return { draw, translate }
}

function keyOf({ name, colour: ink }) {
  const node = Object.assign(document.createElement('span'), { textContent: name })
  node.style.setProperty('--ink-of', `var(${ink})`)
  node.className = 'line'
  return node
}

function grid(paint, width, height, ink, scale) {
  paint.fillStyle = ink
  for (const share of [0, 0.5, 1]) paint.fillRect(0, Math.round(share * (height - scale)), width, scale)
}

function drawBars(paint, values, top, width, height) {
  const step = width / values.length
  for (const [i, value] of values.entries()) {
    if (!value) continue
    const tall = Math.max(2, (value / top) * height)
    paint.fillRect(i * step + step * 0.15, height - tall, step * 0.7, tall)
  }
}

function drawLine(paint, values, top, width, height, scale) {
  paint.lineWidth = 2 * scale
  paint.lineJoin = 'round'
  paint.beginPath()
  let isDown = false
  for (const [i, value] of values.entries()) {
    if (value === undefined) {
      isDown = false
      continue
    }
    const x = (i / Math.max(1, values.length - 1)) * width
    const y = height - scale - (value / top) * (height - 2 * scale)
    if (isDown) paint.lineTo(x, y)
    else paint.moveTo(x, y)
    isDown = true
  }
  paint.stroke()
}
