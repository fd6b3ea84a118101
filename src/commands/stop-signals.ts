/**
 * Requests to stop this process. One press of Ctrl-C can arrive several times, since the terminal signals a whole group
 * and parents pass signals on.
 */

/** Signals this soon after the first are the same request. */
const SAME_REQUEST_MS = 500
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type StopSignal = (typeof SIGNALS)[number]

export interface StopActions {
  /** At the first request, once: finish what runs and end. */
  readonly stop: (signal: StopSignal) => void
  /** At each later request: end now. */
  readonly stopNow: (signal: StopSignal) => void
  /** The channel that the parent opened has ended, and so has the parent; once, before or after a request. */
  readonly orphaned: () => void
}

/** Takes over this process's signals, and the end of its channel where its parent opened one. */
export function onStopRequest({ stop, stopNow, orphaned }: StopActions): void {
  let firstMs: number | undefined
  for (const signal of SIGNALS)
    process.on(signal, () => {
      if (firstMs === undefined) {
        firstMs = performance.now()
        stop(signal)
      } else if (performance.now() - firstMs > SAME_REQUEST_MS) stopNow(signal)
    })
  if (process.send === undefined) return
  if (process.connected) process.once('disconnect', orphaned)
  else orphaned()
}
