/**
 * Jobs in one SQLite file: records, and the texts of their parts. A call returns once the disk has it (some
 * milliseconds): what a client was told survives a kill and a power cut.
 *
 * `libsql` carries its binaries as packages, for every platform and Node that this server runs on; `node:sqlite` is missing
 * in Node 20.
 */
import type LibsqlDatabase from 'libsql'
import { describeError, TtsError } from '../core/errors.ts'
import type { JobState } from '../core/job-port.ts'
import type { JobRecord, PartRecord, WebhookState } from './job-record.ts'
import { loadLibsql } from './libsql.ts'
import type { NewJob } from './new-job.ts'

const VERSION = 1

const TABLES = `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, client TEXT NOT NULL, state TEXT NOT NULL, wish TEXT NOT NULL,
    titles TEXT NOT NULL, characters INTEGER NOT NULL, parts INTEGER NOT NULL, created INTEGER NOT NULL,
    finished INTEGER, error TEXT, audio TEXT,
    webhook_state TEXT NOT NULL, webhook_tries INTEGER NOT NULL, webhook_next INTEGER NOT NULL
  );
  CREATE INDEX jobs_by_owner ON jobs (owner, created);
  CREATE TABLE parts (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, part INTEGER NOT NULL, chapter INTEGER NOT NULL,
    text TEXT NOT NULL, samples INTEGER, rate INTEGER, PRIMARY KEY (job, part)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`

const RECORDS = `
  SELECT jobs.*, (SELECT COUNT(samples) FROM parts WHERE job = id) AS done,
    (SELECT TOTAL(1.0 * samples / rate) FROM parts WHERE job = id) AS seconds FROM jobs`

export class JobStore {
  readonly #db: LibsqlDatabase.Database

