/** Where tests find the repository's own files, whether they run from `dist/test` or elsewhere. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repoRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)))
/** Reference data made with the reference's own code; see its README. */
export const goldenDir: string = join(repoRoot, 'test', 'golden', 'tiny-a')
/** The same of a CosyVoice3 model. */
export const goldenDir3: string = join(repoRoot, 'test', 'golden', 'tiny-c')

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package-lock.json')) ? folder : findRoot(dirname(folder))
}
