import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load-config.ts'
import { printConfig } from '../../src/config/print-config.ts'
import { parseRateLimit } from '../../src/config/setting-values.ts'
import { SETTINGS } from '../../src/config/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'light-tts-config-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

function file(text: string): string {
  const path = join(folder, `config-${files++}.yaml`)
  writeFileSync(path, text)
  return path
}

test('without any source the defaults are those of the API document', () => {
  const { limits, server } = loadConfig({})
  assert.equal(limits.max_file_size, 50 * 1024 * 1024)
  assert.equal(limits.max_text_length, 1000)
  assert.equal(limits.max_websockets, 100)
  assert.equal(limits.max_concurrent_requests, 200)
  assert.equal(limits.rate_limit, '10/minute')
  assert.equal(server.port, 8080)
  assert.equal(server.wsIdleFlushMs, 300)
})

test('a setting given later wins: file, then environment, then --set', () => {
  const path = file('server:\n  port: 1\n  host: a\nlimits: { max_text_length: 5 }\n')
  const env = { LIGHT_TTS_SERVER_PORT: '2', LIGHT_TTS_SERVER_HOST: 'b', PATH: 'ignored' }
  const { server, limits } = loadConfig({ file: path, env, set: ['server.port=3'] })
  assert.deepEqual([server.port, server.host, limits.max_text_length], [3, 'b', 5])
})

test('the document’s own example is a valid file: its names need no group, sizes may have units', () => {
  const { limits } = loadConfig({
    file: file(
      'max_file_size: 100MB\nmax_text_length: 2000\nmax_concurrent_requests: 200\nrate_limit: 100/hour\n',
    ),
  })
  assert.equal(limits.max_file_size, 100 * 1024 * 1024)
  assert.equal(limits.max_text_length, 2000)
  assert.equal(limits.rate_limit, '100/hour')
  assert.equal(loadConfig({ set: ['rate_limit=off'] }).limits.rate_limit, 'off')
})

test('lists and maps can be given as text', () => {
  const config = loadConfig({
    env: { LIGHT_TTS_SERVER_TRUSTED_PROXIES: '10.0.0.0/8, ::1' },
    set: ['models.CosyVoice2=/bundles/a', 'models.v1.5=/bundles/b', 'server.allowedOrigins=[https://a.test]'],
  })
  assert.deepEqual(config.server.trustedProxies, ['10.0.0.0/8', '::1'])
  assert.deepEqual(config.models, { CosyVoice2: '/bundles/a', 'v1.5': '/bundles/b' })
  assert.deepEqual(config.server.allowedOrigins, ['https://a.test'])
  const named = loadConfig({ set: ['openai.voices.alloy=小美', 'openai.voices.v1.5=b'] })
  assert.deepEqual(named.openai.voices, { alloy: '小美', 'v1.5': 'b' })
})

test('true and false can be given as text', () => {
  const { trustBundles, stream } = loadConfig({
    env: { LIGHT_TTS_TRUST_BUNDLES: 'true' },
    set: ['stream.startWhenSafe=false'],
  })
  assert.deepEqual([trustBundles, stream.startWhenSafe], [true, false])
})

