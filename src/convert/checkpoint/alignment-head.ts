/**
 * `alignment.json`: which attention head of a checkpoint's language model looks at the text that is being said,
 * `{"layer": 2, "head": 0, "leadTokens": 1}`. The published layout has no such file; without it times of words are estimated.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type AlignmentHead, alignmentHeadSchema } from '../../core/bundle.ts'
import { TtsError } from '../../core/errors.ts'
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'

const FILE = 'alignment.json'

/** Undefined without the file. Throws BAD_CHECKPOINT where it names no head of this model. */
export async function readAlignmentHead(
  folder: string,
  { layers, heads }: Pick<LlmHyperParameters, 'layers' | 'heads'>,
): Promise<AlignmentHead | undefined> {
  const path = join(folder, FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const bad = (got: string) =>
    new TtsError(
      'BAD_CHECKPOINT',
      path,
      `expected layer 0…${layers - 1}, head 0…${heads - 1} and leadTokens, got ${got}`,
    )
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw bad('text that is not JSON')
  }
  const parsed = alignmentHeadSchema.safeParse(json)
  if (!parsed.success) throw bad(z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '))
  const { layer, head } = parsed.data
  if (layer < layers && head < heads) return parsed.data
  throw bad(`layer ${layer}, head ${head}`)
}
