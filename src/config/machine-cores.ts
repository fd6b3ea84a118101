/** Cores that this process may use: its CPU affinity, bounded by the CPU quota of its control group. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/** A file's text; undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined

const MOUNT = '/sys/fs/cgroup'

/** Whole cores, one at least; a fraction of a quota counts as a core. */
export function machineCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(coreQuota(readText))))
}

/** The least quota of the group and its parents in cores, for cgroup 1 and 2; Infinity without one. */
export function coreQuota(read: ReadText): number {
  const lines = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'))
  let least = Number.POSITIVE_INFINITY
  for (const [, controllers = '', group = '/'] of lines) {
    if (controllers === '') {
      for (const at of upwards(group)) least = Math.min(least, quota2(read(join(MOUNT, at, 'cpu.max'))))
    } else if (controllers.split(',').includes('cpu')) {
      // A container without its own view of groups sees its limits at the mount itself, which `upwards` ends with.
      for (const at of upwards(group)) least = Math.min(least, quota1(read, join(MOUNT, 'cpu', at)))
    }
  }
  return least
}

/** `/a/b` → `/a/b`, `/a`, `/`. */
function upwards(group: string): string[] {
  return group === '/' ? ['/'] : [group, ...upwards(dirname(join('/', group)))]
}

/** `150000 100000` (microseconds of a period) → 1.5; `max 100000` → Infinity. */
function quota2(text: string | undefined): number {
  const match = /^(\d+) (\d+)/.exec(text ?? '')
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]) / Number(match[2])
}

/** The quota is −1 where there is none. */
function quota1(read: ReadText, folder: string): number {
  const quota = Number(read(join(folder, 'cpu.cfs_quota_us')) ?? -1)
  const period = Number(read(join(folder, 'cpu.cfs_period_us')) ?? 0)
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
