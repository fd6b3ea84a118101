/** A checkpoint's estimator as a graph of its own in a folder, for `verify`'s single calls. */
import { rm } from 'node:fs/promises'
import { marksCheckpoint, openCheckpoint } from '../families/families.ts'

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
    const part = checkpoint.probe?.(folder, times)
    if (part === undefined) return undefined
    const { path, graph } = part.graphs[0]!
    for (const old of [path, part.weights.path]) await rm(old, { force: true })
    await graph.save(path)
    await part.weights.write()
    return path
  } finally {
    await checkpoint.close()
  }
}

/** Whether names of a folder's files mark it as a checkpoint. */
export function isCheckpoint(names: readonly string[]): boolean {
  return names.some((name) => marksCheckpoint(name))
}
