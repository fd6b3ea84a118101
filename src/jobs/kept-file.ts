/** A job's audio as a file of this node's disk. */
import { open } from 'node:fs/promises'
import type { KeptBytes } from '../core/job-port.ts'
import { audioNotFound } from './job-facts.ts'

/** Throws NOT_FOUND where the file is gone, or has not `bytes` bytes. */
export async function openKeptFile(path: string, bytes: number): Promise<KeptBytes> {
  const file = await open(path).catch((cause: unknown) => {
    throw audioNotFound(cause)
  })
  if ((await file.stat()).size !== bytes) {
    await file.close()
    throw audioNotFound()
  }
  return {
    read: async (at, length) => {
      const piece = Buffer.alloc(length)
      const { bytesRead } = await file.read(piece, 0, length, at)
      return piece.subarray(0, bytesRead)
    },
    close: () => file.close(),
  }
}
