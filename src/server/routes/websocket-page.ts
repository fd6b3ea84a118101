/** The description of the WebSocket as a page: its messages in order, each with fields and examples. */
import type { AsyncMessage } from '../../api/asyncapi.ts'

interface FieldSchema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly required?: readonly string[]
}

export function webSocketPage(messages: Readonly<Record<string, AsyncMessage>>, basePath: string): string {
  const parts = Object.entries(messages).map(([name, message]) => section(name, message))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>light-tts WebSocket</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: start; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top }
pre { padding: .6rem; background: #8881; overflow-x: auto }
</style>
</head>
<body>
<main>
<h1>${escaped(basePath)}/inference_zero_shot_bistream</h1>
<p>Text goes in while audio comes out, over one WebSocket. The same as a document: <a href="../asyncapi.json">asyncapi.json</a>.
The rest of the API: <a href="../docs">docs</a>.</p>
${parts.join('\n')}
</main>
</body>
</html>
`
}

function section(name: string, { title, summary, payload, examples = [] }: AsyncMessage): string {
  const { properties = {}, required = [] } = payload as FieldSchema
  const rows = Object.entries(properties).map(
    ([field, schema]) =>
      `<tr><td><code>${escaped(field)}</code></td><td>${escaped(kindOf(schema))}${required.includes(field) ? ', required' : ''}</td><td>${escaped(schema.description ?? '')}</td></tr>`,
  )
  const table =
    rows.length === 0
      ? ''
      : `<table><thead><tr><th>Field</th><th>Kind</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  const shown = examples.map(({ payload: example }) => `<pre>${escaped(JSON.stringify(example))}</pre>`)
  return `<section id="${escaped(name)}"><h2>${escaped(title)}</h2><p>${escaped(summary)}</p>${table}${shown.join('')}</section>`
}

function kindOf({ type = 'any', enum: values, default: value }: FieldSchema): string {
  const kind = values === undefined ? type : values.join(' | ')
  return value === undefined ? kind : `${kind}, ${JSON.stringify(value)} unless given`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
