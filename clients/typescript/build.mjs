/** Builds the package twice, as ES modules and as CommonJS, with the compiler of the checkout. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
let packageFile
try {
  packageFile = createRequire(import.meta.url).resolve('typescript/package.json')
} catch {
  console.error('the compiler is not installed yet: run npm ci in the checkout first')
  process.exit(1)
}
const compiler = join(dirname(packageFile), 'bin', 'tsc')
const target = join(here, 'dist')

rmSync(target, { recursive: true, force: true })
for (const [folder, type, module, resolution] of [
  ['esm', 'module', 'es2022', 'bundler'],
  ['cjs', 'commonjs', 'commonjs', 'bundler'],
]) {
  const outDir = join(target, folder)
  const options = ['--module', module, '--moduleResolution', resolution, '--outDir', outDir]
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(here, 'tsconfig.json'), ...options], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
  mkdirSync(outDir, { recursive: true })
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify({ type })}\n`)
}
