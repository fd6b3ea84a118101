/** Milliseconds of this process's own time that `act` takes: what else the machine does is not in it. */
export function workOf(act: () => void): number {
  const before = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
