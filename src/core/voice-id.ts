/** Ids of voices: letters and digits of any script, and which file a stored one lies in. */
import { createHash } from 'node:crypto'

export const MAX_VOICE_ID = 64

/** A new voice's id: 1 to 64 characters, first a letter or digit of any script; then also marks, dots, dashes, underscores. */
const ID = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u
/** What is a harmless file name everywhere. */
const FILE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/
/** Begins the names of files whose id is no file name, which is read from inside them. */
const HASHED = '+'
/** Stands in file names between an id, which cannot hold it, and its owner. */
const OWNER_MARK = '~'
export const VOICE_EXTENSION = '.voice'

export const VOICE_ID_RULE =
  'expected 1 to 64 letters or digits of any script, dots, dashes or underscores, first a letter or digit'

/** One spelling: an accent may come as a mark of its own. */
export function canonicalVoiceId(id: string): string {
  return id.normalize('NFC')
}

export function isVoiceId(id: string): boolean {
  return ID.test(id)
}

/** Name of the file of the voice `id` that `owner` stores. */
export function voiceFileName(id: string, owner: string | undefined): string {
  const stem = isFileName(id) ? id : HASHED + createHash('sha256').update(id).digest('hex').slice(0, 32)
  return `${stem}${owner === undefined ? '' : `${OWNER_MARK}${owner.slice(0, 32)}`}${VOICE_EXTENSION}`
}

/** Whether an id stands in its file's name. */
export function isFileName(id: string): boolean {
  return FILE_NAME.test(id)
}

/** The id that a file's name says; undefined where only the file does. */
export function voiceIdOf(fileName: string): string | undefined {
  if (fileName.startsWith(HASHED)) return undefined
  return fileName.slice(0, -VOICE_EXTENSION.length).split(OWNER_MARK)[0]
}
