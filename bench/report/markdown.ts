/**
 * Stored records → `docs/benchmarks.md`. Pure: records in, text out.
 *
 * A benchmark that it has not heard of gets tables all the same: lists of like things become rows, single figures a
 * list.
 */
import { NOT_SHOWN } from './not-shown.ts'
import type { BenchmarkRecord } from './record.ts'

const FLOW_TEXT =
  'CPU time on one core. `ms` is what a stream pays, `fresh_ms` what the very first pays, whose memory was never used before; `with_vocoder_ms` is the acoustic stage in all. Of `ms`: a block’s cost is a straight line over the frames it attends to (`block_fit`); `other_ms` is what does not grow with them, `attention_alone_ms` what the attention operators cost by themselves; a stream’s blocks are solved once, the plain loop solves the whole utterance so far at every hop of 25 tokens, as LightTTS does.'
const PRODUCTS_TEXT =
  'One evaluation of one block on one core, both streams in turn. The distance of mels is that of random weights, and says nothing of a trained model.'
const VOCODER_TEXT =
  'CPU time on one core, whole and in hops; `streamOverWhole` is what hops of 50 frames cost more, `eightInOneRunOverOne` what is left of that cost where eight streams share every run.'

/** What each record shows, and which part of its result goes into tables. */
const SECTIONS: Readonly<
  Record<string, { readonly title: string; readonly text: string; readonly pick?: Pick }>
