/** `config/cuda/wheels.json`: which packages bring NVIDIA's libraries and the CUDA provider, by version and SHA-256. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { TtsError } from '../core/errors.ts'

const fileName = z.string().regex(/^[\w.+-]+$/)

const wheelSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  version: z.string().regex(/^[\w.]+$/),
  file: fileName.endsWith('.whl'),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Files in it that are needed, by their last name; NVIDIA's in the order in which they are loaded. */
  libraries: z.array(fileName).min(1),
})

const pinnedSchema = z.strictObject({
  /** Under the cache folder. */
  folder: fileName,
  /** Major version of CUDA that these are for. */
  cuda: z.string().regex(/^\d+$/),
  wheels: z.array(wheelSchema).min(1),
})

/** A wheel is a zip archive. */
export type Wheel = z.output<typeof wheelSchema>
export type PinnedWheels = z.output<typeof pinnedSchema>

/** The repository's root, seen from `dist/src/cuda`. */
const OWN_FILE = fileURLToPath(new URL('../../../config/cuda/wheels.json', import.meta.url))

/** Throws BAD_CONFIG. */
export function pinnedWheels(file = OWN_FILE): PinnedWheels {
  try {
    return pinnedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new TtsError('BAD_CONFIG', file, `expected a list of wheels, got ${(cause as Error).message}`, {
      cause,
    })
  }
}
