/**
 * Whether descriptors are left for more connections. Some stay reserved while clients hold all others. Probes are
 * answered, and the process opens its own files, threads and sockets.
 */
import { descriptorLimit, openDescriptorCount } from '../../core/descriptors.ts'
import { TtsError } from '../../core/errors.ts'

export interface ConnectionRoom {
  /** A connection more. */
  accepted(): void
  /** True while only probes are served, each on a connection that closes after it. */
  isTight(): boolean
}

/** Kept free: models, threads, files, and connections of probes. */
const RESERVED = 64
/** Open at a time while models are loaded: every thread reads its modules at once. */
const TO_START = 300
/** A count is taken again after so long; connections accepted since are added to it. */
const COUNT_MS = 200

/** Throws BAD_CONFIG where the process may open too few to serve at all. */
export function openConnectionRoom(
  limit: number | undefined = descriptorLimit(),
  count: () => number | undefined = openDescriptorCount,
): ConnectionRoom {
  const used = count()
  if (limit === undefined || used === undefined) return { accepted: () => {}, isTight: () => false }
  const needed = used + TO_START
  if (limit < needed) {
    throw new TtsError(
      'BAD_CONFIG',
      'Too few file descriptors',
      `expected at least ${needed} (raise ulimit -n, LimitNOFILE or the container's limit), got ${limit}`,
    )
  }
  let countedAt = Number.NEGATIVE_INFINITY
  let open = used
  return {
    accepted: () => {
      open++
    },
    isTight: () => {
      const now = performance.now()
      if (now - countedAt >= COUNT_MS) {
        countedAt = now
        // What cannot be counted any more is used up.
        open = count() ?? limit
      }
      return open > limit - RESERVED
    },
  }
}
