/** Waits for a condition instead of for time. */
import assert from 'node:assert/strict'

const LOOK_EVERY_MS = 10

/** Resolves once `holds` is true; fails with what it waited for after `limitMs`, long because machines may be busy. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 60_000,
): Promise<void> {
  for (const since = performance.now(); !(await holds()); ) {
    assert(performance.now() - since < limitMs, `waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