test('a wrong setting is refused with what was expected and what came', () => {
  const refused: [Parameters<typeof loadConfig>[0], RegExp][] = [
    [
      { set: ['limits.max_fil_size=1'] },
      /known setting such as limits\.max_file_size, got "limits\.max_fil_size"/,
    ],
    [{ set: ['server.port=70000'] }, /server\.port: expected integer 0…65535, got 70000/],
    [{ set: ['server.port=http'] }, /server\.port: expected integer 0…65535, got "http"/],
    [
      { set: ['server.compat=x', 'limits.max_text_length=0'] },
      /compat: expected one of none, lighttts, reference, got "x"; .*max_text_length/,
    ],
    [{ set: ['trustBundles=maybe'] }, /trustBundles: expected true or false, got "maybe"/],
    [{ set: ['rate_limit=10/fortnight'] }, /rate_limit: expected "off" or .*got "10\/fortnight"/],
    [{ set: ['max_file_size=huge'] }, /max_file_size: expected .*got "huge"/],
    [{ set: ['server.trustedProxies=everyone'] }, /expected an IP address or a CIDR subnet/],
    [{ set: ['server.allowedHosts=http://a'] }, /expected a name such as tts\.example\.com/],
    [{ set: ['server.allowedHosts=*'] }, /expected a name such as tts\.example\.com/],
    [{ set: ['server.apiKeys=secret'] }, /SHA-256/],
    [{ set: ['server'] }, /--set key=value, got "server"/],
    [{ env: { LIGHT_TTS_SERVER_PROT: '1' } }, /such as LIGHT_TTS_SERVER_PORT, got LIGHT_TTS_SERVER_PROT/],
    [{ env: { LIGHT_TTS_VOICE_DIR: '/v' } }, /such as LIGHT_TTS_VOICES_DIR, got LIGHT_TTS_VOICE_DIR/],
    [{ env: { LIGHT_TTS_SERVER_PORT: 'eighty' } }, /server\.port: expected .*got "eighty"/],
    [{ file: file('server: { prot: 1 }') }, /known setting such as server\.port, got "server\.prot"/],
    [{ file: file('- a') }, /map of settings/],
    [{ file: file('a: [') }, /readable YAML or JSON/],
    [{ file: join(folder, 'missing.yaml') }, /readable YAML or JSON file, got: ENOENT/],
  ]
  for (const [sources, detail] of refused) {
    assert.throws(() => loadConfig(sources), { code: 'BAD_CONFIG', detail })
  }
})

test('what Kubernetes tells of Services, and what clients and training read, is no setting', () => {
  const service = (name: string) => ({
    [`LIGHT_TTS_${name}SERVICE_HOST`]: '10.96.0.7',
    [`LIGHT_TTS_${name}SERVICE_PORT`]: '8080',
    [`LIGHT_TTS_${name}SERVICE_PORT_HTTP_METRICS`]: '9090',
    [`LIGHT_TTS_${name}PORT`]: 'tcp://10.96.0.7:8080',
    [`LIGHT_TTS_${name}PORT_8080_TCP`]: 'tcp://10.96.0.7:8080',
    [`LIGHT_TTS_${name}PORT_8080_TCP_PROTO`]: 'tcp',
    [`LIGHT_TTS_${name}PORT_8080_TCP_PORT`]: '8080',
    [`LIGHT_TTS_${name}PORT_8080_TCP_ADDR`]: '10.96.0.7',
  })
  const parts = {
    LIGHT_TTS_KEY: 'sk-1',
    LIGHT_TTS_API_KEY: 'sk-1',
    LIGHT_TTS_VOICE_WORK: '/w',
    LIGHT_TTS_ORT_RELEASE: 'off',
  }
  // The last name gives LIGHT_TTS_SERVER_PORT, which is a setting too.
  for (const env of [service(''), service('NODES_'), service('SERVER_'), parts])
    assert.deepEqual(loadConfig({ env }), loadConfig({}))
})

test('every setting has a description, a range and an environment variable of its own', () => {
  assert.equal(new Set(SETTINGS.map(({ envName }) => envName)).size, SETTINGS.length)
  for (const { path, description, expected, defaultValue } of SETTINGS) {
    assert.ok(description.length > 10, path)
    assert.ok(expected !== '', path)
    assert.notEqual(defaultValue, undefined, path)
  }
})

test('the printed configuration can be fed back in and gives the same', () => {
  const config = loadConfig({
    set: ['server.port=9', 'models.a=/b', 'limits.rate_limit=off', 'max_file_size=1MB'],
  })
  const text = printConfig(config)
  assert.deepEqual(loadConfig({ file: file(text) }), config)
  assert.equal((parse(text) as { server: { port: number } }).server.port, 9)
  for (const { description } of SETTINGS) assert.ok(text.includes(description))
})

test('a resolved configuration cannot be changed', () => {
  const config = loadConfig({})
  assert.throws(() => Object.assign(config.server, { port: 1 }))
})

test('rate limits are a count per unit of time, or off', () => {
  assert.deepEqual(parseRateLimit('10/minute'), { count: 10, seconds: 60 })
  assert.deepEqual(parseRateLimit('100/hour'), { count: 100, seconds: 3600 })
  assert.equal(parseRateLimit('off'), null)
  for (const wrong of ['', '0/minute', '-1/hour', '1.5/hour', '10', 'minute', '10/minutes']) {
    assert.equal(parseRateLimit(wrong), undefined)
  }
})
