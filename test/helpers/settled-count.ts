/** Waiting for a count to come to rest, however slow the machine is. */

/** The count once it is above nothing and has stood still for half a second. */
export async function settledCount(count: () => number): Promise<number> {
  let last = count()
  for (let still = 0, turns = 0; (still < 10 || last === 0) && turns < 400; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    still = count() === last ? still + 1 : 0
    last = count()
  }
  return last
}
