/** All doors that are fuzzed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Door } from './door.ts'
import { manifest, recording, voiceFile } from './file-doors.ts'
import { form, markup, websocket } from './wire-doors.ts'

/** As a command's option names them. */
export const DOOR_NAMES = ['recording', 'voice', 'manifest', 'form', 'websocket', 'markup'] as const

/** `close` removes what they keep on the disk. */
export function openDoors(): { readonly doors: readonly Door[]; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-fuzz-'))
  return {
    doors: [recording, voiceFile, manifest(folder), form(), websocket(), markup],
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
