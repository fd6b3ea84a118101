/** The image's steps, executed in folders instead of an engine: what it copies, prunes and starts is whole. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { buildBySteps, imageEnvironment, readStages } from '../../bench/image/dockerfile-steps.ts'
import { freePort } from '../../bench/server/free-port.ts'
import { pinnedWheels } from '../../src/cuda/pinned-wheels.ts'
import { repoRoot } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'

async function buildImage(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-image-'))
  t.after(() => rm(folder, { recursive: true, maxRetries: 3 }))
  return buildBySteps(folder)
}

interface SoftwareList {
  readonly components: readonly { readonly name: string; readonly version: string }[]
}

/** Name and version of every package in a `node_modules`, those inside others too. */
function installed(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|node_modules\/)(@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path))
    .map((path) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as { name: string; version: string })
    .map(({ name, version }) => `${name}@${version}`)
}

it('an image built by its steps starts, is healthy, speaks, and holds nothing that only development needs', async (t) => {
  const image = await buildImage(t)
  const packages = readdirSync(join(image, 'node_modules'))
  for (const name of ['typescript', 'playwright-core', 'knip']) assert(!packages.includes(name), name)
  assert(!existsSync(join(image, 'test')) && !existsSync(join(image, 'src')))
  const runtimes = join(image, 'node_modules/onnxruntime-node/bin/napi-v6')
  const systems = readdirSync(runtimes).flatMap((system) =>
    readdirSync(join(runtimes, system)).map((arch) => `${system} ${arch}`),
  )
  assert.deepEqual(systems, [`${process.platform} ${process.arch}`])

  const { components } = JSON.parse(readFileSync(join(image, 'sbom.cdx.json'), 'utf8')) as SoftwareList
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`))
  for (const name of installed(join(image, 'node_modules')))
    assert(listed.has(name), `${name} ships unlisted`)

  const port = await freePort()
  const env = imageEnvironment(port, join(image, 'data'))
  const server = spawn(process.execPath, ['light-tts.mjs', 'start'], { cwd: image, env, stdio: 'pipe' })
  let text = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (piece) => (text += piece))
  t.after(() => server.kill('SIGKILL'))
  const isHealthy = () =>
    spawnSync(process.execPath, ['deploy/health-check.mjs'], { cwd: image, env }).status === 0
  assert(!isHealthy(), 'healthy before it is ready')
  await until(
    () => {
      assert.equal(server.exitCode, null, text)
      return isHealthy()
    },
    'the health check',
    180_000,
  )
  const answer = await fetch(`http://127.0.0.1:${port}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: 'Good morning.', response_format: 'wav' }),
  })
  assert.equal(answer.status, 200)
  assert((await answer.arrayBuffer()).byteLength > 10_000)
  server.kill('SIGTERM')
  await once(server, 'exit')
})

it('everything that the image copies passes its ignore file', () => {
  const kept = readFileSync(join(repoRoot, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1))
  const copied = readStages()
    .flat()
    .filter(({ verb, words }) => verb === 'COPY' && !words[0]!.startsWith('--from'))
    .flatMap(({ words }) => words.slice(0, -1))
  assert.deepEqual([...new Set(copied)].sort(), [...kept].sort())
})

it('the image for NVIDIA cards gets the libraries to where it looks for them', () => {
  const text = readFileSync(join(repoRoot, 'deploy/Dockerfile.cuda'), 'utf8')
  const [, cacheDir] = /LIGHT_TTS_CACHE_DIR=(\S+) node light-tts\.mjs cuda --libraries-only/.exec(text)!
  const [, from, to] = /COPY --from=libraries (\S+) (\S+)/.exec(text)!
  const [, looked] = /ENV LIGHT_TTS_CUDA_LIBRARIES=(\S+)/.exec(text)!
  assert.deepEqual([from, looked], [join(cacheDir!, pinnedWheels().folder), to])
})
