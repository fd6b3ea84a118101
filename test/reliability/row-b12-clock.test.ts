/** B12: the wall clock may jump; only what is a date by its nature reads it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'

/** File → why it reads a date. */
const DATES: Readonly<Record<string, string>> = {
  'src/backup/save.ts': 'the day on which a backup was made',
  'src/commands/bundles.ts': 'the day on which a bundle was used',
  'src/convert/bundle-cache.ts': 'the day on which a bundle was used',
  'src/server/requests/key-ring.ts': 'when a key ends is a date',
  'src/server/requests/api-keys.ts': 'when a key ends is a date',
  'src/jobs/folder-lock.ts': 'how old a file of another host is',
  'src/server/requests/byte-range.ts': 'the header If-Range',
  'src/server/transport/node-transport.ts': 'the header Date',
  'src/server/transport/node-exchange.ts': 'the header Date',
  'src/core/durable-file.ts': 'the name of a file that is set aside',
}

it('no duration is measured by the clock on the wall', () => {
  const readers = ['src', 'workers'].flatMap((folder) =>
    readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`)
      .filter((name) =>
        /\bDate\.(now|parse)\(|new Date\(\)/.test(readFileSync(join(repoRoot, name), 'utf8')),
      ),
  )
  assert.deepEqual(readers.sort(), Object.keys(DATES).sort())
})
