/**
 * `npm run -s sbom -- FILE`: what ships, as CycloneDX. It is npm's own list of the packages in the lock file, on every
 * platform, with an install's hashes. The embedded voice is in it. The same lock file gives the same bytes.
 *
 * Not in it: Node itself and the system of an image, which a scanner of the image finds.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Of packages whose lock entry names none; what each LICENSE file says. */
const LICENCES = { '@rjweb/uws': 'Apache-2.0', busboy: 'MIT', streamsearch: 'MIT' }
const VOICE = 'demo/voice'

const [file, ...more] = process.argv.slice(2)
if (file === '--help' || file === '-h') {
  console.log(
    'Usage: npm run -s sbom [-- FILE]\n\nWhat ships, with licences and hashes, as CycloneDX; into FILE, else to standard output.',
  )
  process.exit(0)
}
if (more.length > 0 || file?.startsWith('-')) {
  console.error(
    `error: expected a file to write, or none for standard output, got '${[file, ...more].join(' ')}'`,
  )
  process.exit(2)
}
const text = `${JSON.stringify(listComponents(), null, 1)}\n`
if (file === undefined) process.stdout.write(text)
else writeFileSync(file, text)

function listComponents() {
  const product = readJson('package.json')
  const list = listPackages(product)
  // The time of the listing and the folder's name say nothing of what ships.
  const { timestamp: __, ...metadata } = list.metadata
  const component = { ...metadata.component, name: product.name }
  const components = list.components.map(withLicence)
  return {
    ...list,
    metadata: { ...metadata, component },
    components: [...components, embeddedVoice(product)],
  }
}

/**
 * npm's list of a copy without what is for development: its own way to leave that out (11.19) also leaves out what a package
 * for development needs as well.
 */
function listPackages({ devDependencies: _, ...product }) {
  const { packages, ...lock } = readJson('package-lock.json')
  const shipped = Object.entries(packages).filter(([, { dev }]) => dev !== true)
  const { devDependencies: __, ...top } = packages['']
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-sbom-'))
  try {
    const copy = { ...lock, packages: { ...Object.fromEntries(shipped), '': top } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(product))
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(copy))
    const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only']
    const npm = process.env.npm_execpath
    const call = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args]
    const done = spawnSync(...call, { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20 })
    if (done.status !== 0) {
      console.error(`sbom: npm ended with ${done.status}: ${done.stderr || done.error?.message}`)
      process.exit(1)
    }
    const { serialNumber: ___, ...list } = JSON.parse(done.stdout)
    return list
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readJson(name) {
  return JSON.parse(readFileSync(join(root, name), 'utf8'))
}

function withLicence(component) {
  if (component.licenses?.length > 0) return component
  const id = LICENCES[component.name]
  if (id === undefined) {
    console.error(`sbom: expected a licence of ${component.name}, got none; see its LICENSE file`)
    process.exit(1)
  }
  return { ...component, licenses: [{ license: { id } }] }
}

/** One hash over names and bytes of its files, in order. */
function embeddedVoice({ version, license }) {
  const hash = createHash('sha512')
  const names = readdirSync(join(root, VOICE), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
  for (const name of names.sort()) hash.update(`${name}\0`).update(readFileSync(join(root, name)))
  return {
    'bom-ref': `embedded-voice@${version}`,
    type: 'machine-learning-model',
    name: 'embedded-voice',
    version,
    description: `The model in ${VOICE}; its data and their licences: ${VOICE}/README.md`,
    hashes: [{ alg: 'SHA-512', content: hash.digest('hex') }],
    licenses: [{ license: { id: license } }],
  }
}
