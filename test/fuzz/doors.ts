/** All doors that are fuzzed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Door } from './door.ts'
import { manifest, recording, voiceFile } from './file-doors.ts'
import { form, markup, websocket } from './wire-doors.ts'

/** `close` removes what they keep on the disk. */
export function openDoors(): { readonly doors: readonly Door[]; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-fuzz-'))
  return {
    doors: [recording, voiceFile, manifest(folder), form(), websocket(), markup],
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
