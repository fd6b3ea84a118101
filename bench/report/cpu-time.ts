/** CPU time of a piece of synchronous work: on a shared machine it says more than the clock on the wall. */

/** Milliseconds of CPU (user and system, all threads of this process) that `work` takes. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Least of `rounds` such measurements: what disturbs only ever adds. */
export function leastCpuMs(rounds: number, work: () => void): number {
  let least = Infinity
  for (let round = 0; round < rounds; round++) least = Math.min(least, cpuMs(work))
  return least
}
