/** One clock for all threads of the process. */

/** Milliseconds, monotonic, the same in every thread (`performance.now` starts anew in each). */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Resolves at `atMs`, as late as the timer is but never before. */
export async function sleepUntil(atMs: number): Promise<void> {
  for (let left = atMs - nowMs(); left > 0; left = atMs - nowMs()) {
    // A timer may fire a millisecond early by this clock.
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(left)))
  }
}
