/** A node's copies of the stored voices that all nodes of a cluster share. */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type FileCalls, removeDurably } from '../core/durable-file.ts'
import type { OneByOne } from '../core/one-by-one.ts'
import type { LocalFiles } from '../core/shared-files.ts'
import { decodeVoice, type Voice } from '../core/voice.ts'
import { isVoiceId, voiceFileName } from '../core/voice-id.ts'
import { checkFits, idIn, type VoiceShape } from './voice-files.ts'
import type { VoiceIndex } from './voice-index.ts'

export interface CopyParts {
  readonly voices: VoiceIndex
  /** Turns of changes to each file. */
  readonly files: OneByOne
  readonly shape: VoiceShape
  readonly calls: FileCalls | undefined
  /** Writes a file, and enters its voice. */
  keep(name: string, bytes: Uint8Array, voice: Voice): Promise<unknown>
}

export function voiceCopies(folder: string, { voices, files, shape, calls, keep }: CopyParts): LocalFiles {
  return {
    names: () => voices.stored().map(({ path }) => basename(path)),
    read: (name) => readFile(join(folder, name)),
    take: async (name, bytes) => {
      const voice = decodeVoice(bytes, name)
      const id = idIn(name, voice)
      checkFits(voice, name, shape)
      if (name !== voiceFileName(id, voice.owner) || !isVoiceId(id))
        throw new Error('its name is not its own')
      if (voices.isModels(id)) throw new Error('a voice of this model has its name')
      await files.run(name, async () => {
        const own = await readFile(join(folder, name)).catch(() => undefined)
        if (own?.equals(bytes) && voices.get(id, voice.owner) !== undefined) return
        await keep(name, bytes, voice)
      })
    },
    drop: (name) =>
      files.run(name, async () => {
        const entry = voices.stored().find(({ path }) => path === join(folder, name))
        if (entry === undefined) return
        voices.remove(entry)
        await removeDurably(join(folder, name), calls)
      }),
  }
}
