/** A request as code that runs as it stands: curl, Python with `requests` or `websockets`, JavaScript for Node. */
import { promptFieldsOf, speechFieldsOf } from './request.js'

const EXTENSIONS = { opus: 'ogg', mulaw: 'ulaw' }

/** `site`: address of the server, with a slash at its end; `hasKey`: whether the page sends one. */
export function snippetsOf(request, site, hasKey) {
  const file = `speech.${EXTENSIONS[request.format] ?? request.format}`
  const output = { format: request.format, rate: request.rate }
  if (request.way === 'live') return liveSnippets(request, output, site, hasKey, file)
  if (request.voice === undefined) return formSnippets(request, output, site, hasKey, file)
  return jsonSnippets(request, output, site, hasKey, file)
}

function jsonSnippets(request, output, site, hasKey, file) {
  const body = { ...speechFieldsOf(request, output), stream: request.way !== 'whole' }
  const url = `${site}v1/audio/speech`
  return {
    curl: [
      `curl -sS --fail-with-body ${shell(url)}`,
      ...(hasKey ? [`  -H "Authorization: Bearer $LIGHT_TTS_KEY"`] : []),
      `  -H 'Content-Type: application/json'`,
      `  -d ${shell(JSON.stringify(body, null, 2))}`,
      `  -o ${file}`,
    ].join(' \\\n'),
    python: `${pythonHead(['requests'], hasKey)}
answer = requests.post(
    ${python(url)},
    json=${python(body, 4)},${hasKey ? `\n    headers=${PYTHON_KEY},` : ''}
    stream=True,
)
answer.raise_for_status()
with open("${file}", "wb") as file:
    for piece in answer.iter_content(None):
        file.write(piece)
`,
    javascript: `import { writeFile } from 'node:fs/promises'

const answer = await fetch(${script(url)}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json'${hasKey ? `, ${SCRIPT_KEY}` : ''} },
  body: JSON.stringify(${script(body, 2)}),
})
if (!answer.ok) throw new Error(await answer.text())
await writeFile('${file}', answer.body)
`,
  }
}

/** A recording goes as a file in a form. */
function formSnippets(request, output, site, hasKey, file) {
  const { input, model, instructions, ...rest } = speechFieldsOf(request, output)
  const fields = {
    tts_text: input,
    tts_model_name: model,
    ...promptFieldsOf(request.transcript),
    ...rest,
    sample_rate: output.rate,
    ...(instructions === undefined ? {} : { instruct: instructions }),
    stream: String(request.way !== 'whole'),
  }
  const url = `${site}inference_zero_shot`
  const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
  return {
    curl: [
      `curl -sS --fail-with-body ${shell(url)}`,
      ...(hasKey ? [`  -H "Authorization: Bearer $LIGHT_TTS_KEY"`] : []),
      ...Object.entries(texts).map(([name, value]) => `  --form-string ${shell(`${name}=${value}`)}`),
      '  -F prompt_wav=@recording.wav',
      `  -o ${file}`,
    ].join(' \\\n'),
    python: `${pythonHead(['requests'], hasKey)}
answer = requests.post(
    ${python(url)},
    data=${python(texts, 4)},
    files={"prompt_wav": open("recording.wav", "rb")},${hasKey ? `\n    headers=${PYTHON_KEY},` : ''}
)
answer.raise_for_status()
open("${file}", "wb").write(answer.content)
`,
    javascript: `import { readFile, writeFile } from 'node:fs/promises'

const form = new FormData()
for (const [name, value] of Object.entries(${script(texts, 0)})) form.append(name, value)
form.append('prompt_wav', new Blob([await readFile('recording.wav')]), 'recording.wav')
const answer = await fetch(${script(url)}, { method: 'POST', body: form${hasKey ? `, headers: { ${SCRIPT_KEY} }` : ''} })
if (!answer.ok) throw new Error(await answer.text())
await writeFile('${file}', answer.body)
`,
  }
}

function liveSnippets(request, output, site, hasKey, file) {
  const { input, model, instructions, voice, ...rest } = speechFieldsOf(request, output)
  const url = `${site.replace(/^http/, 'ws')}inference_zero_shot_bistream`
  const init = {
    tts_model_name: model,
    ...(voice === undefined ? promptFieldsOf(request.transcript) : { voice }),
    ...rest,
    sample_rate: output.rate,
    ...(instructions === undefined ? {} : { instruct: instructions }),
  }
  const spoken = jsonSnippets(
    { ...request, way: 'stream', voice: voice ?? 'anna' },
    output,
    site,
    hasKey,
    file,
  )
  const keyed = hasKey ? `, ['light-tts', \`bearer.\${process.env.LIGHT_TTS_KEY}\`]` : ''
  return {
    curl: `# Text that is still being written goes over a WebSocket: see Python and JavaScript.\n# The same text, all at once:\n${spoken.curl}`,
    python: `${pythonHead(['asyncio', 'json', 'websockets'], hasKey)}
async def main():
    async with websockets.connect(
        ${python(url)},${hasKey ? `\n        additional_headers=${PYTHON_KEY},` : ''}
    ) as socket:
        await socket.send(json.dumps(${python(init, 8)}))
${voice === undefined ? '        await socket.send(open("recording.wav", "rb").read())\n' : ''}        words = ${python(input)}.split(" ")
        for i, word in enumerate(words):
            await socket.send(json.dumps({"tts_text": word + " ", "finish": i == len(words) - 1}))
        with open("${file}", "wb") as file:
            async for audio in socket:
                file.write(audio)

asyncio.run(main())
`,
    javascript: `// Node 22 and newer have WebSocket; before, import it from the package ws.
import { readFile, writeFile } from 'node:fs/promises'

const socket = new WebSocket(${script(url)}${keyed})
socket.binaryType = 'arraybuffer'
const audio = []
socket.onmessage = ({ data }) => {
  if (typeof data === 'string') throw new Error(data)
  audio.push(Buffer.from(data))
}
socket.onopen = async () => {
  socket.send(JSON.stringify(${script(init, 2)}))
${voice === undefined ? "  socket.send(await readFile('recording.wav'))\n" : ''}  const words = ${script(input)}.split(' ')
  for (const [i, word] of words.entries())
    socket.send(JSON.stringify({ tts_text: word + ' ', finish: i === words.length - 1 }))
}
socket.onclose = () => writeFile('${file}', Buffer.concat(audio))
`,
  }
}

const PYTHON_KEY = '{"Authorization": "Bearer " + os.environ["LIGHT_TTS_KEY"]}'
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is one in the code that is shown
const SCRIPT_KEY = 'Authorization: `Bearer ${process.env.LIGHT_TTS_KEY}`'

const pythonHead = (modules, hasKey) =>
  `${[...(hasKey ? ['os'] : []), ...modules].map((name) => `import ${name}`).join('\n')}\n`

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`

/** Indented as what stands `indent` deep; JSON but for its constants. */
function python(value, indent = 0) {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = ' '.repeat(indent + 4)
  const lines = Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${python(one)},`)
  return `{\n${lines.join('\n')}\n${' '.repeat(indent)}}`
}

function script(value, indent = 0) {
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = ' '.repeat(indent + 2)
  const lines = Object.entries(value).map(([name, one]) => `${inner}${name}: ${JSON.stringify(one)},`)
  return `{\n${lines.join('\n')}\n${' '.repeat(indent)}}`
}
