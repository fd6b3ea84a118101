/** Small files that the nodes of a cluster keep alike: each has a copy, a common store has the record. */

/** A node's own copies, as the store needs them. */
export interface LocalFiles {
  names(): readonly string[]
  read(name: string): Promise<Uint8Array>
  /** Another node's file, or another version of one; throws where it cannot be kept. */
  take(name: string, bytes: Uint8Array): Promise<void>
  /** Another node removed it. */
  drop(name: string): Promise<void>
}

export interface SharedFiles {
  /** Begins to keep `local` and the store alike, now and from here on. */
  follow(local: LocalFiles): Promise<void>
  /** Resolves once the store has it; `local` gets it by the next `pull`. Throws STORAGE_FAILED, 503, without the store. */
  put(name: string, bytes: Uint8Array): Promise<void>
  /** Throws as `put`. */
  remove(name: string): Promise<void>
  /** Resolves once what others did before the call is here too; without the store, at once. Never throws. */
  pull(): Promise<void>
}
