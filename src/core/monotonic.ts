/** Milliseconds on a clock that every thread of this process shares (`performance.now` starts anew in each). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
