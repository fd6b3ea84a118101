/** Whether the CUDA cards work, each asked in a process of its own: what crashes there has failed, and nothing else dies. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CudaFolders } from '../core/cuda-folders.ts'
import { findCudaLibraries } from '../cuda/cuda-libraries.ts'
import { type CudaReport, cudaReport, type Trial } from '../cuda/cuda-report.ts'
import { askDriver } from '../cuda/driver.ts'
import { type PinnedWheels, pinnedWheels } from '../cuda/pinned-wheels.ts'

/** A first start on a card reads hundreds of megabytes of kernels. */
const TRIAL_LIMIT_MS = 120_000
const TRIAL = fileURLToPath(new URL('./cuda-trial.js', import.meta.url))

/** Cards are tried only where everything that they need is there. */
export async function reportOnCards(
  folders: CudaFolders,
  pinned: PinnedWheels = pinnedWheels(),
): Promise<CudaReport> {
  const libraries = findCudaLibraries(folders, pinned)
  const driver = askDriver()
  const before = cudaReport(libraries, driver, pinned)
  if (before.missing.length > 0) return before
  const trials: Trial[] = []
  for (const { index } of driver.cards) trials.push(await tryCard(folders, index))
  return cudaReport(libraries, driver, pinned, trials)
}

/** `script` prints `ok` and ends with 0, or a line of what is wrong. */
export async function tryCard(folders: CudaFolders, index: number, script = TRIAL): Promise<Trial> {
  const child = spawn(process.execPath, [script, JSON.stringify({ folders, index })], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: TRIAL_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (...end) => resolve(end))
  })
  const said = text.trim()
  if (code === 0 && said === 'ok') return { ok: true }
  const end = signal === null ? `its process ended with ${code}` : `its process died of ${signal}`
  return { ok: false, why: said === '' || said === 'ok' ? `a graph was tried on it and ${end}` : said }
}
