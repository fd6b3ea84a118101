/** One card tried: a small graph is run on it (entry of the process that `try-cards.ts` starts). */

import type { CudaFolders } from '../core/cuda-folders.ts'
import { describeError } from '../core/errors.ts'
import { checkDevice, openRuntime } from '../engine/runtime/open-runtime.ts'

const { folders, index } = JSON.parse(process.argv[2] ?? '') as { folders: CudaFolders; index: number }
try {
  const runtime = await openRuntime({ kind: 'native', cuda: folders, releaseAtExit: true })
  await checkDevice(runtime, { kind: 'cuda', deviceId: index })
  console.log('ok')
} catch (error) {
  console.log(describeError(error).replaceAll(/\s*\n\s*/g, ' '))
  process.exitCode = 1
}