  /** Throws STORAGE_FAILED where the file cannot be opened, or is of a newer version. */
  constructor(path: string) {
    try {
      this.#db = new (loadLibsql())(path)
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
      const { user_version: version } = this.#db.prepare('PRAGMA user_version').get() as {
        user_version: number
      }
      if (version > VERSION) throw new Error(`expected version ${VERSION} or older, got ${version}`)
      if (version === 0) this.#db.exec(`BEGIN; ${TABLES} COMMIT`)
    } catch (cause) {
      const detail = `the file of jobs cannot be opened: ${describeError(cause)}`
      throw new TtsError('STORAGE_FAILED', 'Insufficient storage', detail, { cause })
    }
  }

  add(job: NewJob): void {
    this.#write(() => {
      this.#db
        .prepare(
          `INSERT INTO jobs (id, owner, client, state, wish, titles, characters, parts, created, webhook_state,
            webhook_tries, webhook_next) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, 0, 0)`,
        )
        .run(
          job.id,
          job.owner,
          job.client,
          JSON.stringify(job.wish),
          JSON.stringify(job.titles),
          job.characters,
          job.parts.length,
          job.created,
          job.webhookState,
        )
      const insert = this.#db.prepare('INSERT INTO parts (job, part, chapter, text) VALUES (?, ?, ?, ?)')
      for (const [index, { chapter, text }] of job.parts.entries()) insert.run(job.id, index, chapter, text)
    })
  }

  find(id: string): JobRecord | undefined {
    const row = this.#db.prepare(`${RECORDS} WHERE id = ?`).get(id)
    return row === undefined ? undefined : recordOf(row as Row)
  }

  /** The oldest first. */
  inState(...states: JobState[]): JobRecord[] {
    const marks = states.map(() => '?').join(', ')
    return this.#records(`WHERE state IN (${marks}) ORDER BY created, id`, states)
  }

  /** The newest first; of one address where `client` is given. */
  ofOwner(owner: string, client: string | undefined, limit: number): JobRecord[] {
    const where = client === undefined ? '' : 'AND client = ?'
    const values = client === undefined ? [owner, limit] : [owner, client, limit]
    return this.#records(`WHERE owner = ? ${where} ORDER BY created DESC, id LIMIT ?`, values)
  }

  /** All jobs that have ended before this time. */
  endedBefore(ms: number): JobRecord[] {
    return this.#records('WHERE finished < ?', [ms])
  }

  /** Jobs whose end is to be told. */
  untold(): JobRecord[] {
    return this.#records("WHERE webhook_state = 'waiting' ORDER BY webhook_next", [])
  }

  ids(): string[] {
    return (this.#db.prepare('SELECT id FROM jobs').all() as { id: string }[]).map(({ id }) => id)
  }

  parts(id: string): PartRecord[] {
    const rows = this.#db.prepare('SELECT * FROM parts WHERE job = ? ORDER BY part').all(id) as PartRow[]
    return rows.map(({ part, chapter, text, samples, rate }) => ({
      index: part,
      chapter,
      text,
      samples: samples ?? undefined,
      sampleRate: rate ?? undefined,
    }))
  }

  begin(id: string): void {
    this.#run("UPDATE jobs SET state = 'running' WHERE id = ? AND state = 'queued'", id)
  }

  spoken(id: string, part: number, samples: number, sampleRate: number): void {
    this.#run(
      'UPDATE parts SET samples = ?, rate = ? WHERE job = ? AND part = ?',
      samples,
      sampleRate,
      id,
      part,
    )
  }

  /** Its file is missing or damaged. */
  lost(id: string, part: number): void {
    this.#run('UPDATE parts SET samples = NULL, rate = NULL WHERE job = ? AND part = ?', id, part)
  }

  /** Its audio is gone: it is to be spoken again, from its first part. */
  again(id: string): void {
    this.#write(() => {
      this.#db.prepare('UPDATE parts SET samples = NULL, rate = NULL WHERE job = ?').run(id)
      const reset = "state = 'queued', finished = NULL, audio = NULL"
      this.#db.prepare(`UPDATE jobs SET ${reset} WHERE id = ?`).run(id)
    })
  }

  finish(id: string, audio: NonNullable<JobRecord['audio']>, now: number): void {
    this.#end(id, 'done', now, null, JSON.stringify(audio))
  }

  fail(id: string, error: NonNullable<JobRecord['error']>, now: number): void {
    this.#end(id, 'failed', now, JSON.stringify(error), null)
  }

  told(id: string, state: WebhookState, tries: number, nextMs: number): void {
    const set = 'webhook_state = ?, webhook_tries = ?, webhook_next = ?'
    this.#run(`UPDATE jobs SET ${set} WHERE id = ?`, state, tries, nextMs, id)
  }

  remove(id: string): void {
    this.#write(() => {
      this.#db.prepare('DELETE FROM parts WHERE job = ?').run(id)
      this.#db.prepare('DELETE FROM jobs WHERE id = ?').run(id)
    })
  }

  close(): void {
    this.#db.close()
  }

  #end(id: string, state: JobState, now: number, error: string | null, audio: string | null): void {
    this.#run(
      `UPDATE jobs SET state = ?, finished = ?, error = ?, audio = ?, webhook_next = ?,
        webhook_state = CASE webhook_state WHEN 'pending' THEN 'waiting' ELSE webhook_state END WHERE id = ?`,
      ...[state, now, error, audio, now, id],
    )
  }

  #records(where: string, values: readonly (string | number)[]): JobRecord[] {
    return (this.#db.prepare(`${RECORDS} ${where}`).all(...values) as Row[]).map(recordOf)
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#write(() => void this.#db.prepare(sql).run(...values))
  }

  #write(act: () => void): void {
    try {
      this.#db.transaction(act)()
    } catch (cause) {
      throw new TtsError(
        'STORAGE_FAILED',
        'Insufficient storage',
        'the job was not stored: the disk is full or fails',
        { cause },
      )
    }
  }
}

interface Row {
  readonly id: string
  readonly owner: string
  readonly client: string
  readonly state: JobState
  readonly wish: string
  readonly titles: string
  readonly characters: number
  readonly parts: number
  readonly done: number
  readonly seconds: number
  readonly created: number
  readonly finished: number | null
  readonly error: string | null
  readonly audio: string | null
  readonly webhook_state: WebhookState
  readonly webhook_tries: number
  readonly webhook_next: number
}

interface PartRow {
  readonly part: number
  readonly chapter: number
  readonly text: string
  readonly samples: number | null
  readonly rate: number | null
}

function recordOf(row: Row): JobRecord {
  const { id, owner, client, state, characters, parts, done, seconds, created } = row
  const parsed = (text: string | null) => (text === null ? undefined : JSON.parse(text))
  return {
    ...{ id, owner, client, state, characters, parts, done, seconds, created },
    wish: parsed(row.wish),
    titles: parsed(row.titles),
    finished: row.finished ?? undefined,
    error: parsed(row.error),
    audio: parsed(row.audio),
    webhook: { state: row.webhook_state, tries: row.webhook_tries, nextMs: row.webhook_next },
  }
}
