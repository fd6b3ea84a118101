/**
 * WebGPU's lines, from a process of its own: libraries of the stand-in's process are not for it. Left out where no
 * Vulkan device is at hand that the provider takes.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Line } from './line.ts'

const ENTRY = join(import.meta.dirname, 'webgpu-entry.js')
const NO_DEVICE = /Failed to get a WebGPU adapter/
const HELP = 'Vulkan, such as Mesa 25 (mesa-vulkan-drivers of Debian 13 or bookworm-backports; --mesa DIR)'

/** `mesa`: a folder into which the driver's packages were unpacked; the system's own drivers where not given. */
export function* webgpuLines(
  bundles: Readonly<Record<string, string>>,
  mesa: string | undefined,
  cache: string,
): Generator<Line> {
  const { LD_LIBRARY_PATH: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, ...Object.entries(bundles).flat()], {
    env: mesa === undefined ? env : { ...env, ...driverOf(mesa, cache) },
    encoding: 'utf8',
  })
  const lines = stdout.trim() === '' ? [] : stdout.trim().split('\n')
  yield* lines.map((line) => JSON.parse(line) as Line)
  const isMissing = mesa === undefined && NO_DEVICE.test(stderr)
  if (isMissing) yield { name: 'WebGPU', ok: true, figure: 'left out', expected: HELP }
  else if (status !== 0)
    yield {
      name: 'WebGPU',
      ok: false,
      figure: /^.*Error.*$/mu.exec(stderr)?.[0] ?? `code ${status}`,
      expected: 'ends with 0',
    }
}

/** Environment by which the loader finds a software driver in a folder of unpacked packages. */
function driverOf(mesa: string, cache: string): Record<string, string> {
  const find = (pattern: RegExp) => {
    const found = readdirSync(mesa, { recursive: true, encoding: 'utf8' }).find((path) => pattern.test(path))
    if (found === undefined) throw new Error(`no ${pattern.source} in ${mesa}`)
    return join(mesa, found)
  }
  const library = find(/libvulkan_lvp\.so$/)
  const { ICD, ...rest } = JSON.parse(readFileSync(find(/lvp_icd[^/]*\.json$/), 'utf8')) as { ICD: object }
  const driver = join(cache, 'lvp.json')
  mkdirSync(cache, { recursive: true })
  writeFileSync(driver, JSON.stringify({ ...rest, ICD: { ...ICD, library_path: library } }))
  return { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: dirname(library) }
}
