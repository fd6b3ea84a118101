/** The table of families: the one place where they are named. */
import { type Opened, type OpenFiles, openFolder } from '../convert/checkpoint/open-files.ts'
import { refusal } from '../convert/checkpoint/refusal.ts'
import { cosyVoice2 } from './cosyvoice2/family.ts'
import { cosyVoice3 } from './cosyvoice3/family.ts'
import type { CheckpointChoice, FamilyCheckpoint, ModelFamily } from './family.ts'

/** A folder with the marks of several is taken for the first of them. */
export const FAMILIES: readonly ModelFamily[] = [cosyVoice2, cosyVoice3]

export type OpenCheckpoint = Opened<FamilyCheckpoint & { readonly family: string }>

/** Whether a file of this name marks a checkpoint folder. */
export function marksCheckpoint(name: string, families = FAMILIES): boolean {
  return families.some(({ yamlNames }) => yamlNames.includes(name))
}

/** Opens and checks a folder of any family. Throws BAD_CHECKPOINT naming file, key, expected and got. */
export async function openCheckpoint(
  folder: string,
  choice: CheckpointChoice = {},
  families = FAMILIES,
): Promise<OpenCheckpoint> {
  return openFolder(folder, async (files) => {
    const family = await familyOf(files, folder, families)
    return { ...(await family.read(files, choice)), family: family.name }
  })
}

async function familyOf(
  files: OpenFiles,
  folder: string,
  families: readonly ModelFamily[],
): Promise<ModelFamily> {
  for (const family of families) for (const name of family.yamlNames) if (await files.has(name)) return family
  const names = families.flatMap(({ yamlNames }) => yamlNames)
  throw refusal(folder, '', `a file ${names.join(' or ')}`, 'none of them')
}
