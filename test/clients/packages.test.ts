/** Both clients as packages: packed, installed somewhere else, and imported there. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { runIn, runPython } from '../helpers/python.ts'

/** Packing takes the package `wheel` where setuptools is older than 70. */
function skipWithoutWheel(): string | false {
  const python = join(repoRoot, '.cache/python/bin/python')
  return spawnSync(python, ['-c', 'import wheel']).status === 0 ? false : 'no package wheel for Python here'
}

it('Python: a packed file installs, and its package imports', { skip: skipWithoutWheel() }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-wheel-'))
  t.after(() => rm(folder, { recursive: true }))
  const source = join(repoRoot, 'clients/python')
  const script = `
import subprocess, sys, shutil, glob
shutil.copytree(${JSON.stringify(source)}, "source", ignore=shutil.ignore_patterns("*.egg-info", "build", "__pycache__"))
pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--no-input"]
subprocess.check_call(pip + ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", ".", "./source"])
subprocess.check_call(pip + ["install", "--no-deps", "--no-index", "--target", "there"] + glob.glob("*.whl"))
code = "import light_tts_client as l; print(l.__file__, l.AsyncLightTTSClient.__name__)"
print(subprocess.check_output([sys.executable, "-c", code], env={"PYTHONPATH": "there"}, text=True))
`
  const { code, output } = await runPython(folder, script)
  assert.equal(code, 0, output)
  assert.match(output, /there\/light_tts_client\/__init__\.py AsyncLightTTSClient/)
})

it('TypeScript: a packed file installs, and its package is imported and required', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-pack-'))
  t.after(() => rm(folder, { recursive: true }))
  const npm = (...args: string[]) => runIn(folder, 'npm', args)
  // Building is in place, and other Nodes run this test at the same time. The compiler is the checkout's.
  await mkdir(join(repoRoot, '.cache'), { recursive: true })
  const source = await mkdtemp(join(repoRoot, '.cache', 'pack-'))
  t.after(() => rm(source, { recursive: true }))
  const isSource = (path: string) => !/\/(node_modules|dist)$/.test(path)
  await cp(join(repoRoot, 'clients/typescript'), source, { recursive: true, filter: isSource })
  const built = await runIn(source, process.execPath, ['build.mjs'])
  assert.equal(built.code, 0, built.output)
  const packed = await npm('pack', '--silent', '--ignore-scripts', source, '--pack-destination', folder)
  assert.equal(packed.code, 0, packed.output)
  const file = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!
  const options = [
    '--offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--legacy-peer-deps',
    '--prefix',
    folder,
  ]
  const installed = await npm('install', ...options, join(folder, file))
  assert.equal(installed.code, 0, installed.output)
  for (const script of [
    "import('@light-tts/client').then((m) => console.log(typeof m.LightTTSClient))",
    "console.log(typeof require('@light-tts/client').LightTTSClient)",
  ])
    assert.deepEqual(await runIn(folder, process.execPath, ['-e', script]), { code: 0, output: 'function\n' })
})
