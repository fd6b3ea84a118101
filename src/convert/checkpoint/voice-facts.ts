/**
 * `voices.json`: what a checkpoint may say of the voices that it brings, `{"james": {"language": "en", "gender": "male",
 * "description": "…", "aliases": ["rms"]}}`. The published layout has no such file; without it voices have names only.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TtsError } from '../../core/errors.ts'
import { VOICE_GENDERS } from '../../core/voice.ts'
import { canonicalVoiceId, MAX_VOICE_ID } from '../../core/voice-id.ts'

const FILE = 'voices.json'

const factsSchema = z.record(
  z.string(),
  z.strictObject({
    language: z.string().min(1).max(32).optional(),
    gender: z.enum(VOICE_GENDERS).optional(),
    description: z.string().max(200).optional(),
    /** Further names that lead to it. */
    aliases: z.array(z.string().min(1).max(MAX_VOICE_ID).transform(canonicalVoiceId)).optional(),
  }),
)

export type VoiceFacts = z.infer<typeof factsSchema>[string]

/**
 * Facts by voice; none without the file. Throws BAD_CHECKPOINT where it holds something else, or one name leads to two
 * voices.
 */
export async function readVoiceFacts(folder: string): Promise<ReadonlyMap<string, VoiceFacts>> {
  const path = join(folder, FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return new Map()
  const bad = (got: string) =>
    new TtsError(
      'BAD_CHECKPOINT',
      path,
      `expected language, gender, description and aliases by voice, got ${got}`,
    )
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw bad('text that is not JSON')
  }
  const parsed = factsSchema.safeParse(json)
  if (!parsed.success) throw bad(z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '))
  const facts = new Map(Object.entries(parsed.data))
  const names = [...facts].flatMap(([id, { aliases = [] }]) => [canonicalVoiceId(id), ...aliases])
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw bad(`'${twice}' for two of them`)
  return facts
}
