/** The panel of a server: what it does now and did over the last five minutes. The engine's own words stand here only. */
import { openChart } from './charts.js'
import { askJson } from './server.js'
import { onLanguage, t } from './words.js'

/** How often an open panel asks, and for how long it remembers: five minutes. */
const EVERY_MS = 2000
const REMEMBERED = 150

const percent = (share) => `${Math.round(100 * share)} %`
const seconds = (value) => `${value.toFixed(1)} s`
const ms = (value) => `${value} ms`

/** `heard(status)` is told each status, `failed(error)` why there is none. */
export function openPanel(root, { heard, failed }) {
  const figures = element('dl', 'facts')
  const charts = element('div', 'charts')
  const listeners = element('div', 'listeners')
  const table = element('div', 'scroll')
  // What may scroll can be reached by the keyboard.
  table.tabIndex = 0
  table.role = 'region'
  const note = element('p', 'hint')
  root.append(figures, note, charts, listeners, table)
  const chart = (word) => openChart(charts, () => t(word))
  const all = {
    firstAudio: chart('chart-first-audio'),
    speeches: chart('chart-speeches'),
    queue: chart('chart-queue'),
    lead: chart('chart-lead'),
    batch: chart('chart-batch'),
    load: chart('chart-load'),
    share: chart('chart-share'),
    underruns: chart('chart-underruns'),
  }
  const history = []
  let latest
  let timer

  function show() {
    if (latest === undefined) return
    const { active, queued, capacity, version, devices } = latest
    figures.replaceChildren(
      fact('version', version),
      fact('active', active),
      fact('queued', queued),
      fact('capacity', capacity?.listeners ?? '–'),
      fact('made', capacity ? `${capacity.audio_seconds_per_second} s/s` : '–'),
    )
    note.textContent = capacity?.warning ?? ''
    drawHistory()
    drawRecent(latest.recent.bins)
    showListeners(latest.listener_leads)
    table.ariaLabel = t('devices')
    table.replaceChildren(tableOf(devices))
  }

  function drawHistory() {
    const line = (read, ink, name) => ({
      name,
      colour: ink,
      values: [...Array(REMEMBERED - history.length).fill(undefined), ...history.map(read)],
    })
    const now = history.at(-1)
    all.queue.draw(
      [
        line((one) => one.active, '--accent', t('active')),
        line((one) => one.queued, '--second', t('queued')),
      ],
      {
        most: 4,
        now: `${now.active} · ${now.queued}`,
      },
    )
    all.lead.draw([line((one) => one.lead, '--accent')], {
      most: 2,
      now: now.lead === undefined ? '–' : seconds(now.lead),
      scale: seconds,
    })
    all.batch.draw([line((one) => one.batch, '--accent')], { most: 4, now: now.batch.toFixed(1) })
    all.load.draw(
      [
        line((one) => one.llm, '--accent', t('llm-lane')),
        line((one) => one.acoustic, '--second', t('acoustic-lane')),
      ],
      {
        most: 1,
        now: `${percent(now.llm)} · ${percent(now.acoustic)}`,
        scale: percent,
      },
    )
    all.share.draw([line((one) => one.share, '--accent')], {
      most: 1,
      now: now.share === undefined ? '–' : percent(now.share),
      scale: percent,
    })
  }

  function drawRecent(bins) {
    const values = (name) => bins.map((bin) => bin[name] ?? undefined)
    const medians = values('first_audio_ms').filter((one) => one !== undefined)
    const sum = (name) => bins.reduce((all, bin) => all + bin[name], 0)
    all.firstAudio.draw(
      [
        { values: values('slowest_ms'), colour: '--faint', isBar: true, name: t('slowest') },
        { values: values('first_audio_ms'), colour: '--accent', isBar: true, name: t('median') },
      ],
      { most: 500, now: medians.length === 0 ? '–' : ms(medians.at(-1)), scale: ms },
    )
    all.speeches.draw([{ values: values('speeches'), colour: '--accent', isBar: true }], {
      most: 4,
      now: String(sum('speeches')),
    })
    all.underruns.draw([{ values: values('underruns'), colour: '--bad', isBar: true }], {
      most: 4,
      now: String(sum('underruns')),
    })
  }

  function showListeners(leads) {
    const title = element('h2', '', t('listeners', { count: leads.length }))
    const list = element('ol', 'leads')
    for (const lead of leads) {
      const item = element('li', lead < 0.2 ? 'low' : '', `${lead.toFixed(1)} s`)
      item.style.setProperty('--share', Math.min(1, lead / 10))
      list.append(item)
    }
    listeners.replaceChildren(title, leads.length > 0 ? list : element('p', 'hint', t('no-listeners')))
  }

  async function turn() {
    try {
      latest = await askJson('v1/status')
      const mean = (key) =>
        latest.devices.reduce((sum, one) => sum + one[key], 0) / (latest.devices.length || 1)
      history.push({
        active: latest.active,
        queued: latest.queued,
        lead: latest.listener_leads[0],
        batch: latest.devices.reduce((sum, { llm_batch }) => sum + llm_batch, 0),
        llm: Math.min(1, mean('llm_busy')),
        acoustic: Math.min(1, mean('acoustic_busy')),
        share: latest.capacity?.load ?? undefined,
      })
      if (history.length > REMEMBERED) history.shift()
      heard(latest)
      if (!root.hidden) show()
    } catch (error) {
      failed(error)
    }
  }

  async function loop() {
    if (!document.hidden) await turn()
    timer = setTimeout(loop, EVERY_MS)
  }

  onLanguage(() => {
    for (const one of Object.values(all)) one.translate()
    show()
  })
  return {
    open() {
      root.hidden = false
      show()
      if (timer === undefined) void loop()
    },
    close() {
      root.hidden = true
      clearTimeout(timer)
      timer = undefined
    },
  }
}

function tableOf(devices) {
  const table = document.createElement('table')
  const head = table.createTHead().insertRow()
  for (const word of ['device', 'health', 'slots', 'llm-rows', 'llm-busy', 'acoustic-busy', 'flow-state']) {
    head.append(Object.assign(element('th', '', t(word)), { scope: 'col' }))
  }
  const body = table.createTBody()
  for (const device of devices) {
    const row = body.insertRow()
    for (const cell of [
      device.name,
      t(device.healthy ? 'healthy' : 'down'),
      `${device.slots.used} / ${device.slots.total}`,
      `${device.llm_slots.used} / ${device.llm_slots.total}`,
      percent(device.llm_busy),
      percent(device.acoustic_busy),
      `${(device.flow_state_bytes.used / 2 ** 20).toFixed(0)} / ${(device.flow_state_bytes.total / 2 ** 20).toFixed(0)} MiB`,
    ])
      row.insertCell().textContent = cell
  }
  return table
}

function fact(word, value) {
  const node = document.createElement('div')
  node.append(element('dt', '', t(word)), element('dd', '', String(value)))
  return node
}

const element = (name, className, textContent = '') =>
  Object.assign(document.createElement(name), { className, textContent })
