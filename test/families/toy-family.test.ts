/** A family is one folder and its name in the table: a copy of the program gets one, and converts its checkpoint. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { readBundle } from '../../src/core/bundle.ts'
import { goldenDir, goldenDir3, repoRoot } from '../helpers/paths.ts'

/** A layout of its own over the reader and the graphs of another family, with its own rules. */
const TOY = `
import { cosyVoice3 } from '../cosyvoice3/family.js'
const named = (name) => (name === 'cosyvoice3.yaml' ? 'toy.yaml' : name)
export const toy = {
  name: 'toy',
  yamlNames: ['toy.yaml'],
  read: async (files, choice) => {
    const renamed = new Proxy(files, {
      get: (target, key) =>
        key === 'open' ? (name) => target.open(named(name)) : target[key]?.bind?.(target) ?? target[key],
    })
    const checkpoint = await cosyVoice3.read(renamed, choice)
    return { ...checkpoint, rules: { ...checkpoint.rules, prompt: { mark: '<|im_end|>', lead: 'Toy.', required: false, instructions: false } } }
  },
}
`

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-toy-'))
  await cp(join(repoRoot, 'dist', 'src'), join(folder, 'dist', 'src'), { recursive: true })
  await cp(join(repoRoot, 'package.json'), join(folder, 'package.json'))
  await symlink(join(repoRoot, 'node_modules'), join(folder, 'node_modules'))
  const families = join(folder, 'dist', 'src', 'families')
  await mkdir(join(families, 'toy'))
  await writeFile(join(families, 'toy', 'family.js'), TOY)
  const table = join(families, 'families.js')
  const text = await readFile(table, 'utf8')
  assert.match(text, /FAMILIES = \[/)
  await writeFile(
    table,
    `import { toy } from './toy/family.js'\n${text.replace('FAMILIES = [', 'FAMILIES = [toy, ')}`,
  )
  await cp(goldenDir3, join(folder, 'checkpoint'), {
    recursive: true,
    filter: (path) => !path.startsWith(join(goldenDir3, 'expected')),
  })
  await rename(join(folder, 'checkpoint', 'cosyvoice3.yaml'), join(folder, 'checkpoint', 'toy.yaml'))
})
after(() => rm(folder, { recursive: true, force: true }))

const convert = (checkpoint: string, bundle: string) =>
  spawnSync(process.execPath, [join(folder, 'dist', 'src', 'commands', 'convert.js'), checkpoint, bundle], {
    encoding: 'utf8',
  })

it('a family that was added converts its checkpoint, and the bundle says so', async () => {
  const { status, stderr } = convert(join(folder, 'checkpoint'), join(folder, 'bundle'))
  assert.equal(status, 0, stderr)
  const { manifest } = await readBundle(join(folder, 'bundle'), { check: 'hashes' })
  assert.equal(manifest.family, 'toy')
  assert.equal(manifest.parameters.acoustic, 'dit')
  const prompt = { mark: '<|im_end|>', lead: 'Toy.', required: false, instructions: false }
  assert.deepEqual(manifest.prompt, prompt)
})

it('the other families convert as before beside it', async () => {
  const { status, stderr } = convert(goldenDir, join(folder, 'other'))
  assert.equal(status, 0, stderr)
  assert.equal((await readBundle(join(folder, 'other'))).manifest.family, 'cosyvoice2')
})
