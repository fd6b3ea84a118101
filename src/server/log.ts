/**
 * The log: JSON lines on standard output that can never stop the server.
 *
 * A full disk, a closed pipe or a reader that stops reading would otherwise end or block the process. The log drops
 * such lines and counts them. Callers log facts about requests only, never user text or audio.
 */
import { createRequire } from 'node:module'
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

export type LogFormat = 'auto' | 'json' | 'text'

/**
 * A logger at `level`; lines go to standard output unless a test gives another place. Text is for people, at a terminal
 * where `format` is `auto`; JSON for programs.
 */
export function createLogger(
  level: string,
  metrics: Pick<Metrics, 'logDropped'>,
  to?: DestinationStream,
  format: LogFormat = 'json',
): Logger {
  const isText = format === 'text' || (format === 'auto' && process.stdout.isTTY)
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: cutTexts },
    },
    shown(to ?? openStandardOutput(metrics), isText),
  )
}

/** Lets the process outlive errors of its own standard streams. */
export function surviveOutputErrors(): void {
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
}

function openStandardOutput(metrics: Pick<Metrics, 'logDropped'>): LineSink {
  const destination = pino.destination({
    fd: 1,
    sync: false,
    maxLength: MAX_WAITING_BYTES,
    minLength: WRITE_BYTES,
    periodicFlush: WRITE_EVERY_MS,
  })
  destination.on('error', () => metrics.logDropped.inc())
  destination.on('drop', () => metrics.logDropped.inc())
  return destination
}

interface LineSink extends DestinationStream {
  flush?(): void
}

/** In a line of JSON: control characters, escaped or as they are. */
const CONTROL = /\\u00[01][0-9a-f]|[\x7f-\x9f]/g

/** As lines of JSON, or short ones with a time of day; then a client's control characters never reach the terminal. */
function shown(to: LineSink, isText: boolean): DestinationStream {
  const show = isText ? inWords() : (line: string) => line
  return {
    write(line: string) {
      to.write(show(line))
      // What follows an error may be the end.
      if (line.startsWith(ERROR_LINE)) to.flush?.()
    },
  }
}

/** Loaded only where it is wanted: most servers log for programs. */
function inWords(): (line: string) => string {
  const require = createRequire(import.meta.url)
  const { prettyFactory } = require('pino-pretty') as {
    prettyFactory(options: object): (line: string) => string
  }
  const show = prettyFactory({
    colorize: process.stdout.isTTY && !process.env.NO_COLOR,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
  })
  return (line) => show(line.replace(CONTROL, '?'))
}

function cutTexts(line: Record<string, unknown>): Record<string, unknown> {
  const cut: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(line)) {
    cut[name] = typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
  }
  return cut
}
