/** Acts on the same thing one after the other, in the order in which they were asked for; on different things side by side. */
export class OneByOne {
  /** The end of the latest act on each thing, whether it failed or not. */
  readonly #ends = new Map<string, Promise<void>>()

  /** What `act` gives or throws. */
  run<T>(name: string, act: () => Promise<T>): Promise<T> {
    const before = this.#ends.get(name)
    const done = before === undefined ? act() : before.then(act)
    const end: Promise<void> = done.then(
      () => this.#forget(name, end),
      () => this.#forget(name, end),
    )
    this.#ends.set(name, end)
    return done
  }

  #forget(name: string, end: Promise<void>): void {
    if (this.#ends.get(name) === end) this.#ends.delete(name)
  }
}
