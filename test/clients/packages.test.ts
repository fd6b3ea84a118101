/** Both clients as packages: packed, installed somewhere else, and imported there. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { installTypeScriptClient, skipWithoutWheel } from '../helpers/packed-clients.ts'
import { repoRoot } from '../helpers/paths.ts'
import { runIn, runPython } from '../helpers/python.ts'

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
  const folder = await installTypeScriptClient(t)
  for (const script of [
    "import('@light-tts/client').then((m) => console.log(typeof m.LightTTSClient))",
    "console.log(typeof require('@light-tts/client').LightTTSClient)",
  ])
    assert.deepEqual(await runIn(folder, process.execPath, ['-e', script]), { code: 0, output: 'function\n' })
})
