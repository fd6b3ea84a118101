/** What one node has worked out and others need not: found by its content's key, gone after a while, never relied on. */
export interface SharedCache {
  /** Undefined where it is not there, or not there in time. Never throws. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Sooner or later, or not at all. */
  put(key: string, bytes: Uint8Array): void
}
