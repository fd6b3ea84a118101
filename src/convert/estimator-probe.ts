/** A checkpoint's estimator as a graph of its own in a folder, for `verify`'s single calls. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { marksCheckpoint, openCheckpoint } from '../families/families.ts'
import { WeightFile } from './onnx/weight-file.ts'

/**
 * Writes `estimator-probe.onnx` into `folder` and returns its path; undefined where the family has none. `times` are what
 * its input `step` counts. Throws BAD_CHECKPOINT.
 */
export async function writeEstimatorProbe(
  checkpointFolder: string,
  folder: string,
  times: readonly number[],
): Promise<string | undefined> {
  const checkpoint = await openCheckpoint(checkpointFolder)
  try {
    const weights = new WeightFile(join(folder, 'estimator-probe.data'))
    const graph = checkpoint.probe?.(weights, times)
    if (graph === undefined) return undefined
    const path = join(folder, 'estimator-probe.onnx')
    await rm(path, { force: true })
    await graph.save(path)
    await weights.write()
    return path
  } finally {
    await checkpoint.close()
  }
}

/** Whether names of a folder's files mark it as a checkpoint. */
export function isCheckpoint(names: readonly string[]): boolean {
  return names.some((name) => marksCheckpoint(name))
}
