/** Both clients as a user has them: packed from the checkout, installed from the packed file, offline. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { repoRoot } from './paths.ts'
import { PYTHON, runIn, runPython } from './python.ts'

/** Packing takes the package `wheel` where setuptools is older than 70. */
export function skipWithoutWheel(): string | false {
  return spawnSync(PYTHON, ['-c', 'import wheel']).status === 0 ? false : 'no package wheel for Python here'
}

/** A folder in whose `node_modules` the client lies. */
export async function installTypeScriptClient(t: TestContext): Promise<string> {
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
  const alone = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--prefix', folder]
  const installed = await npm('install', '--offline', ...alone, join(folder, file))
  assert.equal(installed.code, 0, installed.output)
  return folder
}

/** A folder for `PYTHONPATH`. */
export async function installPythonClient(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-wheel-'))
  t.after(() => rm(folder, { recursive: true }))
  const script = `
import subprocess, sys, shutil, glob
shutil.copytree(${JSON.stringify(join(repoRoot, 'clients/python'))}, "source", ignore=shutil.ignore_patterns("*.egg-info", "build", "__pycache__"))
pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--no-input"]
subprocess.check_call(pip + ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", ".", "./source"])
subprocess.check_call(pip + ["install", "--no-deps", "--no-index", "--target", "there"] + glob.glob("*.whl"))
`
  const { code, output } = await runPython(folder, script)
  assert.equal(code, 0, output)
  return join(folder, 'there')
}
