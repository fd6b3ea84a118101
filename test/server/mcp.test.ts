/** Agents: the public client of the Model Context Protocol over HTTP against a server, and over a pipe against the command. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { repoRoot } from '../helpers/paths.ts'
import { startTestServer, type TestServerOptions, TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

type Content = {
  readonly type: string
  readonly text?: string
  readonly data?: string
  readonly mimeType?: string
}

async function start(t: TestContext, options: TestServerOptions = {}, headers: Record<string, string> = {}) {
  const started = await startTestServer(t, { ...options, set: ['mcp.enabled=true', ...(options.set ?? [])] })
  const transport = new StreamableHTTPClientTransport(new URL(`${started.url}/mcp`), {
    requestInit: { headers },
  })
  return { ...started, ...(await connect(transport)) }
}

async function connect(transport: StreamableHTTPClientTransport | StdioClientTransport) {
  const client = new Client({ name: 'an agent', version: '1' })
  await client.connect(transport)
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: args })
    return { first: (content as Content[])[0]!, content: content as Content[], isError: isError === true }
  }
  return { client, call }
}

for (const transport of TRANSPORTS)
  test(`an agent finds voices and hears a text over HTTP (${transport})`, async (t) => {
    const { client, call, url, metric } = await start(t, { transport })
    const { tools } = await client.listTools()
    assert.deepEqual(tools.map(({ name }) => name).sort(), ['list_voices', 'speak'])
    assert.deepEqual(tools.find(({ name }) => name === 'speak')?.inputSchema.required, ['text'])
    const { first } = await call('list_voices')
    assert.equal((JSON.parse(first.text!) as { voices: { id: string }[] }).voices[0]?.id, 'anna')
    for (const [format, mimeType] of [
      ['mp3', 'audio/mpeg'],
      ['wav', 'audio/wav'],
    ] as const) {
      const heard = await call('speak', { text: 'Good morning.', voice: 'anna', format, seed: 3 })
      assert.deepEqual([heard.isError, heard.first.type, heard.first.mimeType], [false, 'audio', mimeType])
      const body = JSON.stringify({
        input: 'Good morning.',
        voice: 'anna',
        response_format: format,
        seed: 3,
        stream: false,
      })
      const answer = await fetch(`${url}/v1/audio/speech`, { method: 'POST', body })
      assert.equal(heard.first.data, Buffer.from(await answer.arrayBuffer()).toString('base64'))
    }
    assert.equal(await metric('light_tts_requests_total{transport="http",outcome="ok"}'), 4)
    await client.close()
  })

test('refusals reach the agent in the words of the API', async (t) => {
  const { client, call } = await start(t, { set: ['limits.rate_limit=2/hour'] })
  for (const [args, words] of [
    [{ text: 'a', voice: 'nobody' }, /Voice not found: expected a stored voice, got nobody/],
    [{ text: 'a'.repeat(4097) }, /Maximum text length is 4096/],
    [{ text: 'One too many.' }, /Too many requests: expected at most 2\/hour/],
  ] as const) {
    const { first, isError } = await call('speak', args)
    assert.equal(isError, true)
    assert.match(first.text!, words)
  }
  for (const args of [{}, { text: 'a', format: 'midi' }, { text: 'a', speed: 9 }])
    assert.match(
      JSON.stringify(await call('speak', args).catch((error: Error) => error.message)),
      /[Ii]nvalid|expected/,
    )
  await client.close()
})

test('keys hold for agents, too: without one nothing, with one what it may', async (t) => {
  const key = 'an-agent'
  const hash = createHash('sha256').update(key).digest('hex')
  const set = [`server.apiKeys=["${hash}"]`]
  await assert.rejects(start(t, { set }), /401|Unauthorized/i)
  const { client, call, synthesizer } = await start(t, { set }, { Authorization: `Bearer ${key}` })
  assert.equal((await call('speak', { text: 'Good morning.' })).isError, false)
  const asked = synthesizer.prepared.at(-1)
  assert.equal(asked?.kind === 'stored' ? asked.owner : undefined, hash)
  await client.close()
})

test('an agent that leaves calls its speech off; without the setting there is no such path', async (t) => {
  const { url, synthesizer, server } = await start(t, { script: { hangAtChunk: 0 } })
  const leaving = new AbortController()
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'speak', arguments: { text: 'a' } },
  }
  const gone = fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    body: JSON.stringify(message),
    signal: leaving.signal,
  })
  await until(() => synthesizer.active === 1, 'a speech under way')
  leaving.abort()
  await assert.rejects(gone)
  await until(() => synthesizer.cancelled === 1 && server.counts().requests === 0, 'nothing held')
  const off = await startTestServer(t)
  assert.equal((await fetch(`${off.url}/mcp`, { method: 'POST', body: '{}' })).status, 404)
  assert.equal((await fetch(`${url}/mcp`)).status, 405)
  assert.equal((await fetch(`${url}/mcp`, { method: 'POST', body: 'no json' })).status, 415)
})

test('a body of very many messages, or an encoded one, is refused before any is looked at', async (t) => {
  const { url, synthesizer, client } = await start(t)
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_voices', arguments: {} } }
  const post = async (body: string, more: Record<string, string> = {}) => {
    const headers = {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...more,
    }
    const answer = await fetch(`${url}/mcp`, { method: 'POST', headers, body })
    return `${answer.status} ${await answer.text()}`
  }
  const batch = (size: number) => JSON.stringify(Array.from({ length: size }, () => list))
  assert.match(await post(batch(11)), /^400 .*expected at most 10 messages at a time, got 11/)
  assert.match(await post(` ${batch(8000)}`), /^400 .*INVALID_REQUEST/)
  assert.match(await post(batch(2)), /^200 /)
  assert.match(await post(JSON.stringify(list), { 'Content-Encoding': 'gzip' }), /^415 /)
  assert.match(await post('no json'), /^400 .*-32700/)
  assert.equal(synthesizer.spoken.length, 0)
  await client.close()
})

test('the command speaks over a pipe: a given server, files in a folder, and words when it is away', async (t) => {
  const hash = createHash('sha256').update('secret').digest('hex')
  const { url } = await startTestServer(t, { set: [`server.apiKeys=["${hash}"]`] })
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-mcp-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const open = (args: string[]) =>
    connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [join(repoRoot, 'dist/src/commands/mcp.js'), ...args],
        env: { PATH: process.env.PATH ?? '', LIGHT_TTS_API_KEY: 'secret' },
      }),
    )
  const { client, call } = await open(['--url', url.replace('http://', ''), '--folder', join(folder, 'new')])
  assert.equal((await call('speak', { text: 'Good morning.' })).first.type, 'audio')
  const kept = await call('speak', { text: 'Good morning.', format: 'wav', file: '早上好 1' })
  assert.match(kept.first.text!, /^Spoken into .*早上好 1\.wav \(\d+ bytes\)/)
  assert.equal((await readFile(join(folder, 'new/早上好 1.wav'))).toString('latin1', 0, 4), 'RIFF')
  const again = await call('speak', { text: 'Good morning.', format: 'wav', file: '早上好 1' })
  assert.equal(again.isError, true)
  for (const file of ['../out', '/etc/x', '.hidden', 'a/b', ''])
    assert.equal(
      (await call('speak', { text: 'a', file }).catch(() => ({ isError: true }))).isError,
      true,
      file,
    )
  await client.close()
  const away = await open(['--url', 'http://127.0.0.1:9'])
  const { first, isError } = await away.call('speak', { text: 'a' })
  assert.equal(isError, true)
  assert.match(first.text!, /did not answer/)
  await away.client.close()
})