> = {
  micro: {
    title: 'Micro-benchmarks',
    text: 'Mean time of one unit of work, with the half-width of its 95 % interval over rounds. Every case checks its own result before and after timing.',
    pick: ({ results }) => ({
      cases: list(results).map(({ name, what, microseconds }) => ({
        case: name,
        'one run': what,
        µs: field(microseconds, 'mean'),
        '±': field(microseconds, 'plusMinus'),
      })),
    }),
  },
  'cost-model': {
    title: 'What model runs cost on this CPU',
    text: 'The cost model that the simulator predicts with: means over runs of the embedded voice. A share of N cores is N threads split between the two lanes.',
    pick: ({ devices }) => ({
      'milliseconds, per device': list(devices).map(({ device, cost }) => {
        const { spread: _spread, origin: _origin, ...figures } = cost as Row
        return { device, ...figures }
      }),
    }),
  },
  'simulator-validation': {
    title: 'The simulator against the real lanes',
    text: 'The same requests through both. Load: share of the speech per second that the cost model says the device can make. Medians over rounds; deviation is prediction ÷ measurement − 1. The target is 20 %.',
    pick: ({ rows, measuredByRound }) => ({
      'prediction and measurement': list(rows).flatMap((row) =>
        Object.keys(row.measured as Row).map((name) => ({
          load: row.load,
          figure: name,
          measured: field(row.measured, name),
          predicted: field(row.predicted, name),
          'deviation %': 100 * Number(field(row.deviation, name)),
        })),
      ),
      'every measured round': list(measuredByRound).flatMap(({ load, rounds }) =>
        list(rounds).map((round, i) => ({ load, round: i + 1, ...round })),
      ),
    }),
  },
  heard: {
    title: 'Texts as people write them, by ear',
    text: 'Each text and the same words in plain writing, spoken with three seeds and heard by Whisper base. `alike`: both are the same to the model. Else the errors of words against the plain words; a text that is worse by more than 0.1 fails.',
    pick: ({ rows, ...settings }) => ({
      ...settings,
      'alike, of each kind': kindsAlike(list(rows)),
      'heard, since their words come otherwise to the model': list(rows)
        .filter(({ said }) => said === 'otherwise')
        .map(({ kind, text, ofText, ofPlain }) => ({ kind, text, 'as written': ofText, plain: ofPlain })),
    }),
  },
  soak: {
    title: 'A soak of mixed work',
    text: 'Streams, whole answers, sockets, uploads, clients that leave and bad input at once. `from` and `to` are the ends of the line through the lowest values of what is judged, after the first 40 % of the run; a rise beyond what is allowed fails it.',
    pick: ({ trends, allowed, minutes, spoken }) => ({
      [`${Number(minutes)} minutes, ${sumOf(field(spoken, 'requests'))} requests for speech`]: Object.entries(
        trends as Row,
      ).map(([line, trend]) => ({
        line,
        from: field(trend, 'from'),
        to: field(trend, 'to'),
        'allowed rise': field(allowed, line),
      })),
    }),
  },
  tune: {
    title: 'Tuning',
    text: 'A search over the scheduler’s parameters: many candidates by the simulator, a few by servers of their own under the load harness, the best against the parameters before it in alternating pairs.',
  },
  capacity: {
    title: 'Listeners that one device carries',
    text: 'The largest number of listeners (each hears all before asking again) of whom at least 99 % hear no gap with a 100 ms player buffer, with first audio at the 95th percentile within the limit and no errors, in each of three seeds.',
  },
  'real-dims': {
    title: 'A checkpoint of the published model’s dimensions',
    text: 'Random weights of Qwen2-0.5B, a 512-wide encoder, the 56-layer estimator and HiFT 512, converted, then one sentence spoken. The limits: three minutes; three times the largest tensor plus 300 MB of memory.',
  },
  'llm-speed': {
    title: 'Speech tokens a second of the LLM at real dimensions',
    text: 'Decoding steps with 300 positions of past, random weights, distinct for each layer. Tokens a second are from the least disturbed step.',
    pick: ({ rows, ...settings }) => ({
      ...settings,
      'formats and batches': list(rows).flatMap(({ format, bytes, prefillMs, batches }) =>
        list(batches).map(({ batch, minMs, medianMs, tokensPerSecond }) => ({
          format,
          batch,
          'weights MB': Number(bytes) / 1e6,
          'step ms (least)': minMs,
          'step ms (median)': medianMs,
          'tokens/s': tokensPerSecond,
          'prefill of 300, ms': prefillMs,
        })),
      ),
    }),
  },
  'llm-agreement': {
    title: 'What smaller weights change',
    text: 'The embedded voice’s LLM in int8 and int4 against fp32, on the same contexts: how often the likeliest token is the same, and how far log-probabilities are.',
  },
  'flow-cost-real': {
    title: 'The flow at real dimensions, by length, and against solving everything anew',
    text: FLOW_TEXT,
  },
  'flow-cost-real-dit': {
    title: 'CosyVoice3’s flow at real dimensions, by length, and against solving everything anew',
    text: FLOW_TEXT,
  },
  'flow-products-real-unet': {
    title: 'The estimator in int8, CosyVoice2 at real dimensions',
    text: PRODUCTS_TEXT,
  },
  'flow-products-real-dit': {
    title: 'The estimator in int8, CosyVoice3 at real dimensions',
    text: PRODUCTS_TEXT,
  },
  'real-dims-chain': {
    title: 'The whole chain at real dimensions',
    text: 'Random weights of the published dimensions through the server’s own lanes, as fast as they can be made. `rtf`: seconds that a second of each stream takes; below 1 all of them are made in real time. With one and two streams that is what a listener waits for.',
    pick: ({ rows, bundle: _bundle, ...settings }) => ({ ...settings, streams: rows }),
  },
  'flow-cost-tiny': {
    title: 'The flow at tiny dimensions, by length, and against solving everything anew',
    text: FLOW_TEXT,
  },
  'vocoder-cost-real': { title: 'The vocoder at real dimensions', text: VOCODER_TEXT },
  'vocoder-cost-tiny': { title: 'The vocoder at tiny dimensions', text: VOCODER_TEXT },
  efficiency: {
    title: 'Sixteen streams on two cores',
    text: 'The embedded voice on real lanes, listeners that hear in real time and ask again. `in_models`: share of the process’s CPU time inside ONNX Runtime’s runs (the goal is 0.85); the main thread’s delay should stay under 20 ms.',
  },
  memory: {
    title: 'Memory under mixed work, and after it',
    text: 'A server of its own under short and long texts, streamed and whole, every format, five stored voices and one-off recordings, sockets, voices that come and go, uploads that break off, listeners that leave early (`by_kind`). Resident memory: `idle_mb` before the first request, `peak_mb` and `end_mb` of the work, `after_mb` at the end of the silence. The goal is 150 MB above idle (`left_mb`), and no rise from the second round to the last (`rise_mb`).',
  },
  fuzz: {
    title: 'Mutants at every door',
    text: 'Inputs made from the stored corpora (`test/fuzz/corpora`) by seeded mutation, at each door where strangers’ bytes come in; those that lead to something new are mutated further. An outcome is a kind of result: taken, or refused for a reason. A fault is anything else: another error, a broken result, something still held.',
  },
  'runtime-overhead': {
    title: 'What a model run costs beside its operators',
    text: 'Microseconds of a run of a graph that does next to nothing, through the C API and through the stock binding.',
  },
  'server-overhead': {
    title: 'What the server adds',
    text: 'From a request’s last byte to the LLM lane, for a cached voice (the goal is 5 ms at the 95th percentile).',
  },
  'idle-websockets': {
    title: 'What an idle WebSocket costs',
    text: 'Memory of two hundred of them (the goal is 50 KiB each).',
  },
  'load-self-test': {
    title: 'The load harness’s own part',
    text: 'What the client adds to the arrival of a chunk, with all streams at once (the goal is 5 ms at the 99th percentile).',
  },
}

