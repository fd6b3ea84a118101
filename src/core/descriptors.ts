/** File descriptors of this process: how many there are, and how many there may be. Linux only; undefined elsewhere. */
import { readdirSync, readFileSync } from 'node:fs'

/** The soft limit (`ulimit -n`) that the process started with. */
export function descriptorLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

/** Undefined also where none is left to read the list with. */
export function openDescriptorCount(): number | undefined {
  try {
    // One of them is the list's own.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}
