/**
 * The log: JSON lines on standard output that can never stop the server.
 *
 * Knows: a full disk, a closed pipe and a reader that has stopped reading. Each would end or block a process that does
 * not expect it; here lines are dropped and counted. Does not know: what is logged. User text and audio never are:
 * callers log facts about requests only.
 */
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Metrics } from '../core/metrics.ts'

/** Bytes that may wait for a reader that does not read. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** Bytes of lines that are written together, and ms that one waits for others: each write wakes a thread. */
const WRITE_BYTES = 8 * 1024
const WRITE_EVERY_MS = 100
/** Longer text in a line is cut: names come from clients. */
const MAX_TEXT = 256

const ERROR_LINE = '{"level":"error"'

/** A logger at `level`; lines go to standard output unless a test gives another place. */
export function createLogger(
  level: string,
  metrics: Pick<Metrics, 'logDropped'>,
  to?: DestinationStream,
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: cutTexts },
    },
    to ?? openStandardOutput(metrics),
  )
}

/** Lets the process outlive errors of its own standard streams. */
export function surviveOutputErrors(): void {
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
}

function openStandardOutput(metrics: Pick<Metrics, 'logDropped'>): DestinationStream {
  const destination = pino.destination({
    fd: 1,
    sync: false,
    maxLength: MAX_WAITING_BYTES,
    minLength: WRITE_BYTES,
    periodicFlush: WRITE_EVERY_MS,
  })
  destination.on('error', () => metrics.logDropped.inc())
  destination.on('drop', () => metrics.logDropped.inc())
  return {
    write(line: string) {
      destination.write(line)
      // What follows an error may be the end.
      if (line.startsWith(ERROR_LINE)) destination.flush()
    },
  }
}

function cutTexts(line: Record<string, unknown>): Record<string, unknown> {
  const cut: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(line)) {
    cut[name] = typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
  }
  return cut
}
