/**
 * Calls that come while one is under way, or so soon after it, share what it gives: a crowd costs no more than a few.
 * What failed is not shared any longer.
 */
export function sharedCall<T>(act: () => Promise<T>, keptMs: number): () => Promise<T> {
  let latest: Promise<T> | undefined
  return () => {
    if (latest !== undefined) return latest
    const begun = act()
    latest = begun
    const forget = () => {
      if (latest === begun) latest = undefined
    }
    begun.then(() => setTimeout(forget, keptMs).unref(), forget)
    return begun
  }
}
