/** JSON from a checkpoint folder: size capped, text strict, faults named with their file. */
import type { z } from 'zod'
import type { ByteSource } from './byte-source.ts'
import { refusal, shown } from './refusal.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** UTF-8 text of a whole file that must not be longer than `mostBytes`. */
export async function readText(bytes: ByteSource, mostBytes: number): Promise<string> {
  if (bytes.size > mostBytes) throw refusal(bytes.name, '', `at most ${mostBytes} bytes`, `${bytes.size}`)
  return decodeText(await bytes.read(0, bytes.size), bytes.name)
}

/** `name` is the file's name in messages. */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  const text = decodeText(bytes, name)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refusal(name, '', 'JSON', shown(cause instanceof Error ? cause.message : String(cause)), cause)
  }
}

/** A whole JSON file whose value must fit `schema`; the first misfit is named by its path. */
export async function readJson<T>(bytes: ByteSource, mostBytes: number, schema: z.ZodType<T>): Promise<T> {
  if (bytes.size > mostBytes) throw refusal(bytes.name, '', `at most ${mostBytes} bytes`, `${bytes.size}`)
  const result = schema.safeParse(parseJson(await bytes.read(0, bytes.size), bytes.name))
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw refusal(bytes.name, `key '${shown(issue.path.join('.'))}'`, 'a fitting value', shown(issue.message))
}

function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw refusal(name, '', 'UTF-8 text', 'other bytes', cause)
  }
}
