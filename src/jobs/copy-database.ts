/** A copy of the file of jobs as it is at one moment, also while a server writes it: a copy of its bytes could be torn. */
import { open, rename, rm } from 'node:fs/promises'
import { loadLibsql } from './libsql.ts'

/** It is whole at `to`, or absent; the folder of `to` is there. Throws what SQLite does. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const partial = `${to}.${process.pid}.partial`
  try {
    const database = new (loadLibsql())(from)
    try {
      database.prepare('VACUUM INTO ?').run(partial)
    } finally {
      database.close()
    }
    const written = await open(partial, 'r+')
    await written.chmod(0o600)
    await written.sync()
    await written.close()
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw error
  }
}
