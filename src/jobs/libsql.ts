/** SQLite, loaded when it is needed. */
import { createRequire } from 'node:module'
import type LibsqlDatabase from 'libsql'

/** The class whose objects are open databases. Throws where this platform has no binary. */
export function loadLibsql(): typeof LibsqlDatabase {
  // Its loader asks Node for a report, which looks up the name of every peer: the event loop would stand still.
  const report = process.report as { excludeNetwork?: boolean } | undefined
  if (report !== undefined) report.excludeNetwork = true
  return createRequire(import.meta.url)('libsql') as typeof LibsqlDatabase
}
