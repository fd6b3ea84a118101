/** The list of what ships: every package of the lock file that is not for development, each with a licence and a hash. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { testFolder } from '../helpers/proxy-process.ts'

interface Component {
  readonly type: string
  readonly name: string
  readonly version: string
  readonly purl?: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[]
}

interface LockEntry {
  readonly version: string
  readonly integrity?: string
  readonly dev?: boolean
}

/** What may ship: anything here can be used and given on in a product. */
const ALLOWED =
  /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|PSF-2\.0|0BSD|CC0-1\.0|Unlicense|LGPL-3\.0-or-later|MPL-2\.0|\(Apache-2\.0 AND BSD-3-Clause\)|\(MIT OR CC0-1\.0\))$/

it('what ships is what is listed, with hashes as an install checks them and licences that are known', (t) => {
  const file = join(testFolder(t), 'sbom.json')
  const made = spawnSync(process.execPath, [join(repoRoot, 'deploy/sbom.mjs'), file], { encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr)
  const text = readFileSync(file, 'utf8')
  const list = JSON.parse(text) as {
    readonly bomFormat: string
    readonly specVersion: string
    readonly metadata: { readonly component: Component }
    readonly components: readonly Component[]
  }
  assert.deepEqual([list.bomFormat, list.metadata.component.name], ['CycloneDX', 'light-tts'])
  assert(!/timestamp|serialNumber/.test(text), 'the same lock file gives the same bytes')
  const { packages } = JSON.parse(readFileSync(join(repoRoot, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockEntry>>
  }
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true)
  const wanted = shipped.map(([path, { version, integrity }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return `${name}@${version} ${Buffer.from(integrity!.replace(/^sha512-/, ''), 'base64').toString('hex')}`
  })
  const libraries = list.components.filter(({ type }) => type === 'library')
  const listed = libraries.map(({ name, version, hashes }) => `${name}@${version} ${hashes![0]!.content}`)
  assert.deepEqual([...new Set(listed)].sort(), [...new Set(wanted)].sort())
  for (const { name, licenses } of list.components) {
    const [{ license, expression } = {}] = licenses
    assert.match(license?.id ?? expression ?? 'none', ALLOWED, name)
  }
  const voice = list.components.find(({ type }) => type === 'machine-learning-model')
  assert.match(voice!.hashes![0]!.content, /^[0-9a-f]{128}$/)
})
