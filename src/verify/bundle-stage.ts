/** The bundle's own files: every byte is what the converter wrote. */
import { describeFile } from '../core/bundle.ts'
import { type Check, identical } from './check.ts'
import type { Stage, VerifyContext } from './stage.ts'

export const bundleStage: Stage = {
  name: 'bundle files',
  async *run({ bundle }: VerifyContext): AsyncGenerator<Check> {
    const { files } = bundle.manifest
    const found: string[] = []
    for (const { name } of files) {
      const { sha256 } = await describeFile(bundle.path(name), name)
      found.push(`${name} with SHA-256 ${sha256}`)
    }
    const written = files.map(({ name, sha256 }) => `${name} with SHA-256 ${sha256}`)
    yield identical(`${files.length} files`, 'SHA-256', found, written)
  },
}