type Row = Readonly<Record<string, unknown>>
type Pick = (result: Row) => Row

export function benchmarksPage(
  records: readonly { readonly file: string; readonly record: BenchmarkRecord }[],
): string {
  const sections = [...records]
    .sort((a, b) => a.file.localeCompare(b.file))
    .map(({ file, record }) => section(file, record))
  return [
    '# Benchmarks',
    '',
    'Made by `node dist/bench/report/main.js` from the records in `docs/benchmarks/`; do not edit. Each record was stored by',
    'the command that stands above it, with `--out` or `--record`. A load above the number of cores means that others were using the',
    'machine at the same time, and that figures would be better on a quiet one.',
    '',
    ...NOT_SHOWN,
    ...sections,
  ].join('\n')
}

function section(file: string, { name, command, note, circumstances, result }: BenchmarkRecord): string {
  const known = SECTIONS[name]
  const { date, commit, node, cpu, cores, memoryGiB, load } = circumstances
  const shown = (known?.pick ?? ((all: Row) => all))(result as Row)
  return [
    `## ${known?.title ?? name} (\`${file}\`)`,
    '',
    ...(known === undefined ? [] : [known.text, '']),
    ...(command === undefined ? [] : ['```sh', command, '```', '']),
    `${date}, commit \`${commit}\`, ${cpu}, ${cores} cores, ${memoryGiB} GiB, load ${load}, Node ${node}.`,
    '',
    ...(note === undefined ? [] : [`Note: ${note}`, '']),
    ...tables(shown),
  ].join('\n')
}

/** Single figures as one table, every list of things as one more. */
function tables(result: Row): string[] {
  const single: { figure: string; value: unknown }[] = []
  const lists: [string, Row[]][] = []
  for (const [name, value] of Object.entries(flatten(result))) {
    if (!Array.isArray(value)) single.push({ figure: name, value })
    else if (value.every(isRow)) lists.push([name, value.map(flatten)])
    else single.push({ figure: name, value: value.map(cell).join(', ') })
  }
  return [
    ...(single.length > 0 ? [table(single), ''] : []),
    ...lists.flatMap(([name, rows]) => (rows.length === 0 ? [] : [`**${name}**`, '', table(rows), ''])),
  ]
}

function kindsAlike(rows: readonly Row[]): Row[] {
  return [...new Set(rows.map(({ kind }) => kind))].map((kind) => {
    const those = rows.filter((row) => row.kind === kind)
    return { kind, texts: those.length, alike: those.filter(({ said }) => said === 'alike').length }
  })
}

function sumOf(counts: unknown): number {
  return Object.values(counts as Readonly<Record<string, number>>).reduce((sum, count) => sum + count, 0)
}

function table(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(names),
    line(names.map((name) => (rows.every((row) => typeof row[name] === 'number') ? '--:' : '---'))),
    ...rows.map((row) => line(names.map((name) => cell(row[name])))),
  ].join('\n')
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number') return number(value)
  if (typeof value === 'object') return JSON.stringify(value).replaceAll('|', '\\|')
  return String(value).replaceAll('|', '\\|')
}

/** Four digits are more than any of these figures is good for. */
function number(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)))
}

/** `{a: {b: 1}}` → `{'a b': 1}`; lists stay. */
function flatten(row: Row): Record<string, unknown> {
  const flat: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(row)) {
    if (isRow(value)) {
      for (const [inner, each] of Object.entries(flatten(value))) flat[`${name} ${inner}`] = each
    } else flat[name] = value
  }
  return flat
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(value: unknown): Row[] {
  return Array.isArray(value) ? value.filter(isRow) : []
}

function field(value: unknown, name: string): unknown {
  return isRow(value) ? value[name] : undefined
}
