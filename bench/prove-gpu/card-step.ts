/** The card that is proven: driver, memory, libraries, a small graph on it. */

import { reportOnCards } from '../../src/commands/try-cards.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { cudaFolders } from '../../src/cuda/cuda-libraries.ts'
import { exactly, type Line, leftOut, told } from './lines.ts'
import type { Proof } from './proof.ts'

export async function* card({ isCpu, options }: Proof): AsyncGenerator<Line> {
  if (isCpu) return yield leftOut('driver and card', 'a CPU has none')
  const { cacheDir, cuda } = loadConfig({ env: process.env })
  const { driver, missing } = await reportOnCards(cudaFolders(cacheDir, cuda.libraries))
  yield told('driver', driver.version ?? 'none', `CUDA ${driver.cuda ?? 'none'}`)
  for (const { index, name, bytes, free = bytes, capability } of driver.cards)
    yield told(
      `card ${index}: GiB of memory free`,
      free / 2 ** 30,
      `${name}, compute capability ${capability.join('.')}`,
    )
  yield exactly(`what ${options.device} lacks`, missing.join('; ') || 'nothing', 'nothing')
}
