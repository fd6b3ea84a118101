/** The packed file: put where `npm i -g` puts it, with this checkout's packages, its command speaks, serves and tells its version. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { repoRoot } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'

interface Scripted {
  readonly scripts: { readonly preinstall: string; readonly postinstall: string }
}

interface Package {
  readonly version: string
  readonly bin: { readonly 'light-tts': string }
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

describe('the packed file', () => {
  let folder: string
  let installed: string
  let facts: Package
  /** As a user's that has neither a checkout nor the checkout's caches. */
  const env = () => ({
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
  })
  const lightTts = () => join(folder, 'bin/light-tts')
  const run = async (...command: [string, ...string[]]) => await runAt(folder, ...command)
  const runIn = async (cwd: string, script: string) => await runAt(cwd, 'sh', '-c', script)
  const runAt = async (cwd: string, ...command: [string, ...string[]]) => {
    const [program, ...args] = command
    const child = spawn(program, args, { cwd, env: env(), timeout: 120_000 })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
    const [code] = await once(child, 'close')
    return { code, output }
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'light-tts-package-'))
    const packed = await run('npm', 'pack', '--ignore-scripts', '--pack-destination', folder, repoRoot)
    assert.equal(packed.code, 0, packed.output)
    const file = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!
    installed = join(folder, 'lib/node_modules/light-tts')
    await mkdir(installed, { recursive: true })
    const unpacked = await run('tar', '-xzf', file, '-C', installed, '--strip-components=1')
    assert.equal(unpacked.code, 0, unpacked.output)
    facts = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Package
    await symlink(join(repoRoot, 'node_modules'), join(installed, 'node_modules'))
    await mkdir(join(folder, 'bin'))
    await symlink(join(installed, facts.bin['light-tts']), join(folder, 'bin/light-tts'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('holds no sources and no tests, and asks for every package that it imports', async () => {
    const names = await readdir(installed)
    assert.deepEqual(
      names.filter((name) => ['src', 'test', 'workers', '.cache'].includes(name)),
      [],
    )
    assert(!(await readdir(join(installed, 'dist'))).includes('test'))
    const wanted = new Set(Object.keys({ ...facts.dependencies, ...facts.optionalDependencies }))
    const missing: string[] = []
    for (const part of ['dist/src', 'dist/workers', 'dist/bench/load', 'dist/bench/tune'])
      for (const name of await readdir(join(installed, part), { recursive: true })) {
        if (!name.endsWith('.js')) continue
        const text = await readFile(join(installed, part, name), 'utf8')
        for (const [, from = ''] of text.matchAll(/^(?:import|export)[^'"]*?from ['"]([^.'"][^'"]*)['"]/gm)) {
          const asked = from
            .split('/')
            .slice(0, from.startsWith('@') ? 2 : 1)
            .join('/')
          const isBuiltIn = from.startsWith('node:') || builtinModules.includes(asked)
          if (!isBuiltIn && !wanted.has(asked)) missing.push(`${part}/${name}: ${asked}`)
        }
      }
    assert.deepEqual(missing, [])
  })

  it('is installed without a download beside its packages, and leaves packages that are not its own alone', async () => {
    const { preinstall } = (JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Scripted)
      .scripts
    const engine = 'node_modules/onnxruntime-node'
    // As npm lays it out: its packages in its own folder, or beside it.
    for (const [home, code] of [
      [join(folder, 'own', engine), 0],
      [join(folder, engine), 1],
    ] as const) {
      await mkdir(home, { recursive: true })
      await cp(join(repoRoot, engine, 'package.json'), join(home, 'package.json'))
      await cp(join(repoRoot, engine, 'script'), join(home, 'script'), { recursive: true })
      await mkdir(join(folder, 'own/deploy'), { recursive: true })
      await cp(join(installed, 'deploy'), join(folder, 'own/deploy'), { recursive: true })
      assert.deepEqual(await runIn(join(folder, 'own'), preinstall), { code: 0, output: '' })
      const { postinstall } = (JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as Scripted)
        .scripts
      // Its own needs packages that are not here.
      assert.equal((await runIn(home, postinstall)).code, code, home)
    }
  })

  it('tells its version and its commands', async () => {
    assert.deepEqual(await run(lightTts(), '--version'), { code: 0, output: `${facts.version}\n` })
    assert.deepEqual(await run(lightTts(), 'serve', '--version'), { code: 0, output: `${facts.version}\n` })
    const { code, output } = await run(lightTts())
    assert.equal(code, 0)
    for (const name of ['start', 'serve', 'say', 'mcp', 'load', 'tune', 'convert', 'verify'])
      assert.match(output, new RegExp(`^ {2}light-tts ${name} `, 'm'))
    assert.doesNotMatch(output, /npm run| test /)
    for (const name of ['start', 'say', 'tune'])
      assert.match(
        (await run(lightTts(), name, '--help')).output,
        new RegExp(`^Usage: light-tts ${name} \\[`),
      )
    assert.equal((await run(lightTts(), 'test')).code, 2)
  })

  it('speaks into a file by its name, keeps what it makes with the user, and refuses other names', async () => {
    for (const [name, magic] of [
      ['a.mp3', /^(ID3|\xff[\xe0-\xff])/],
      ['b.WAV', /^RIFF/],
      ['c.ogg', /^OggS/],
      ['d.flac', /^fLaC/],
    ] as const) {
      const done = await run(lightTts(), 'say', 'Good morning.', '--out', name)
      assert.equal(done.code, 0, done.output)
      assert.match((await readFile(join(folder, name))).toString('latin1', 0, 4), magic, name)
    }
    assert((await readdir(join(folder, 'cache/light-tts/bundles'))).length > 0)
    const refused = await run(lightTts(), 'say', 'Good morning.', '--out', 'a.wma')
    assert.equal(refused.code, 1)
    assert.match(refused.output, /^say: .*expected a name that ends in \.wav, \.mp3, .*got \.wma\n$/)
  })

  it('speaks for an agent from a server of its own, which ends with it', async () => {
    const client = new Client({ name: 'an agent', version: '1' })
    const args = ['mcp', '--set', 'devices=cpu:1', '--set', 'capacity=4', '--folder', join(folder, 'said')]
    await client.connect(new StdioClientTransport({ command: lightTts(), args, env: env(), cwd: folder }))
    const call = { name: 'speak', arguments: { text: 'Good morning.', file: 'hello' } }
    const { content } = await client.callTool(call, { timeout: 120_000 })
    assert.match(JSON.stringify(content), /Spoken into .*hello\.mp3/)
    assert((await readFile(join(folder, 'said/hello.mp3'))).length > 1000)
    await client.close()
  })

  it('serves, offline, with its version in status and metrics', async () => {
    const args = ['serve', '--port', '0', '--devices', 'cpu:1', '--set', 'capacity=4']
    const server: ChildProcess = spawn(join(folder, 'bin/light-tts'), args, { cwd: folder, env: env() })
    let log = ''
    server.stdout!.on('data', (piece) => (log += piece))
    try {
      const url = () => /"url":"([^"]+)"/.exec(log)?.[1]
      await until(() => url() !== undefined, 'it serves', 60_000)
      const status = (await (await fetch(`${url()}/v1/status`)).json()) as { version: string }
      assert.equal(status.version, facts.version)
      const metrics = await (await fetch(`${url()}/metrics`)).text()
      assert.match(
        metrics,
        new RegExp(`light_tts_build_info\\{version="${facts.version}",node="[\\d.]+"\\} 1`),
      )
      assert.equal((await fetch(`${url()}/`)).status, 200)
      const body = JSON.stringify({ input: 'Good morning.', voice: 'alloy' })
      const spoken = await fetch(`${url()}/v1/audio/speech`, { method: 'POST', body })
      assert.equal(spoken.status, 200)
      assert((await spoken.arrayBuffer()).byteLength > 1000)
    } finally {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
  })
})
