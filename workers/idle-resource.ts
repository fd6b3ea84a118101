/** Something costly that is opened when it is first needed, and released when it was not needed for a while. */

export class IdleResource<T extends { release(): void }> {
  readonly #open: () => Promise<T>
  readonly #idleMs: number
  readonly #onReleased: () => void
  #opened: Promise<T> | undefined
  #users = 0
  #timer: NodeJS.Timeout | undefined

  /** `onReleased` is called after each release. */
  constructor(open: () => Promise<T>, idleMs: number, onReleased: () => void = () => {}) {
    this.#open = open
    this.#idleMs = idleMs
    this.#onReleased = onReleased
  }

  /** Uses it, opened where it is not; what fails to open is tried anew by the next caller. */
  async use<Result>(act: (resource: T) => Result): Promise<Result> {
    this.#users++
    clearTimeout(this.#timer)
    try {
      this.#opened ??= this.#open()
      return act(await this.#opened)
    } catch (error) {
      if (this.#opened !== undefined && (await hasFailed(this.#opened))) this.#opened = undefined
      throw error
    } finally {
      this.#users--
      if (this.#users === 0) this.#timer = setTimeout(() => void this.#release(), this.#idleMs)
    }
  }

  async #release(): Promise<void> {
    const opened = this.#opened
    if (opened === undefined) return
    this.#opened = undefined
    ;(await opened).release()
    this.#onReleased()
  }
}

function hasFailed(opening: Promise<unknown>): Promise<boolean> {
  return opening.then(
    () => false,
    () => true,
  )
}
